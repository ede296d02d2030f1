"""An article as a sale needs it: what it costs now, its VAT, the deposit that goes with it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec


class ItemKey(NamedTuple):
    """How a line names its article: by our item, or by what was scanned."""

    item_id: str | None = None
    gtin: str | None = None


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One article of the catalogue.

    Attributes:
        item_id: Ours.
        gtin: The code by which it was found, 14 digits; else its first.
        unit_price: Minor units per `uom`, VAT included, now; absent where the register asks.
        tax_code: Ours; `rate_bp` is what the catalogue says of it now, in basis points; absent
            where the configuration has to know.
        deposit: What is charged with it.
        barcodes: All of its codes, 14 digits.
    """

    item_id: str
    description: str
    merchandise_hierarchy: str
    uom: str
    tax_code: str
    gtin: str | None = None
    unit_price: int | None = None
    rate_bp: int | None = None
    deposit: "Article | None" = None
    barcodes: tuple[str, ...] = ()


class Articles(Protocol):
    """Where articles are found."""

    async def find(self, keys: Sequence[ItemKey], at_us: int) -> dict[ItemKey, Article]:
        """The articles as they are at that moment; what is not known is left out."""
        ...

    def rate_bp(self, tax_code: str, at_us: int) -> int | None:
        """What the catalogue says of a tax code at that moment; None: nothing."""
        ...


class NoArticles:
    """For a box without a catalogue."""

    async def find(self, keys: Sequence[ItemKey], at_us: int) -> dict[ItemKey, Article]:  # noqa: ARG002 - the port's
        """Nothing is known."""
        return {}

    def rate_bp(self, tax_code: str, at_us: int) -> int | None:  # noqa: ARG002 - the port's
        """Nothing is known."""
        return None
