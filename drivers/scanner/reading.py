"""From the text of a scan to what it says."""

import asyncio
import dataclasses
import importlib
from typing import Final

from drivers.scanner import Scan

_READER: Final = "drivers.wire.gs1"
"""Imports biip, which takes a tenth of a second: when a scanner is opened, and no sooner."""


async def get_ready() -> None:
    """Import what `read_scan` needs, beside the event loop."""
    await asyncio.to_thread(importlib.import_module, _READER)


def read_scan(text: str, *, aim: bool) -> Scan:
    """Judge what the scanner sent between prefix and suffix.

    Args:
        text: What it sent.
        aim: Take `]` and two characters at the start for the AIM symbology identifier.
    """
    from drivers.wire.gs1 import read_code  # noqa: PLC0415 - `get_ready` has imported it

    return Scan(scan_data=text, **dataclasses.asdict(read_code(text, aim=aim)))
