"""What the folds look at in entries; the rest is not decoded.

Amounts and texts have limits here: what no total and no key could hold is refused whole. Such an
entry is kept and acknowledged all the same, and listed as not folded.
"""

from typing import Annotated, Generic, TypeVar

import msgspec

from central_office.lines import Line
from edge_daemon.records import RecordError
from edge_daemon.records.payloads import (
    InventoryControlKind,
    OperatorEventKind,
    PaymentEvent,
    PeriodReport,
    PurchaseOrderEvent,
    RetailTransaction,
    SystemEvent,
    TenderControlKind,
    TillCountKind,
    TillSession,
    TransactionStatus,
    TransactionType,
)

AMOUNT_LIMIT = 10**12
"""Minor units, thousandths. More in one entry is no amount: sums have to stay within 64 bits."""
TEXT_LIMIT = 64
"""Characters of an identifier; the record set has none with more."""

_Amount = Annotated[int, msgspec.Meta(ge=-AMOUNT_LIMIT, le=AMOUNT_LIMIT)]
_Moment = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Text = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT)]


class _Totals(msgspec.Struct, frozen=True, gc=False):
    gross: _Amount


class Link(msgspec.Struct, frozen=True, gc=False):
    """A pointer to another transaction, and to one of its lines."""

    kind: str
    transaction_id: _Text
    line_id: _Text | None = None


class Modifier(msgspec.Struct, frozen=True, gc=False):
    """What changed a line's price."""

    kind: _Text
    reason_code: str
    amount: _Amount


class SaleLine(msgspec.Struct, frozen=True, gc=False):
    """A line of a sale."""

    line_type: _Text
    voided: bool
    extended_amount: _Amount
    line_id: _Text = ""
    item_id: _Text = ""
    merchandise_hierarchy: _Text = ""
    quantity_milli: _Amount = 0
    uom: _Text = ""
    modifiers: tuple[Modifier, ...] = ()
    tax_code: _Text = ""
    tax_rate_bp: _Amount = 0
    tax_base: _Amount = 0
    tax_amount: _Amount = 0
    stock_effect: bool = False
    link: Link | None = None
    gift_card_ref: _Text | None = None


class Card(msgspec.Struct, frozen=True, gc=False):
    """The card side of a tender."""

    standalone: bool
    entry_mode: _Text | None = None
    card_brand: _Text | None = None
    masked_pan: str | None = None
    terminal_id: _Text | None = None


class Tender(msgspec.Struct, frozen=True, gc=False):
    """Money received, or given back."""

    tender_type: _Text
    amount: _Amount
    is_change: bool
    card: Card | None = None
    gift_card_ref: _Text | None = None


class Sale(msgspec.Struct, frozen=True, gc=False):
    """A `RetailTransaction`; most entries are one."""

    transaction_id: _Text
    transaction_type: TransactionType
    status: TransactionStatus
    currency: _Text
    totals: _Totals
    channel: _Text = "store"
    line_items: tuple[SaleLine, ...] = ()
    sequence_number: Annotated[int, msgspec.Meta(le=2**53)] | None = None
    rounding_amount: _Amount = 0
    tenders: tuple[Tender, ...] = ()
    transaction_links: tuple[Link, ...] = ()
    customer_ref: _Text | None = None


class TenderControl(msgspec.Struct, frozen=True, gc=False):
    """Money moved without a sale."""

    kind: TenderControlKind
    tender_type: _Text
    amount: _Amount
    currency: _Text


class TillCount(msgspec.Struct, frozen=True, gc=False):
    """Money counted."""

    kind: TillCountKind
    tender_type: _Text
    currency: _Text
    counted: _Amount
    expected: _Amount
    difference: _Amount
    reason: str | None = None


class InventoryControl(msgspec.Struct, frozen=True, gc=False):
    """Stock moved or counted without a sale."""

    kind: InventoryControlKind
    document_id: _Text
    location_id: _Text
    item_id: _Text | None = None
    quantity_milli: _Amount | None = None
    uom: _Text | None = None
    counterpart_location_id: _Text | None = None
    order_id: _Text | None = None


class ReorderLevel(msgspec.Struct, frozen=True, gc=False):
    """When an article is to be ordered for a place."""

    item_id: _Text
    location_id: _Text
    reorder_point_milli: _Amount | None = None
    order_up_to_milli: _Amount | None = None
    supplier_id: _Text | None = None


class OrderLine(msgspec.Struct, frozen=True, gc=False):
    """How much of an article is ordered."""

    item_id: _Text
    quantity_milli: _Amount
    uom: _Text


class PurchaseOrder(msgspec.Struct, frozen=True, gc=False):
    """A step of a purchase order."""

    event: PurchaseOrderEvent
    order_id: _Text
    location_id: _Text
    supplier_id: _Text | None = None
    lines: tuple[OrderLine, ...] = ()
    reason: str | None = None


