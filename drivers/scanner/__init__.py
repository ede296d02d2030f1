"""Barcode scanners: what a scan is, whatever the scanner (UnifiedPOS Scanner)."""

import enum
from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class Meaning(enum.StrEnum):
    """What a code of the shop's own stands for; `Scan.key` is its number."""

    ITEM = "item"
    """Goods, with their price, weight or count in the code; the key is the item's number."""
    DISCOUNT = "discount"
    BADGE = "badge"
    CUSTOMER = "customer"
    GIFT_CARD = "gift_card"
    RECEIPT = "receipt"
    """The key is the sale's id."""


class Scan(msgspec.Struct, frozen=True, tag="scan", omit_defaults=True):
    """One code that was read.

    Attributes:
        scan_data: What the scanner sent between prefix and suffix, unchanged.
        symbology: The AIM symbology identifier without its bracket (`E0`, `Q3`), where sent.
        gtin: 14 digits, padded with zeros on the left, when the code holds a valid one.
        add_on: The 2 or 5 digits beside the code: a magazine's issue, a book's price.
        lot, serial, expiry: From GS1 data; `expiry` is YYYY-MM-DD.
        quantity_milli: A net weight in grams (thousandths of a kilogram).
        count: Pieces.
        price: A price in minor units from the code.
        currency: Of the price, ISO 4217; the shop's own where absent.
        meaning: What a code of the shop's own stands for; absent on any other.
        key: Its number.
        discount_bp: Basis points: 1000 is 10 %.
        problem: In words for the clerk, when the code looks like a GTIN and is none.
    """

    scan_data: str
    symbology: str | None = None
    gtin: str | None = None
    add_on: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    quantity_milli: int | None = None
    count: int | None = None
    price: int | None = None
    currency: str | None = None
    meaning: Meaning | None = None
    key: str | None = None
    discount_bp: int | None = None
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
