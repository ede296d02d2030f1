"""A customer display of two lines of twenty characters, on a pty.

display   the device: its cable, its switch, its hand
screen    what the glass shows, by the commands that it received
picture   the glass as a PNG
"""

from pathlib import Path

from simulators.line_display.display import LineDisplay
from simulators.line_display.screen import Screen

__all__ = ["LineDisplay", "Screen", "open_simulator"]


def open_simulator(name: str, directory: Path) -> LineDisplay:
    """Make the display that `pos-simulators` starts: one in ESC/POS mode."""
    return LineDisplay(name, directory)
