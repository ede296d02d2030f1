"""The command `edge-daemon`.

    command_line  what can be typed, and how a command ends
    serving       run
    checking      check
    devices       devices
    journal       journal tail, journal verify
    decoding      decode zvt, decode escpos
    output        how all of them write

A command's module is imported when it is asked for, so the daemon's start pays for none of them.
"""

from edge_daemon.cli.command_line import main

__all__ = ["main"]
