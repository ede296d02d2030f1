"""The sales' room: a whole sale, over the rooms below it."""

from edge_daemon.sales.balances import GiftCard, GiftCards, gift_card_index
from edge_daemon.sales.claims import CLAIMS
from edge_daemon.sales.fiscal import FiscalAddition, FiscalModule, NoFiscalModule
from edge_daemon.sales.gift_cards import GIFT_CARDS_ISSUED
from edge_daemon.sales.inquiries import PriceInquiry, PriceInquiryRequest
from edge_daemon.sales.lines import Discount, PriceOverride, ReturnOf, SaleLine
from edge_daemon.sales.links import ReceiptLinks
from edge_daemon.sales.orders import WebOrders
from edge_daemon.sales.parking import BasketCancellation, SuspendedSale
from edge_daemon.sales.projection import NUMBERED_SALES, SALES, parked_sales
from edge_daemon.sales.requests import (
    BasketCancelRequest,
    CardTender,
    CashTender,
    GiftCardQuery,
    GiftCardTender,
    HandOutRequest,
    OtherTender,
    ReceiptCopyRequest,
    ResumptionRequest,
    SaleCancelRequest,
    SaleRequest,
    SuspensionRequest,
    TenderRequest,
    VoidRequest,
)
from edge_daemon.sales.returning import ReceiptState
from edge_daemon.sales.room import Sales
from edge_daemon.sales.sale import Sale

__all__ = [
    "CLAIMS",
    "GIFT_CARDS_ISSUED",
    "NUMBERED_SALES",
    "SALES",
    "BasketCancelRequest",
    "BasketCancellation",
    "CardTender",
    "CashTender",
    "Discount",
    "FiscalAddition",
    "FiscalModule",
    "GiftCard",
    "GiftCardQuery",
    "GiftCardTender",
    "GiftCards",
    "HandOutRequest",
    "NoFiscalModule",
    "OtherTender",
    "PriceInquiry",
    "PriceInquiryRequest",
    "PriceOverride",
    "ReceiptCopyRequest",
    "ReceiptLinks",
    "ReceiptState",
    "ResumptionRequest",
    "ReturnOf",
    "Sale",
    "SaleCancelRequest",
    "SaleLine",
    "SaleRequest",
    "Sales",
    "SuspendedSale",
    "SuspensionRequest",
    "TenderRequest",
    "VoidRequest",
    "WebOrders",
    "gift_card_index",
    "parked_sales",
]
