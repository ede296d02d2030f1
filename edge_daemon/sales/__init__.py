"""The sales' room: a whole sale, over the rooms below it."""

from edge_daemon.sales.fiscal import FiscalAddition, FiscalModule, NoFiscalModule
from edge_daemon.sales.links import ReceiptLinks
from edge_daemon.sales.projection import SALES
from edge_daemon.sales.requests import (
    CardTender,
    CashTender,
    ReceiptCopyRequest,
    SaleCancelRequest,
    SaleLine,
    SaleRequest,
    TenderRequest,
)
from edge_daemon.sales.room import Sales
from edge_daemon.sales.sale import Sale

__all__ = [
    "SALES",
    "CardTender",
    "CashTender",
    "FiscalAddition",
    "FiscalModule",
    "NoFiscalModule",
    "ReceiptCopyRequest",
    "ReceiptLinks",
    "Sale",
    "SaleCancelRequest",
    "SaleLine",
    "SaleRequest",
    "Sales",
    "TenderRequest",
]
