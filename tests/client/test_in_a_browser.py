"""The browsers' SDK, in a browser, on a page of another origin than the box."""

import contextlib
import json
import pathlib
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from tests.client.documented import Sent, check, registers_routes
from tests.doors.browser import needs_chromium, page, pages
from tests.stories.counter import Counter, sale, ulid

pytestmark = [needs_chromium, pytest.mark.timeout(180)]

SCAN, OTHER = "8710400145981", "4006381333931"
SALE = {key: value for key, value in sale().items() if key != "workstation"}
EVERY_CALL = """async (url) => {
    const sent = [];
    const answer = () => new Response(JSON.stringify({error: {message: "No."}}), {status: 418});
    window.fetch = async (url, {method = "GET", body}) => {
        sent.push({method, url, body: body ?? null});
        return answer();
    };
    const {pair, Register, RefusedError, newId} = await import(`${url}/client.js`);
    const till = new Register(url, "token", {workstation: "till-1", operatorId: "op-17"});
    const line = {description: "Pindakaas", unit_price: 349, tax_code: "low", quantity_milli: 1000};
    const id = newId();
    const calls = {
        get: ["/v1/health"], identity: [], shop: [], time: [1], health: [],
        confirmTime: [{source: "Keyed", moment_us: 1}], timeConfirmation: [id],
        devices: [], device: ["printer"],
        sell: [{lines: [line], tenders: [{type: "cash", amount: 2000}], total: 349}],
        sale: [id], tender: [id, {type: "card"}], cancelSale: [id, "no"], copyReceipt: [id],
        receiptCopy: [id, id], void: [id, "wrong", {approval_id: id}], voided: [id],
        inquirePrice: [{gtin: "5449000000996"}], priceInquiry: [id],
        catalogue: [], item: ["5449000000996"], items: [{text: "co", group: "g"}],
        productGroups: [], receipt: [`R${id}`], numberedReceipt: ["till-1", 7],
        giftCard: ["KADO-1234"], orders: [], handOut: [id, [{type: "cash"}]],
        suspend: [{lines: [line], note: "hat"}], suspendedSale: [id], suspendedSales: [],
        resume: [id, true], giveUp: [{lines: [line], reason: "left"}], givenUp: [id],
        print: [[{type: "text", text: "Hi"}]], printJob: [id],
        openDrawer: ["wisselgeld"], drawerOpening: [id],
        pay: [{amount: 1250, pre_authorisation: true, allow_partial: true}], payment: [id],
        openPayments: [], refund: [{amount: 1250, reason: "returned"}], reverse: [id, "twice"],
        complete: [id, 1000], abort: [id], sign: [id, true], resolve: [id, "APPROVED", "slip"],
        weigh: ["scale"], show: ["display", ["Totaal"]], shown: ["display"],
        reconcile: [], reconciliation: [id], lease: ["scanner"],
        openTill: [{opening_float: 15000}], tillSession: [id], tillSessions: [],
        changeTill: [id, {event: "close", reason: "rounding"}],
        moveMoney: [id, {kind: "loan", amount: 5000, reason: "change"}], moneyMovement: [id, id],
        countTill: [id, {kind: "settle", denominations: [{value: 5000, count: 3}]}],
        tillCount: [id, id], makeReport: [{kind: "Z", print: false}], periodReport: [id],
        signOn: [{operator_id: "op-17", pin: "1470"}], signOnState: [id], signOff: [],
        signOffState: [id], approve: [{rights: ["close"], badge: "04A2", reason: "late"}],
        approval: [id], clock: [{event: "clock_in", badge: "04A2"}], workingTime: [id],
        workingTimes: [], operators: [], roster: [],
        stock: ["8710400145981"], stockMovement: [id], beginStockCount: [{reason: "year"}],
        moveStock: [{kind: "waste", lines: [{gtin: "8710400145981", quantity_milli: 1000}],
            reason: "broken"}], stockCount: [id], countStock: [id, {gtin: "8710400145981"}],
        stockCountLine: [id, id], endStockCount: [id],
        periodReports: [], copyReport: [id], reportCopy: [id, id], leaseOf: ["scanner"],
        release: ["scanner"],
    };
    const methods = Object.getOwnPropertyNames(Register.prototype)
        .filter((name) => !["constructor", "events"].includes(name));
    const refused = async (call) => {
        try { await call(); } catch (error) {
            if (error instanceof RefusedError && error.message === "No.") return;
            throw error;
        }
        throw new Error("not refused");
    };
    for (const name of methods) await refused(() => till[name](...calls[name]));
    await refused(() => pair(url, "K7QX-3M9P", {name: "Tablet"}));
    const wanted = {types: ["scan"], devices: ["s"], after: "a-1"};
    await refused(() => till.events(wanted).next());
    return sent;
}"""
OPEN = """async ({url, token}) => {
    const {Register} = await import(`${url}/client.js`);
    window.till = new Register(url, token, {workstation: "till-1", operatorId: "op-17"});
    window.heard = [];
    const after = sessionStorage.getItem("after") ?? undefined;
    (async () => {
        for await (const event of till.events({types: ["scan"], after, staleScanMs: 5000})) {
            sessionStorage.setItem("after", event.id);
            heard.push([event.type, event.data.scan_data ?? null]);
        }
    })();
}"""


