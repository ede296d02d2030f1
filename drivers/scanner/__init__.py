"""Barcode scanners: what a scan is, whatever the scanner (UnifiedPOS Scanner)."""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class Scan(msgspec.Struct, frozen=True, tag="scan", omit_defaults=True):
    """One code that was read.

    Attributes:
        scan_data: What the scanner sent between prefix and suffix, unchanged.
        symbology: The AIM symbology identifier without its bracket (`E0`, `Q3`), where sent.
        gtin: 14 digits, padded with zeros on the left, when the code holds a valid one.
        lot, serial, expiry: From GS1 data; `expiry` is YYYY-MM-DD.
        quantity_milli: A net weight in grams (thousandths of a kilogram).
        price: A price in minor units from the code.
        problem: In words for the clerk, when the code looks like a GTIN and is none.
    """

    scan_data: str
    symbology: str | None = None
    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    quantity_milli: int | None = None
    price: int | None = None
    problem: str | None = None


ScannerEvent = Scan


class Scanner(Protocol):
    """An open scanner."""

    def events(self) -> AsyncIterator[ScannerEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when it is unplugged."""
        ...

    async def check_health(self) -> None:
        """Say whether the scanner is still there.

        Raises:
            OfflineError: It is gone.
        """
        ...

    async def close(self) -> None:
        """Let go of the scanner. Never raises."""
        ...
