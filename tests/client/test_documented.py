import inspect
import typing
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from edge_daemon import client as sdk
from edge_daemon.app import Daemon
from edge_daemon.client import (
    Card,
    Cash,
    Discount,
    GiftCardPayment,
    Line,
    OtherPayment,
    PriceOverride,
    Register,
    ReturnOf,
    SaleLine,
    values,
)
from tests.client.documented import Json, Sent, check, registers_routes
from tests.edge_daemon.serving import TOKEN, client

ID = "01M7YHZT83Q6W5N4C2R1B0A9ZX"
OTHER = "01M7YHZT83Q6W5N4C2R1B0A9ZY"
LINE = SaleLine(
    description="Pindakaas",
    unit_price=349,
    tax_code="low",
    quantity_milli=2000,
    gtin="8710400145981",
    item_id="pk-1",
    uom="KGM",
    merchandise_hierarchy="food",
    entry_method="Scanned",
    scan_data="]E08710400145981",
    code_price=5,
    lot="L1",
    serial="S1",
    expiry="2027-01-31",
    line_id="a",
    deposit_of="b",
    line_type="Deposit",
    returns=ReturnOf(transaction_id=ID, line_id="1"),
    restock=False,
    price_override=PriceOverride(unit_price=1, reason="x", approved_by="op-1"),
    discounts=(Discount(reason="x", percent_bp=1),),
    voided="x",
    gift_card="KADO-1234",
)
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "get": (("/v1/health",), {}),
    "identity": ((), {}),
    "shop": ((), {}),
    "time": ((1,), {}),
    "confirm_time": (("Keyed", 1), {"reason": "the clock on the wall"}),
    "time_confirmation": ((ID,), {}),
    "health": ((), {}),
    "devices": ((), {}),
    "device": (("printer",), {}),
    "sell": (
        (
            [LINE],
            [
                Card(amount=1, standalone=True, allow_partial=True, slip_number="7", tender_id=ID),
                Cash(amount=2000, currency="USD", tender_id=OTHER),
                GiftCardPayment(number="KADO-1234", amount=1, tender_id=ID),
                OtherPayment(tender_type="Voucher", amount=1, reference="7", tender_id=ID),
            ],
        ),
        {
            "sale_id": ID,
            "total": 698,
            "training": True,
            "print_receipt": False,
            "customer_ref": "c-1",
            "begin_at": 1_795_248_000_000_000,
            "discounts": [Discount(reason="bon", amount=100)],
            "resumes": OTHER,
            "approval_id": OTHER,
        },
    ),
    "catalogue": ((), {}),
    "item": (("5449000000996",), {}),
    "inquire_price": ((), {"gtin": "5449000000996", "inquiry_id": OTHER}),
    "price_inquiry": ((ID,), {}),
    "items": (("co",), {"group": "g", "limit": 5, "after": 10}),
    "product_groups": ((), {}),
    "void": ((ID, "wrong"), {"approval_id": OTHER}),
    "voided": ((ID,), {}),
    "receipt": ((f"R{ID}",), {}),
    "numbered_receipt": (("till-1", 7), {}),
    "gift_card": (("KADO-1234",), {}),
    "suspend": (
        ([LINE],),
        {
            "discounts": [Discount(reason="bon", percent_bp=500)],
            "note": "hat",
            "customer_ref": "c-1",
            "training": True,
            "resumes": OTHER,
        },
    ),
    "orders": ((), {}),
    "hand_out": ((ID, [Cash()]), {"print_receipt": False}),
    "suspended_sale": ((ID,), {}),
    "suspended_sales": ((), {}),
    "resume": ((ID,), {"take_over": True}),
    "give_up": (([LINE], "left"), {"resumes": OTHER}),
    "given_up": ((ID,), {}),
    "sale": ((ID,), {}),
    "tender": ((ID, Card()), {"tender_id": OTHER}),
    "cancel_sale": ((ID, "no"), {}),
    "copy_receipt": ((ID,), {"copy_id": OTHER}),
    "receipt_copy": ((ID, OTHER), {}),
    "print": (([{"type": "text", "text": "Hi"}, {"type": "cut"}],), {"printer": "printer"}),
    "print_job": ((ID,), {}),
    "open_drawer": (("wisselgeld",), {"drawer": "drawer", "approval_id": OTHER}),
    "drawer_opening": ((ID,), {}),
    "pay": ((1250,), {"terminal": "t", "pre_authorisation": True, "allow_partial": True}),
    "payment": ((ID,), {}),
    "open_payments": ((), {}),
    "refund": ((1250, "returned"), {"terminal": "t"}),
    "reverse": ((ID, "twice"), {}),
    "complete": ((ID, 1000), {}),
    "abort": ((ID,), {}),
    "sign": ((ID,), {"accepted": True}),
    "resolve": ((ID, "APPROVED", "on the slip"), {}),
    "reconcile": ((), {"terminal": "t"}),
    "reconciliation": ((ID,), {}),
    "weigh": (("scale",), {}),
    "show": (("display", ["Totaal"]), {"blink": True, "brightness": 60}),
    "shown": (("display",), {}),
    "stock": (("8710400145981",), {}),
    "move_stock": (
        ("transfer_out", [{"gtin": "8710400145981", "quantity_milli": 1000}], "broken"),
        {"location_id": "a", "counterpart_location_id": "b", "approval_id": OTHER},
    ),
    "stock_movement": ((ID,), {}),
    "begin_stock_count": (("year",), {"location_id": "a", "approval_id": OTHER}),
    "stock_count": ((ID,), {}),
    "count_stock": ((ID, "8710400145981", 2000), {"add": False}),
    "stock_count_line": ((ID, OTHER), {}),
    "end_stock_count": ((ID,), {}),
    "sign_on": (("op-17", "1470"), {}),
    "sign_on_state": ((ID,), {}),
    "sign_off": ((), {}),
    "sign_off_state": ((ID,), {}),
    "approve": ((["close"],), {"badge": "04A2", "reason": "late"}),
    "approval": ((ID,), {}),
    "clock": (("clock_in", "op-17", "1470"), {}),
    "correct_hours": ((ID, 1, "forgotten"), {"badge": "04A2", "approval_id": OTHER}),
    "working_time": ((ID,), {}),
    "working_times": (("2026-11-22", "op-17"), {}),
    "operators": ((), {}),
    "roster": (("2026-11-22",), {}),
    "open_till": ((15000,), {"pieces": {5000: 3}, "open_drawer": True, "approval_id": OTHER}),
    "till_session": ((ID,), {}),
    "till_sessions": ((), {}),
    "change_till": ((ID, "close"), {"reason": "rounding", "approval_id": OTHER}),
    "move_money": (
        (ID, "deposit", 5000, "bank"),
        {
            "document_ref": "d-1",
            "bag_id": "b-1",
            "pieces": {5000: 1},
            "counterpart_session": OTHER,
            "open_drawer": False,
        },
    ),
    "money_movement": ((ID, OTHER), {}),
    "count_till": (
        (ID, "settle", 15000),
        {
            "pieces": {5000: 3},
            "tender_type": "Cash",
            "blind": True,
            "reason": "lost",
            "recount_reason": "again",
        },
    ),
    "till_count": ((ID, OTHER), {}),
    "make_report": (("Z",), {"paper": False, "approval_id": OTHER}),
    "period_report": ((ID,), {}),
    "period_reports": ((), {}),
    "copy_report": ((ID,), {}),
    "report_copy": ((ID, OTHER), {}),
    "lease": (("scanner",), {}),
    "lease_of": (("scanner",), {}),
    "release": (("scanner",), {}),
}


