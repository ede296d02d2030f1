"""The registers' SDK: pair, sell, print, open the drawer, take cards, and hear what happens.

    async with Register(url, token, workstation="till-1", operator_id="op-17") as register:
        sale = await register.sell([SaleLine(…)], [Cash(amount=2000)])
        async with register.events(types=["scan"]) as events:
            async for event in events:
                …

Whatever acts is sent under an id that the caller gives or that is made here, and sent again until
there is an end: a repeat is harmless, giving up would not be. It needs the extra `client`.

orders      what a register sends
values      what it is answered
connection  one request, again when the line breaks
staff       the calls about people
stock       the calls about stock
till        the calls of the till's day
selling     the calls about baskets, receipts and gift cards
register    every call, as a method
events      the live stream, resumed by itself
"""

from edge_daemon.client.connection import ClientError, Line, NoAnswerError, RefusedError, pair
from edge_daemon.client.events import STALE_CARD, STALE_SCAN, Event, Events
from edge_daemon.client.orders import (
    Card,
    Cash,
    Discount,
    GiftCardPayment,
    OtherPayment,
    PriceOverride,
    ReturnOf,
    SaleLine,
)
from edge_daemon.client.register import Register
from edge_daemon.client.staff import Approval, Operator, Shift, SignOff, SignOn, WorkingTime
from edge_daemon.client.stock import StockAt, StockCount, StockCountLine, StockLevel, StockMovement
from edge_daemon.client.till import (
    ExpectedTender,
    MoneyMovement,
    PeriodReport,
    TillCounted,
    TillSession,
    TimeConfirmation,
)
from edge_daemon.client.values import (
    Abortion,
    Article,
    BasketCancellation,
    CatalogueState,
    Device,
    DrawerOpening,
    ForeignCash,
    GiftCard,
    Identity,
    Lease,
    OpenPayments,
    Paired,
    Payment,
    PrintJob,
    ProductGroup,
    Receipt,
    Reconciliation,
    Sale,
    Shop,
    ShopTaxCode,
    Shown,
    SuspendedSale,
    Weight,
    Workstation,
)

__all__ = [
    "STALE_CARD",
    "STALE_SCAN",
    "Abortion",
    "Approval",
    "Article",
    "BasketCancellation",
    "Card",
    "Cash",
    "CatalogueState",
    "ClientError",
    "Device",
    "Discount",
    "DrawerOpening",
    "Event",
    "Events",
    "ExpectedTender",
    "ForeignCash",
    "GiftCard",
    "GiftCardPayment",
    "Identity",
    "Lease",
    "Line",
    "MoneyMovement",
    "NoAnswerError",
    "OpenPayments",
    "Operator",
    "OtherPayment",
    "Paired",
    "Payment",
    "PeriodReport",
    "PriceOverride",
    "PrintJob",
    "ProductGroup",
    "Receipt",
    "Reconciliation",
    "RefusedError",
    "Register",
    "ReturnOf",
    "Sale",
    "SaleLine",
    "Shift",
    "Shop",
    "ShopTaxCode",
    "Shown",
    "SignOff",
    "SignOn",
    "StockAt",
    "StockCount",
    "StockCountLine",
    "StockLevel",
    "StockMovement",
    "SuspendedSale",
    "TillCounted",
    "TillSession",
    "TimeConfirmation",
    "Weight",
    "WorkingTime",
    "Workstation",
    "pair",
]
