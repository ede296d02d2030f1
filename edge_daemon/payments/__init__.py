"""The payments' room: money is asked for once, and what is in doubt is asked about, never again."""

from edge_daemon.payments.projection import PAYMENTS, Payment, payments_of_transaction
from edge_daemon.payments.resolution import Decision, Resolution
from edge_daemon.payments.room import PaymentCall, PaymentOrder, Payments

__all__ = [
    "PAYMENTS",
    "Decision",
    "Payment",
    "PaymentCall",
    "PaymentOrder",
    "Payments",
    "Resolution",
    "payments_of_transaction",
]