@pytest.fixture
async def document(bare_daemon: Daemon) -> AsyncIterator[Json]:
    async with client(bare_daemon.addresses[0][1]) as asking:
        yield (await asking.get("/openapi.json")).json()


class Listening(httpx.AsyncBaseTransport):
    """Notes what is sent, and refuses it."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = (await request.aread()).decode() or None
        self.sent.append(Sent(request.method, str(request.url), body))
        return httpx.Response(418, json={"error": {"code": "teapot", "message": "No."}})


async def test_every_call_is_documented_and_every_route_has_a_call(document: Json) -> None:
    methods = {
        name
        for name, member in inspect.getmembers(Register, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert methods == set(CALLS)
    box = Listening()
    line = Line(transport=box)
    async with Register(
        "http://box", TOKEN, workstation="till-1", operator_id="op-17", line=line
    ) as register:
        for name, (given, named) in CALLS.items():
            with pytest.raises(sdk.RefusedError, match=r"No\."):
                await getattr(register, name)(*given, **named)
        async with register.events(types=["scan"], devices=["s"], after="a-1") as events:
            with pytest.raises(sdk.RefusedError):
                await anext(events)
        with pytest.raises(sdk.RefusedError):
            await sdk.pair("http://box", "K7QX-3M9P", name="Till", line=line)
    found = {check(document, sent) for sent in box.sent}
    assert found == registers_routes(document)


ANSWERS: dict[str, type[msgspec.Struct]] = {
    "Paired": values.Paired,
    "StockAt": sdk.StockAt,
    "StockLevel": sdk.StockLevel,
    "StockMovement": sdk.StockMovement,
    "StockCount": sdk.StockCount,
    "StockCountLine": sdk.StockCountLine,
    "SignOn": sdk.SignOn,
    "SignOff": sdk.SignOff,
    "Approval": sdk.Approval,
    "WorkingTime": sdk.WorkingTime,
    "OperatorView": sdk.Operator,
    "ShiftView": sdk.Shift,
    "TillSessionState": sdk.TillSession,
    "TillCounted": sdk.TillCounted,
    "ClockConfirmation": sdk.TimeConfirmation,
    "ExpectedTender": sdk.ExpectedTender,
    "MoneyMovement": sdk.MoneyMovement,
    "PeriodReportState": sdk.PeriodReport,
    "CallerView": values.Identity,
    "ShopView": values.Shop,
    "TaxCodeView": values.ShopTaxCode,
    "ForeignCurrencyView": values.ForeignCash,
    "WorkstationView": values.Workstation,
    "DeviceState": values.Device,
    "PrintJob": values.PrintJob,
    "DrawerOpening": values.DrawerOpening,
    "Payment": values.Payment,
    "PaymentList": values.OpenPayments,
    "Abortion": values.Abortion,
    "Reconciliation": values.Reconciliation,
    "Sale": values.Sale,
    "Lease": values.Lease,
    "DisplayState": values.Shown,
    "ReceiptState": values.Receipt,
    "ReceiptLineState": values.ReceiptLine,
    "SuspendedSale": values.SuspendedSale,
    "SuspendedSales": values.SuspendedSales,
    "BasketCancellation": values.BasketCancellation,
    "GiftCard": values.GiftCard,
    "CatalogueState": values.CatalogueState,
    "Article": values.Article,
    "ProductGroupView": values.ProductGroup,
    "ScaleWeight": values.Weight,
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_has_the_fields_that_are_documented(document: Json, name: str) -> None:
    schemas = document["components"]["schemas"]
    (schema,) = [each for key, each in schemas.items() if key.split("_")[-1].endswith(name)][:1]
    schema = schemas.get(name, schema)
    fields = {each.encode_name: each for each in msgspec.structs.fields(ANSWERS[name])}
    assert set(fields) == set(schema["properties"])
    for key, field in fields.items():
        kinds = _kinds(schema["properties"][key], schemas)
        assert kinds == _python_kinds(field.type), key


def _kinds(schema: Json, schemas: Json) -> set[str]:
    """The JSON types that a schema allows."""
    if "$ref" in schema:
        return _kinds(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return set().union(*(_kinds(each, schemas) for each in schema[several]))
    if "enum" in schema and "type" not in schema:
        return {"string"}
    said = schema["type"]
    return set(said) if isinstance(said, list) else {said}


def _python_kinds(kind: Any) -> set[str]:
    plain = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    if kind in plain:
        return {plain[kind]}
    origin = typing.get_origin(kind)
    if origin is tuple:
        return {"array"}
    if origin is dict or isinstance(kind, type):
        return {"object"}
    return set().union(*(_python_kinds(each) for each in typing.get_args(kind)))
