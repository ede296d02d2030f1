"""A catalogue that a shop without an office brings itself, part by part."""

from typing import Annotated

import msgspec

from edge_daemon.records.master_data import (
    CatalogueChunk,
    CatalogueItem,
    Price,
    ProductGroup,
    TaxRate,
)

PARTS_LIMIT = 1024
ITEMS_OF_A_PART = 500
"""With descriptions of any length a part stays below what a body may have."""

Id35 = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
Code9 = Annotated[str, msgspec.Meta(min_length=1, max_length=9)]
Money = Annotated[int, msgspec.Meta(ge=0, le=999_999_999_999)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Barcode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4,14}$(?!\n)")]


class PriceEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price in minor units, VAT included, from a moment to a moment (microseconds, UTC)."""

    amount: Money
    valid_from: Moment = 0
    valid_to: Moment | None = None


class ItemEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article.

    Attributes:
        barcodes: 4 to 14 digits; shorter than 14 is filled with zeros.
        deposit_item_id: The deposit that is charged with it: an article, too.
        prices: Of several that count the one that began last; none: the register asks.
    """

    item_id: Id35
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    tax_code: Code9
    merchandise_hierarchy: Annotated[str, msgspec.Meta(max_length=35)] = ""
    uom: Annotated[str, msgspec.Meta(min_length=2, max_length=3)] = "EA"
    barcodes: Annotated[tuple[Barcode, ...], msgspec.Meta(max_length=100)] = ()
    deposit_item_id: Id35 | None = None
    prices: Annotated[tuple[PriceEntry, ...], msgspec.Meta(max_length=100)] = ()


class TaxRateEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tax code means, in basis points, from a moment to a moment."""

    tax_code: Code9
    rate_bp: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    valid_from: Moment = 0
    valid_to: Moment | None = None


class GroupEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product group and the one above it."""

    id: Id35
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    parent: Id35 | None = None


class CataloguePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of a whole catalogue; it counts once all of them are here.

    Attributes:
        parts: How many there are; the same in each.
    """

    parts: Annotated[int, msgspec.Meta(ge=1, le=PARTS_LIMIT)]
    items: Annotated[tuple[ItemEntry, ...], msgspec.Meta(max_length=ITEMS_OF_A_PART)] = ()
    tax_codes: Annotated[tuple[TaxRateEntry, ...], msgspec.Meta(max_length=200)] = ()
    groups: Annotated[tuple[GroupEntry, ...], msgspec.Meta(max_length=5000)] = ()


class CatalogueImport(msgspec.Struct, frozen=True, kw_only=True):
    """How an import stands.

    Attributes:
        missing: The parts that are still to come, at most ten of them.
        version: Under which it came into force; absent before.
    """

    id: str
    missing: tuple[int, ...] = ()
    version: int | None = None


def chunk_of(part: CataloguePart, version: int, number: int) -> CatalogueChunk:
    """The part as the office would send it."""
    return CatalogueChunk(
        version=version,
        number=number,
        items=tuple(
            CatalogueItem(
                item_id=item.item_id,
                description=item.description,
                merchandise_hierarchy=item.merchandise_hierarchy,
                uom=item.uom,
                barcodes=tuple(code.zfill(14) for code in item.barcodes),
                tax_code=item.tax_code,
                deposit_item_id=item.deposit_item_id,
                prices=tuple(
                    Price(amount=one.amount, valid_from=one.valid_from, valid_to=one.valid_to)
                    for one in item.prices
                ),
            )
            for item in part.items
        ),
        tax_codes=tuple(
            TaxRate(
                tax_code=one.tax_code,
                rate_bp=one.rate_bp,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
            for one in part.tax_codes
        ),
        groups=tuple(
            ProductGroup(id=one.id, name=one.name, parent=one.parent) for one in part.groups
        ),
    )