class OperatorEvent(msgspec.Struct, frozen=True, gc=False):
    """Working hours and the roster."""

    event: OperatorEventKind
    subject_operator_id: _Text
    corrects_entry_id: _Text | None = None
    corrected_at: _Moment | None = None
    reason: str | None = None
    shift_id: _Text | None = None
    location_id: _Text | None = None
    start: _Moment | None = None
    end: _Moment | None = None


class DeviceEvent(msgspec.Struct, frozen=True, gc=False):
    """A device changed state."""

    device_id: _Text
    family: _Text
    state: _Text
    detail: str | None = None


class DrawerEvent(msgspec.Struct, frozen=True, gc=False):
    """A drawer opened, or did not."""

    event: _Text
    cause: _Text
    reason_code: str | None = None


class ReceiptEvent(msgspec.Struct, frozen=True, gc=False):
    """A step of a print."""

    state: _Text
    document: _Text
    amount: _Amount | None = None


class ItemVoid(msgspec.Struct, frozen=True, gc=False):
    """A line was taken off before payment."""

    amount: _Amount
    reason_code: str
    quantity_milli: _Amount = 0


class PriceChange(msgspec.Struct, frozen=True, gc=False):
    """A price was changed."""

    old_price: _Amount
    new_price: _Amount
    reason_code: str


class PriceInquiry(msgspec.Struct, frozen=True, gc=False):
    """A price was looked up."""

    merchandise_hierarchy: _Text
    price: _Amount


class TransactionCancelled(msgspec.Struct, frozen=True, gc=False):
    """A basket was abandoned."""

    amount: _Amount
    reason_code: str


Folded = (
    Sale
    | PeriodReport
    | TillSession
    | PaymentEvent
    | SystemEvent
    | TenderControl
    | TillCount
    | InventoryControl
    | ReorderLevel
    | PurchaseOrder
    | OperatorEvent
    | DeviceEvent
    | DrawerEvent
    | ReceiptEvent
    | ItemVoid
    | PriceChange
    | PriceInquiry
    | TransactionCancelled
)
PayloadKind = TypeVar("PayloadKind")


class _Entry(msgspec.Struct, Generic[PayloadKind], frozen=True, gc=False):
    """What folds look at in an envelope."""

    entry_id: _Text
    workstation_id: _Text
    business_day_date: _Text
    occurred_at: _Moment
    utc_offset_min: Annotated[int, msgspec.Meta(ge=-1440, le=1440)]
    training: bool
    payload: PayloadKind
    till_session_id: _Text | None = None
    operator_id: _Text | None = None


Entry = _Entry[Folded]
_decoders: dict[str, msgspec.json.Decoder[Entry]] = {
    RetailTransaction.__name__: msgspec.json.Decoder(_Entry[Sale]),
    PeriodReport.__name__: msgspec.json.Decoder(_Entry[PeriodReport]),
    TillSession.__name__: msgspec.json.Decoder(_Entry[TillSession]),
    PaymentEvent.__name__: msgspec.json.Decoder(_Entry[PaymentEvent]),
    SystemEvent.__name__: msgspec.json.Decoder(_Entry[SystemEvent]),
    TenderControl.__name__: msgspec.json.Decoder(_Entry[TenderControl]),
    TillCount.__name__: msgspec.json.Decoder(_Entry[TillCount]),
    InventoryControl.__name__: msgspec.json.Decoder(_Entry[InventoryControl]),
    ReorderLevel.__name__: msgspec.json.Decoder(_Entry[ReorderLevel]),
    PurchaseOrder.__name__: msgspec.json.Decoder(_Entry[PurchaseOrder]),
    OperatorEvent.__name__: msgspec.json.Decoder(_Entry[OperatorEvent]),
    DeviceEvent.__name__: msgspec.json.Decoder(_Entry[DeviceEvent]),
    DrawerEvent.__name__: msgspec.json.Decoder(_Entry[DrawerEvent]),
    ReceiptEvent.__name__: msgspec.json.Decoder(_Entry[ReceiptEvent]),
    ItemVoid.__name__: msgspec.json.Decoder(_Entry[ItemVoid]),
    PriceChange.__name__: msgspec.json.Decoder(_Entry[PriceChange]),
    PriceInquiry.__name__: msgspec.json.Decoder(_Entry[PriceInquiry]),
    TransactionCancelled.__name__: msgspec.json.Decoder(_Entry[TransactionCancelled]),
}
_NUL, _MARK = rb"\u0000", rb"\ufffd"
"""PostgreSQL's text has no NUL."""


def read(line: Line) -> Entry | None:
    """Decode an entry that a fold looks at; None for the others.

    Raises:
        RecordError: The payload is not what its type says, or no table can hold it.
    """
    decoder = _decoders.get(line.entry_type)
    if decoder is None:
        return None
    data = line.data.replace(_NUL, _MARK) if _NUL in line.data else line.data
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RecordError(f"no {line.entry_type}: {error}") from error
