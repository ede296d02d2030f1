"""The command `edge-daemon`.

    command_line  what can be typed, and how a command ends
    serving       run
    checking      check
    devices       devices
    status        status
    doctor        doctor
    support       support-bundle
    scrubbing     how secrets stay on the box
    pairing       pair, tokens list, tokens revoke
    journal       journal tail, journal verify
    decoding      decode zvt, decode escpos
    tls           tls init, tls show
    asking        how some of them ask the running daemon
    output        how all of them write

A command's module is imported when it is asked for, so the daemon's start pays for none of them.
"""

from edge_daemon.cli.command_line import main

__all__ = ["main"]
