"""Customer displays: what a register puts there, and what a sale shows by itself.

texts  what is shown of a sale
room   each display shows the newest text, also after it was away
"""

from edge_daemon.displays.room import Displays
from edge_daemon.displays.texts import DisplayState, DisplayTextRequest

__all__ = ["DisplayState", "DisplayTextRequest", "Displays"]
