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
from edge_daemon.records.payloads.intents import (
    Intent,
    Outcome,
    OutcomeState,
)
from edge_daemon.records.payloads.operators import (
    OperatorEvent,
    OperatorEventKind,
    OperatorMethod,
)
from edge_daemon.records.payloads.payload import (
    Json,
    Payload,
    UnknownPayload,
)
from edge_daemon.records.payloads.payments import (
    PaymentEvent,
    PaymentKind,
    PaymentState,
    TerminalTotal,
    UnresolvedPayment,
)
from edge_daemon.records.payloads.period_reports import (
    ArticleGroup,
    CardReconciliation,
    EmployeeArticleGroup,
    EmployeeFloat,
    EmployeePaymentTally,
    GroupTally,
    PaymentTally,
    PeriodFigures,
    PeriodReport,
    PeriodReportKind,
    Tally,
    TenderDifference,
    TypeTally,
    VatTotal,
)
from edge_daemon.records.payloads.register import (
    ItemVoid,
    PriceChange,
    PriceInquiry,
    TransactionCancelled,
)
from edge_daemon.records.payloads.replenishment import (
    PurchaseOrder,
    PurchaseOrderEvent,
    PurchaseOrderLine,
    ReorderLevel,
)
from edge_daemon.records.payloads.stock import (
    InventoryControl,
    InventoryControlKind,
)
from edge_daemon.records.payloads.system import (
    AccessEvent,
    CarriedOver,
    SystemEvent,
    WorkstationNumbers,
)
from edge_daemon.records.payloads.tills import (
    DateConfirmed,
    Denomination,
    TenderControl,
    TenderControlKind,
    TillCount,
    TillCountKind,
    TillSession,
    TillSessionEvent,
)
from edge_daemon.records.payloads.transactions import (
    CardDetails,
    LineItem,
    Link,
    Modifier,
    RetailTransaction,
    TaxTotal,
    Tender,
    TenderType,
    Totals,
    TransactionStatus,
    TransactionType,
)

__all__ = [
    "PAYLOADS",
    "AccessEvent",
    "ArticleGroup",
    "CardDetails",
    "CardReconciliation",
    "CarriedOver",
    "DateConfirmed",
    "Denomination",
    "DeviceEvent",
    "DrawerEvent",
    "EmployeeArticleGroup",
    "EmployeeFloat",
    "EmployeePaymentTally",
    "GroupTally",
    "Intent",
    "InventoryControl",
    "InventoryControlKind",
    "ItemVoid",
    "Json",
    "LineItem",
    "Link",
    "Modifier",
    "OperatorEvent",
    "OperatorEventKind",
    "OperatorMethod",
    "Outcome",
    "OutcomeState",
    "Payload",
    "PaymentEvent",
    "PaymentKind",
    "PaymentState",
    "PaymentTally",
    "PeriodFigures",
    "PeriodReport",
    "PeriodReportKind",
    "PriceChange",
    "PriceInquiry",
    "PurchaseOrder",
    "PurchaseOrderEvent",
    "PurchaseOrderLine",
    "ReceiptEvent",
    "ReceiptState",
    "ReorderLevel",
    "RetailTransaction",
    "SystemEvent",
    "Tally",
    "TaxTotal",
    "Tender",
    "TenderControl",
    "TenderControlKind",
    "TenderDifference",
    "TenderType",
    "TerminalTotal",
    "TillCount",
    "TillCountKind",
    "TillSession",
    "TillSessionEvent",
    "Totals",
    "TransactionCancelled",
    "TransactionStatus",
    "TransactionType",
    "TypeTally",
    "UnknownPayload",
    "UnresolvedPayment",
    "VatTotal",
    "WorkstationNumbers",
]

PAYLOADS: dict[str, type[Payload]] = {
    payload.__name__: payload
    for payload in (
        AccessEvent,
        DeviceEvent,
        DrawerEvent,
        Intent,
        InventoryControl,
        ItemVoid,
        OperatorEvent,
        Outcome,
        PaymentEvent,
        PeriodReport,
        PriceChange,
        PriceInquiry,
        PurchaseOrder,
        ReceiptEvent,
        ReorderLevel,
        RetailTransaction,
        SystemEvent,
        TenderControl,
        TillCount,
        TillSession,
        TransactionCancelled,
    )
}
"""Every `entry_type` and the class of its payload."""
