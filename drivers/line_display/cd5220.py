"""A customer display in CD5220 mode, which Partner, Logic Controls, Posiflex and others know.

Its character table is chosen by switches on the display, or by its maker; no command selects one
that every maker has. `code_page` says which it is.
"""

from collections.abc import Mapping
from typing import Any, Literal

from drivers.line_display import LineDisplay
from drivers.line_display.vfd import SerialSettings, open_vfd, watch_arrivals
from drivers.wire.line_display import CD5220

__all__ = ["Settings", "open_device", "watch_arrivals"]


class Settings(SerialSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `[[line_display]]` table with `driver = "cd5220"`.

    Attributes:
        code_page: The character table that the display is set to.
    """

    code_page: Literal["cp437", "cp850", "cp858", "cp866", "cp852", "cp1252"] = "cp437"


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> LineDisplay:
    """Open the line and clear the display.

    Raises:
        OfflineError: It is not there, or takes no text.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    del devices  # a display needs no other device
    return await open_vfd(name, settings, CD5220, {0: settings.code_page}, b"")