class WebCounter(Counter):
    """A counter whose box lets the pages of one origin call."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = origin

    def configuration(self) -> pathlib.Path:
        path = super().configuration()
        allowed = f'[api]\nallowed_origins = ["{self._origin}"]\n'
        path.write_text(path.read_text().replace("[api]\n", allowed))
        return path


@contextlib.asynccontextmanager
async def shop() -> AsyncIterator[tuple[Counter, Page, str]]:
    with pages() as origin:
        async with WebCounter(origin) as counter, page() as till:
            await counter.start()
            await till.goto(f"{origin}/blank.html")
            yield counter, till, f"{origin}/blank.html"


async def paired(counter: Counter, till: Page) -> str:
    offered = await counter.put(f"/v1/pairing-codes/{ulid()}", {"print": False})
    code = offered.json()["code"]["code"]
    token: str = await till.evaluate(
        "async ({url, code}) => (await (await import(`${url}/client.js`)).pair(url, code,"
        " {name: 'Tablet'})).token",
        {"url": counter.url, "code": code},
    )
    return token


async def test_every_call_is_documented_and_every_route_has_a_call() -> None:
    async with shop() as (counter, till, _):
        document = (await counter.get("/openapi.json")).json()
        found = await till.evaluate(EVERY_CALL, counter.url)
        sent = [Sent(each["method"], each["url"], each["body"]) for each in found]
        assert {check(document, each) for each in sent} == registers_routes(document)


async def test_a_page_pairs_sells_prints_opens_the_drawer_and_takes_a_card() -> None:
    async with shop() as (counter, till, _):
        token = await paired(counter, till)
        await till.evaluate(OPEN, {"url": counter.url, "token": token})
        sold = await till.evaluate(f"till.sell({json.dumps(SALE)}, '{(key := ulid())}')")
        assert (sold["state"], sold["total"], sold["receipt"]["state"]) == (
            "completed",
            1002,
            "printed",
        )
        again = await till.evaluate(f"till.sell({json.dumps(SALE)}, '{key}')")
        assert again["sequence_number"] == sold["sequence_number"]
        job = await till.evaluate("till.print([{type: 'text', text: 'Hi'}, {type: 'cut'}])")
        assert job["state"] == "printed"
        assert (await till.evaluate("till.openDrawer('wisselgeld')"))["state"] == "opened"
        assert (await till.evaluate("till.pay({amount: 1250})"))["approved"] is True
        assert counter.terminal.ledger.booked() == 1250
        code = await till.evaluate(
            f"till.sell({{lines: [], tenders: []}}, '{key}').catch((error) => error.code)"
        )
        assert code == "invalid_request"


async def test_scans_come_to_a_page_over_a_reload() -> None:
    async with shop() as (counter, till, address):
        token = await paired(counter, till)
        where = {"url": counter.url, "token": token}
        await till.evaluate(OPEN, where)
        await till.wait_for_function("heard.length === 1")
        counter.scanner.scan(SCAN)
        await till.wait_for_function("heard.length === 2")
        await till.goto("about:blank")
        counter.scanner.scan(OTHER)
        await till.goto(address)
        await till.evaluate(OPEN, where)
        await till.wait_for_function("heard.length === 2")
        heard = await till.evaluate("heard")
        assert heard[0][0] == "subscribed"
        assert heard[1][1] == OTHER
        assert heard[1][0] in {"scan", "stale_scan"}  # a slow machine may take its time to load


async def test_a_scan_that_waited_too_long_is_stale() -> None:
    async with shop() as (counter, till, _):
        token = await paired(counter, till)
        stream = counter.daemon.events
        start = str(stream.position)
        stream.publish("scan", {"scan_data": SCAN}, device="scanner")
        kind = await till.evaluate(
            """async ({url, token, after}) => {
                const {Register} = await import(`${url}/client.js`);
                const till = new Register(url, token);
                for await (const event of till.events({after, types: ["scan"], staleScanMs: -1})) {
                    if (event.type !== "subscribed") return event.type;
                }
            }""",
            {"url": counter.url, "token": token, "after": start},
        )
        assert kind == "stale_scan"
