"""A customer display in ESC/POS mode: Epson DM-D series, and most others when set to it."""

from collections.abc import Mapping
from typing import Any, Literal

from drivers.line_display import LineDisplay
from drivers.line_display.vfd import SerialSettings, open_vfd, watch_arrivals
from drivers.wire.line_display import ESC_POS, Verb

CODE_PAGES = {
    "cp437": 0,
    "cp850": 2,
    "cp860": 3,
    "cp863": 4,
    "cp865": 5,
    "cp1252": 16,
    "cp866": 17,
    "cp852": 18,
    "cp858": 19,
}
"""Python's codec and the parameter of `ESC t`; Epson DM-D110 command list."""


__all__ = ["Settings", "open_device", "watch_arrivals"]


class Settings(SerialSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `[[line_display]]` table with `driver = "escpos"`.

    Attributes:
        code_page: The character table to select; `cp858` has the euro.
    """

    code_page: Literal[
        "cp437", "cp850", "cp860", "cp863", "cp865", "cp1252", "cp866", "cp852", "cp858"
    ] = "cp858"


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> LineDisplay:
    """Open the line and clear the display.

    Raises:
        OfflineError: It is not there, or takes no text.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    del devices  # a display needs no other device
    number = CODE_PAGES[settings.code_page]
    selection = ESC_POS.encode(Verb.CODE_PAGE, bytes((number,)))
    return await open_vfd(name, settings, ESC_POS, {number: settings.code_page}, selection)
