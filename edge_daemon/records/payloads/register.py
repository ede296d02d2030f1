"""Events at the register that auditors count. Money in minor units."""

from edge_daemon.records.payloads.payload import Payload


class PriceInquiry(Payload, frozen=True, kw_only=True):
    """A price was looked up."""

    item_id: str
    merchandise_hierarchy: str
    price: int


class PriceChange(Payload, frozen=True, kw_only=True):
    """A price was changed, at the register or by the office."""

    item_id: str
    old_price: int
    new_price: int
    reason_code: str


class ItemVoid(Payload, frozen=True, kw_only=True):
    """A line was taken off before payment. The finished sale's line says `voided` as well."""

    transaction_id: str
    line_id: str
    item_id: str
    quantity_milli: int
    amount: int
    reason_code: str


class TransactionCancelled(Payload, frozen=True, kw_only=True):
    """A basket was abandoned before it had a receipt number."""

    transaction_id: str
    line_count: int
    amount: int
    reason_code: str
