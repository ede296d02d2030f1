"""What an entry states, by `entry_type`: the class name of its payload.

A field that may be absent has the default None and is left out of the bytes; every other field
is always there. Money is in minor units, quantities in thousandths, rates in basis points,
moments in microseconds since 1970 UTC. Names: ARTS, nexo, UnifiedPOS.
"""

from edge_daemon.records.payloads.devices import (
    DeviceEvent,
    DrawerEvent,
    ReceiptEvent,
    ReceiptState,
)
from edge_daemon.records.payloads.intents import Intent, Outcome, OutcomeState
from edge_daemon.records.payloads.payload import Json, Payload, UnknownPayload
from edge_daemon.records.payloads.payments import PaymentEvent, PaymentState, TerminalTotal
from edge_daemon.records.payloads.system import AccessEvent, SystemEvent
from edge_daemon.records.payloads.transactions import (
    CardDetails,
    LineItem,
    Link,
    Modifier,
    RetailTransaction,
    TaxTotal,
    Tender,
    Totals,
    TransactionStatus,
    TransactionType,
)

__all__ = [
    "PAYLOADS",
    "AccessEvent",
    "CardDetails",
    "DeviceEvent",
    "DrawerEvent",
    "Intent",
    "Json",
    "LineItem",
    "Link",
    "Modifier",
    "Outcome",
    "OutcomeState",
    "Payload",
    "PaymentEvent",
    "PaymentState",
    "ReceiptEvent",
    "ReceiptState",
    "RetailTransaction",
    "SystemEvent",
    "TaxTotal",
    "Tender",
    "TerminalTotal",
    "Totals",
    "TransactionStatus",
    "TransactionType",
    "UnknownPayload",
]

PAYLOADS: dict[str, type[Payload]] = {
    payload.__name__: payload
    for payload in (
        AccessEvent,
        DeviceEvent,
        DrawerEvent,
        Intent,
        Outcome,
        PaymentEvent,
        ReceiptEvent,
        RetailTransaction,
        SystemEvent,
    )
}
"""Every `entry_type` and the class of its payload."""
