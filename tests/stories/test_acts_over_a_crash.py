"""Every route that acts: the power goes before and after its intent is on disk; asked again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import pytest

from edge_daemon.records.payloads import Intent
from tests.stories.counter import CARD, Counter, PowerCut, basket, sale, ulid

OPERATOR = {"operator_id": "op-17"}
TEXT = {"type": "text", "text": "Hi"}


class Asked(NamedTuple):
    """One act of a route.

    Attributes:
        path: With its id.
        told: Where `GET` tells its state.
        other: A body that means something else, and is valid.
    """

    path: str
    told: str
    body: dict[str, Any]
    other: dict[str, Any]


Prepare = Callable[[Counter, str], Awaitable[Asked]]


async def payment(counter: Counter, **more: Any) -> str:
    """A payment that has ended well."""
    key = ulid()
    body = {"workstation": "till-1", "amount": 1000, **more}
    answer = await counter.put(f"/v1/payments/{key}", body)
    assert answer.json()["approved"] is True, answer.text
    return key


async def print_job(_: Counter, key: str) -> Asked:
    body = {"workstation": "till-1", "document": [TEXT, {"type": "cut"}]}
    path = f"/v1/print-jobs/{key}"
    return Asked(path, path, body, body | {"document": [TEXT]})


async def drawer_opening(_: Counter, key: str) -> Asked:
    path = f"/v1/drawer-openings/{key}"
    body = {"workstation": "till-1", "reason": "wisselgeld"}
    return Asked(path, path, body, body | {"reason": "other"})


async def card_payment(_: Counter, key: str) -> Asked:
    path = f"/v1/payments/{key}"
    body = {"workstation": "till-1", "amount": 1000}
    return Asked(path, path, body, body | {"amount": 1001})


async def refund(_: Counter, key: str) -> Asked:
    body = {"workstation": "till-1", "amount": 1000, "reason": "returned", **OPERATOR}
    return Asked(f"/v1/refunds/{key}", f"/v1/payments/{key}", body, body | {"amount": 900})


async def reversal(counter: Counter, key: str) -> Asked:
    body = {"payment_id": await payment(counter), "reason": "twice", **OPERATOR}
    return Asked(f"/v1/reversals/{key}", f"/v1/payments/{key}", body, body | {"reason": "no"})


async def completion(counter: Counter, key: str) -> Asked:
    held = await payment(counter, pre_authorisation=True)
    body = {"payment_id": held, "amount": 800, **OPERATOR}
    return Asked(f"/v1/completions/{key}", f"/v1/payments/{key}", body, body | {"amount": 700})


async def reconciliation(_: Counter, key: str) -> Asked:
    path = f"/v1/reconciliations/{key}"
    body = {"workstation": "till-1"}
    return Asked(path, path, body, body | OPERATOR)


async def whole_sale(_: Counter, key: str) -> Asked:
    path = f"/v1/sales/{key}"
    return Asked(path, path, sale(), sale(**CARD))


async def tender(counter: Counter, key: str) -> Asked:
    waiting = await declined_sale(counter)
    place = f"/v1/sales/{waiting}"
    body = {"type": "cash", "amount": 2000}
    return Asked(f"{place}/tenders/{key}", place, body, body | {"amount": 5000})


async def declined_sale(counter: Counter) -> str:
    """A sale that waits for a tender, its card having been declined."""
    key = ulid()
    counter.terminal.faults.switch("decline", on=True)
    sold = await counter.sell(key, **CARD)
    counter.terminal.faults.switch("decline", on=False)
    assert sold["state"] == "awaiting_tender", sold
    return key


async def receipt_copy(counter: Counter, key: str) -> Asked:
    sold = (await counter.sell())["id"]
    path = f"/v1/sales/{sold}/receipt-copies/{key}"
    return Asked(path, path, {"workstation": "till-1"}, {"workstation": "till-1", **OPERATOR})


async def void(counter: Counter, key: str) -> Asked:
    path = f"/v1/voids/{key}"
    body = {"sale_id": (await counter.sell())["id"], "reason": "wrong article", **OPERATOR}
    return Asked(path, path, body, body | {"reason": "other"})


async def suspended_sale(_: Counter, key: str) -> Asked:
    path = f"/v1/suspended-sales/{key}"
    return Asked(path, path, basket(), basket(note="mevrouw met hond"))


async def basket_cancellation(_: Counter, key: str) -> Asked:
    path = f"/v1/basket-cancellations/{key}"
    body = basket(reason="customer left")
    return Asked(path, path, body, body | {"reason": "other"})


async def period_report(counter: Counter, key: str) -> Asked:
    await counter.sell()
    path = f"/v1/period-reports/{key}"
    body = {"kind": "X", **TILL}
    return Asked(path, path, body, body | {"operator_id": "op-18"})


async def report_copy(counter: Counter, key: str) -> Asked:
    asked = await period_report(counter, ulid())
    assert (await counter.put(asked.path, asked.body)).status_code == 200
    path = f"{asked.path}/copies/{key}"
    return Asked(path, path, {"workstation": "till-1"}, TILL)


async def stock_movement(_: Counter, key: str) -> Asked:
    path = f"/v1/stock-movements/{key}"
    lines = [{"gtin": "08710400145981", "quantity_milli": 1000}]
    body = {"kind": "receipt", "lines": lines, "reason": "levering", **TILL}
    return Asked(path, path, body, body | {"reason": "other"})


TILL = {"workstation": "till-1", **OPERATOR}
ACTS: dict[str, Prepare] = {
    "/v1/print-jobs/{resource_id}": print_job,
    "/v1/drawer-openings/{resource_id}": drawer_opening,
    "/v1/payments/{resource_id}": card_payment,
    "/v1/refunds/{resource_id}": refund,
    "/v1/reversals/{resource_id}": reversal,
    "/v1/completions/{resource_id}": completion,
    "/v1/reconciliations/{resource_id}": reconciliation,
    "/v1/sales/{resource_id}": whole_sale,
    "/v1/sales/{resource_id}/tenders/{tender_id}": tender,
    "/v1/sales/{resource_id}/receipt-copies/{copy_id}": receipt_copy,
    "/v1/voids/{resource_id}": void,
    "/v1/suspended-sales/{resource_id}": suspended_sale,
    "/v1/basket-cancellations/{resource_id}": basket_cancellation,
    "/v1/period-reports/{resource_id}": period_report,
    "/v1/period-reports/{resource_id}/copies/{copy_id}": report_copy,
    "/v1/stock-movements/{resource_id}": stock_movement,
}
ELSEWHERE = {
    "/v1/till-sessions/{resource_id}": "test_till_crashes: it takes a confirmed date",
    "/v1/till-sessions/{resource_id}/changes/{change_id}": "test_till_crashes, as above",
    "/v1/till-sessions/{resource_id}/movements/{movement_id}": "test_till_crashes, as above",
    "/v1/till-sessions/{resource_id}/counts/{count_id}": "test_till_crashes, as above",
    "/v1/suspended-sales/{resource_id}/resumptions/{resumption_id}": "test_whole_sales: by one",
    "/v1/orders/{order_id}/hand-outs/{resource_id}": "test_web_orders: by one",
    "/v1/price-inquiries/{resource_id}": "test_catalogue: nothing but its commit",
    "/v1/stock-counts/{resource_id}": "test_stock: nothing but its commit",
    "/v1/stock-counts/{resource_id}/lines/{line_id}": "test_stock: nothing but its commit",
    "/v1/sign-ons/{resource_id}": "test_operators: it takes operators",
    "/v1/sign-offs/{resource_id}": "test_operators: it takes operators",
    "/v1/approvals/{resource_id}": "test_operators: it takes operators",
    "/v1/working-times/{resource_id}": "test_operators: it takes operators",
    "/v1/catalogue-imports/{resource_id}/parts/{number}": "test_catalogue: a part may come again",
    "/v1/displays/{name}/text": "test_line_display: about now, in memory",
    "/v1/clock-confirmations/{resource_id}": "test_clock: it takes a clock that nobody keeps",
    "/v1/pairing-codes/{resource_id}": "test_pairing: a code is in memory, and gone with it",
    "/v1/pairings/{resource_id}": "test_pairing: a code is spent once",
    "/v1/leases/{name}": "test_leases: about now, in memory",
    "/v1/logo": "test_logo: the last one counts, and nothing is printed",
}


class Effects(NamedTuple):
    """What has left the box: money, paper, pulses."""

    terminal: list[tuple[str, int]]
    receipts: int
    pulses: int


def effects(counter: Counter) -> Effects:
    booked = [(str(each.state), each.amount) for each in counter.terminal.ledger.entries()]
    return Effects(booked, len(counter.printer.receipts), len(counter.printer.drawer_pulses))


async def until_it_has_ended(counter: Counter, asked: Asked) -> httpx.Response:
    async with asyncio.timeout(60):
        while (answer := await counter.put(asked.path, asked.body, wait=10)).status_code == 202:
            pass
    assert answer.status_code == 200, answer.text
    return answer


async def hold_to_its_id(counter: Counter, asked: Asked, key: str) -> None:
    """Asked again it has an end, `GET` tells the same, another body is refused, nothing moved."""
    first = await until_it_has_ended(counter, asked)
    before = effects(counter)
    assert (await until_it_has_ended(counter, asked)).json() == first.json()
    assert (await counter.get(asked.told)).json() == first.json()
    refused = await counter.put(asked.path, asked.other)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "request_conflict")
    assert effects(counter) == before
    intents = [each for each in await counter.payloads(Intent) if each.resource_id == key]
    assert len(intents) == 1


async def test_every_route_that_acts_is_in_the_table() -> None:
    async with Counter() as counter:
        await counter.start()
        document = (await counter.get("/openapi.json")).json()
    puts = {path for path, item in document["paths"].items() if "put" in item}
    assert puts == set(ACTS) | set(ELSEWHERE)


@pytest.mark.parametrize("route", ACTS)
@pytest.mark.parametrize("after", [False, True], ids=["before the intent", "after the intent"])
async def test_an_act_whose_box_lost_its_power_is_asked_again(route: str, *, after: bool) -> None:
    async with Counter() as counter:
        await counter.start()
        key = ulid()
        asked = await ACTS[route](counter, key)
        before = effects(counter)
        cut = PowerCut(counter.daemon, 1, after=after)
        asking = asyncio.ensure_future(counter.put(asked.path, asked.body))
        async with asyncio.timeout(30):
            await cut.happened.wait()
        assert effects(counter) == before  # nothing has moved before its intent is on disk
        await counter.crash()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await counter.start()
        await hold_to_its_id(counter, asked, key)


async def test_an_act_whose_register_went_away_is_asked_again() -> None:
    async with Counter() as counter:
        await counter.start()
        for prepare in ACTS.values():
            key = ulid()
            asked = await prepare(counter, key)
            asking = asyncio.ensure_future(counter.put(asked.path, asked.body))
            while not [each for each in await counter.payloads(Intent) if each.resource_id == key]:
                await asyncio.wait({asking}, timeout=0.01)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await hold_to_its_id(counter, asked, key)
