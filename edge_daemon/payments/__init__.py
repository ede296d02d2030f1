"""The payments' room: money is asked for once, and what is in doubt is asked about, never again."""

from edge_daemon.payments.call import Kind, PaymentCall
from edge_daemon.payments.closing import Closing
from edge_daemon.payments.orders import PaymentOrders
from edge_daemon.payments.projection import PAYMENTS, Payment, payments_of_transaction
from edge_daemon.payments.reconciliations import RECONCILIATIONS, Reconciliation
from edge_daemon.payments.requests import (
    CompletionOrder,
    Decision,
    PaymentOrder,
    ReconciliationOrder,
    RefundOrder,
    ReversalOrder,
    SignatureDecision,
)
from edge_daemon.payments.resolution import Resolution
from edge_daemon.payments.room import Payments
from edge_daemon.payments.terminals import Terminals
from edge_daemon.payments.tracing import Tracing

__all__ = [
    "PAYMENTS",
    "RECONCILIATIONS",
    "Closing",
    "CompletionOrder",
    "Decision",
    "Kind",
    "Payment",
    "PaymentCall",
    "PaymentOrder",
    "PaymentOrders",
    "Payments",
    "Reconciliation",
    "ReconciliationOrder",
    "RefundOrder",
    "Resolution",
    "ReversalOrder",
    "SignatureDecision",
    "Terminals",
    "Tracing",
    "payments_of_transaction",
]
