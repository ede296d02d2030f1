"""What the office sends to every edge of a store.

Catalogue, stock, gift cards, operators and web orders.

Each set travels as chunks of at most 256 KiB under one `Manifest`, then as deltas from version to
version; the lists are the same in both. A set is used when all its chunks have the manifest's
version and the hash fits. Money in minor units, quantities in thousandths, rates in basis points,
moments in microseconds since 1970 UTC.
"""

from typing import Annotated

import msgspec

from edge_daemon.records.messages import Epoch, Message, SchemaVersion, Seq, Version
from edge_daemon.records.payloads.payload import one_of

SCHEMA_VERSION = 1
"""Of the lists below; a manifest or a delta of a later one needs a later daemon."""
CHUNK_LIMIT = 1024
"""Chunks of one set: 256 MiB at most, a few hundred thousand articles."""
NOWHERE = 2**63 - 1
"""`from_version` of a delta that leads from nowhere: it says that what its `to_version` holds is
still so. A daemon that does not know that word passes it over."""
Number = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
"""Which chunk, from 0."""


# --- catalogue ------------------------------------------------------------------------------


class Price(Message, frozen=True, kw_only=True):
    """A price, VAT included, for a time."""

    amount: int
    valid_from: int
    valid_to: int | None = None


class CatalogueItem(Message, frozen=True, kw_only=True):
    """An article.

    Attributes:
        uom: UN/ECE Recommendation 20, such as `C62` or `KGM`.
        barcodes: GTINs, 14 digits.
        deposit_item_id: The deposit that is charged with it.
    """

    item_id: str
    description: str
    merchandise_hierarchy: str
    uom: str
    barcodes: tuple[str, ...]
    tax_code: str
    deposit_item_id: str | None = None
    prices: tuple[Price, ...]


class TaxRate(Message, frozen=True, kw_only=True):
    """What a tax code means for a time."""

    tax_code: str
    rate_bp: int
    valid_from: int
    valid_to: int | None = None


class ProductGroup(Message, frozen=True, kw_only=True):
    """A product group and the one above it."""

    id: str
    name: str
    parent: str | None = None


class Catalogue(Message, frozen=True, kw_only=True):
    """The lists of the catalogue."""

    items: tuple[CatalogueItem, ...] = ()
    tax_codes: tuple[TaxRate, ...] = ()
    groups: tuple[ProductGroup, ...] = ()


class CatalogueChunk(Catalogue, frozen=True, kw_only=True):
    """A part of the catalogue of that version."""

    version: Version
    number: Number


class CatalogueDelta(Catalogue, frozen=True, kw_only=True):
    """What changed in the catalogue between two versions."""

    from_version: Version
    to_version: Version
    schema_version: SchemaVersion = 1


# --- stock ----------------------------------------------------------------------------------


class Covered(Message, frozen=True, kw_only=True):
    """Up to where an edge is counted in; it adds its own entries beyond that and no others.

    Several epochs of an edge may be named: the newest that it has counts, and all before it.
    """

    edge_id: str
    epoch: Epoch
    seq: Seq


class StockLine(Message, frozen=True, kw_only=True):
    """How much of an article lies at a place."""

    item_id: str
    location_id: str
    on_hand_milli: int
    available_milli: int


class Stock(Message, frozen=True, kw_only=True):
    """The lists of the stock; the manifest's version is the office's ledger position."""

    as_of: int
    covers: tuple[Covered, ...] = ()
    lines: tuple[StockLine, ...] = ()


class StockChunk(Stock, frozen=True, kw_only=True):
    """A part of the stock of that version."""

    version: Version
    number: Number


class StockDelta(Stock, frozen=True, kw_only=True):
    """What changed in the stock between two versions.

    Where `from_version` is 2**63 - 1 nothing did: `to_version` is still so, at `as_of`.
    """

    from_version: Version
    to_version: Version
    schema_version: SchemaVersion = 1


# --- gift cards -----------------------------------------------------------------------------


class GiftCardBalance(Message, frozen=True, kw_only=True):
    """What is on a gift card, over all shops, in minor units.

    Attributes:
        gift_card_ref: Hides the card's number.
        balance: Less than nothing where more was taken off than was on it.
    """

    gift_card_ref: str
    currency: str
    balance: int


class GiftCards(Message, frozen=True, kw_only=True):
    """The list of the gift cards; the manifest's version is the office's ledger position.

    A whole set may lack cards that have long been empty.
    """

    as_of: int
    covers: tuple[Covered, ...] = ()
    lines: tuple[GiftCardBalance, ...] = ()


class GiftCardsChunk(GiftCards, frozen=True, kw_only=True):
    """A part of the gift cards of that version."""

    version: Version
    number: Number


class GiftCardsDelta(GiftCards, frozen=True, kw_only=True):
    """What changed on gift cards between two versions.

    Where `from_version` is 2**63 - 1 nothing did: `to_version` is still so, at `as_of`.
    """

    from_version: Version
    to_version: Version
    schema_version: SchemaVersion = 1


# --- operators ------------------------------------------------------------------------------


class CredentialVerifier(Message, frozen=True, kw_only=True):
    """With what a PIN or badge is checked, never the PIN itself."""

    method: Annotated[str, one_of("PIN", "Badge", "NFC")]
    verifier: str


class Operator(Message, frozen=True, kw_only=True):
    """Somebody who may use the registers; the only place where a name stands."""

    operator_id: str
    name: str
    roles: tuple[str, ...]
    credential_verifiers: tuple[CredentialVerifier, ...] = ()
    valid_to: int | None = None


class Shift(Message, frozen=True, kw_only=True):
    """A line of the roster."""

    operator_id: str
    location_id: str
    start: int
    end: int
    role: str | None = None


class Operators(Message, frozen=True, kw_only=True):
    """The lists of the staff."""

    operators: tuple[Operator, ...] = ()
    shifts: tuple[Shift, ...] = ()


class OperatorsChunk(Operators, frozen=True, kw_only=True):
    """A part of the staff of that version."""

    version: Version
    number: Number


class OperatorsDelta(Operators, frozen=True, kw_only=True):
    """What changed in the staff between two versions."""

    from_version: Version
    to_version: Version
    schema_version: SchemaVersion = 1


# --- web orders -----------------------------------------------------------------------------


class WebOrderLine(Message, frozen=True, kw_only=True):
    """One line of a web order, as it was sold: VAT included, at the rate of its day."""

    line_id: str
    item_id: str
    gtin: str | None = None
    description: str
    merchandise_hierarchy: str
    quantity_milli: int
    uom: str
    unit_price: int
    amount: int
    tax_code: str
    tax_rate_bp: int


class WebOrder(Message, frozen=True, kw_only=True):
    """An order of a webshop that this store hands out, or takes back.

    Attributes:
        transaction_id: Of the order's own transaction, in the office's chain.
        order_ref: The webshop's number for it.
        state: `ready` to be handed out here; `delivered`: it can come back; `closed`: neither.
        paid: True: online; else it is paid where it is handed out.
        placed_at: Microseconds since 1970 UTC.
    """

    transaction_id: str
    order_ref: str
    state: Annotated[str, one_of("ready", "delivered", "closed")]
    paid: bool
    placed_at: int
    currency: str
    customer_ref: str | None = None
    lines: tuple[WebOrderLine, ...]


class Orders(Message, frozen=True, kw_only=True):
    """The list of the web orders."""

    orders: tuple[WebOrder, ...] = ()


class OrdersChunk(Orders, frozen=True, kw_only=True):
    """A part of the web orders of that version."""

    version: Version
    number: Number


class OrdersDelta(Orders, frozen=True, kw_only=True):
    """What changed in the web orders between two versions."""

    from_version: Version
    to_version: Version
    schema_version: SchemaVersion = 1
