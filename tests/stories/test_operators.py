"""People at a register: signed on, allowed, at work; and no PIN anywhere."""

import asyncio
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge_daemon.app.books import PROJECTIONS
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    Intent,
    OperatorEvent,
    Outcome,
    PaymentEvent,
    PaymentState,
    RetailTransaction,
)
from edge_daemon.records.verifiers import badge_reference, pin_matches, pin_verifier
from tests.stories.a_day import Day
from tests.stories.counter import Counter, power_off, sale, ulid
from tests.stories.staff import BADGES, PEOPLE, PINS, hire, person

RIGHTS = """
[operators]
check_rights = true
pin_attempts = 3

[[role]]
name = "manager"
rights = ["discount", "refund", "no_sale", "close", "hours", "paid_out"]

[[role]]
name = "cashier"
"""


class StaffedCounter(Counter):
    """A counter whose shop checks rights."""

    def configuration(self) -> pathlib.Path:
        path = super().configuration()
        path.write_text(path.read_text() + RIGHTS)
        return path


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with StaffedCounter() as counter:
        await counter.start()
        await hire(counter)
        yield counter


async def put(counter: Counter, path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = await counter.put(f"{path}/{ulid()}", {"workstation": "till-1"} | body)
    assert answer.status_code == status, answer.text
    return answer.json() if status == 200 else answer.json()["error"]["message"]


async def sign_on(counter: Counter, operator_id: str, pin: str | None = None) -> Any:
    body = {"operator_id": operator_id, "pin": pin or PINS[operator_id]}
    return await put(counter, "/v1/sign-ons", body)


async def approve(counter: Counter, *rights: str) -> str:
    body = {"operator_id": "op-1", "pin": PINS["op-1"], "rights": list(rights)}
    answer = await put(counter, "/v1/approvals", body)
    assert answer["state"] == "granted"
    found: str = answer["id"]
    return found


def no_sale(**more: Any) -> dict[str, Any]:
    return {"operator_id": "op-17", "reason": "wisselgeld"} | more


async def test_a_pin_signs_on_and_takes_the_place_of_who_was_there(counter: Counter) -> None:
    first = await sign_on(counter, "op-17")
    assert (first["state"], first["name"], first["rights"]) == ("signed_on", "Bram", [])
    second = await sign_on(counter, "op-1")
    assert "close" in second["rights"]
    events = [
        (each.event, each.subject_operator_id) for each in await counter.payloads(OperatorEvent)
    ]
    assert events == [("SignOn", "op-17"), ("SignOff", "op-17"), ("SignOn", "op-1")]
    people = (await counter.get("/v1/operators")).json()["operators"]
    assert [(each["name"], each["workstation"]) for each in people] == [
        ("Anna", "till-1"),
        ("Bram", None),
    ]
    await put(counter, "/v1/sign-offs", {})
    assert "Nobody" in await put(counter, "/v1/sign-offs", {}, status=409)


async def test_a_badge_signs_on_at_the_register_and_at_a_reader(counter: Counter) -> None:
    scanned = await put(counter, "/v1/sign-ons", {"badge": BADGES["op-17"]})
    assert (scanned["state"], scanned["operator_id"]) == ("signed_on", "op-17")
    reference = badge_reference(BADGES["op-1"])
    operators = counter.daemon.operators
    tapped = await operators.sign_on_by_badge("reader", reference, "till-1")
    assert (tapped.state, tapped.operator_id) == ("signed_on", "op-1")
    unknown = await operators.sign_on_by_badge("reader", badge_reference("x"), "till-1")
    assert unknown.state == "refused"
    assert "Nobody has this badge" in (unknown.problem or "")
    stored = await counter.daemon.journal.read_after(None, limit=10_000, max_bytes=1 << 30)
    assert not any(reference.encode() in each.data for each in stored)


async def test_wrong_pins_are_refused_then_locked_also_over_a_restart(counter: Counter) -> None:
    for _ in range(3):
        answer = await sign_on(counter, "op-17", "0000")
        assert (answer["state"], answer["operator_id"]) == ("refused", None)
    body = {"operator_id": "op-17", "pin": PINS["op-17"]}
    assert "wait 5 minute(s)" in await put(counter, "/v1/sign-ons", body, status=409)
    await counter.crash()
    await counter.start()
    assert "wait 5 minute(s)" in await put(counter, "/v1/sign-ons", body, status=409)
    assert (await sign_on(counter, "op-1"))["state"] == "signed_on"
    people = (await counter.get("/v1/operators")).json()["operators"]
    assert [each["locked_until"] is None for each in people] == [True, False]
    badge = await put(counter, "/v1/sign-ons", {"badge": BADGES["op-17"]})
    assert badge["state"] == "signed_on"


async def test_a_right_pin_ends_the_count_of_wrong_ones(counter: Counter) -> None:
    for pin in ("0000", "0001", PINS["op-17"], "0002", "0003", PINS["op-17"]):
        answer = await sign_on(counter, "op-17", pin)
        assert answer["state"] == ("signed_on" if pin == PINS["op-17"] else "refused")


async def test_nobody_acts_unless_signed_on(counter: Counter) -> None:
    told = await put(counter, "/v1/drawer-openings", no_sale(), status=409)
    assert "sign on first" in told
    assert not counter.printer.drawer_pulses


async def test_who_lacks_a_right_needs_an_approval_that_serves_one_act(counter: Counter) -> None:
    await sign_on(counter, "op-17")
    told = await put(counter, "/v1/drawer-openings", no_sale(), status=409)
    assert "needs the right no_sale" in told
    wrong = await approve(counter, "close")
    asked = no_sale(approval_id=wrong)
    assert "no_sale" in await put(counter, "/v1/drawer-openings", asked, status=409)
    approval = await approve(counter, "no_sale")
    path = f"/v1/drawer-openings/{ulid()}"
    body = {"workstation": "till-1"} | no_sale(approval_id=approval)
    assert (await counter.put(path, body)).json()["state"] == "opened"
    assert (await counter.put(path, body)).json()["state"] == "opened", "the same act again"
    assert "no_sale" in await put(
        counter, "/v1/drawer-openings", no_sale(approval_id=approval), status=409
    )
    assert (await counter.get(f"/v1/approvals/{approval}")).json()["state"] == "used"
    assert len(counter.printer.drawer_pulses) == 1


async def test_a_discount_needs_the_right_or_an_approval(counter: Counter) -> None:
    await sign_on(counter, "op-17")
    discount: dict[str, Any] = {"discounts": [{"percent_bp": 1000, "reason": "deuk"}]}
    body = sale(**discount)
    refused = await counter.put(f"/v1/sales/{ulid()}", body)
    assert refused.status_code == 409
    assert "right discount" in refused.json()["error"]["message"]
    approval = await approve(counter, "discount")
    sold = await counter.sell(**discount, approval_id=approval)
    assert sold["state"] == "completed"
    await sign_on(counter, "op-1")
    assert (await counter.sell(**discount, operator_id="op-1"))["state"] == "completed"


def modifiers(sold: RetailTransaction) -> list[tuple[str, str | None, str | None]]:
    return [
        (each.reason_code, each.approved_by, each.approval_id)
        for line in sold.line_items
        for each in line.modifiers
    ]


async def test_who_approved_a_discount_is_whom_the_box_has_asked(counter: Counter) -> None:
    await sign_on(counter, "op-17")
    said = {"discounts": [{"percent_bp": 1000, "reason": "deuk", "approved_by": "op-9"}]}
    approval = await approve(counter, "discount")
    for path in ("sales", "suspended-sales"):
        body = sale(**said, approval_id=approval)
        if path == "suspended-sales":
            del body["tenders"], body["approval_id"]
        refused = await counter.put(f"/v1/{path}/{ulid()}", body)
        assert refused.status_code == 400, refused.text
        assert "op-9 has approved this is not known" in refused.json()["error"]["message"]
        assert "$.discounts[0].approved_by" in refused.text
    unsaid: dict[str, Any] = {"discounts": [{"percent_bp": 1000, "reason": "deuk"}]}
    await counter.sell(**unsaid, approval_id=approval)
    sold = (await counter.payloads(RetailTransaction))[-1]
    assert set(modifiers(sold)) == {("deuk", "op-1", approval)}
    intent = next(each for each in await counter.payloads(Intent) if each.verb == "sale")
    assert intent.approved_by == "op-1"
    await sign_on(counter, "op-1")
    await counter.sell(**unsaid, operator_id="op-1")
    sold = (await counter.payloads(RetailTransaction))[-1]
    assert set(modifiers(sold)) == {("deuk", None, None)}, "who has the right needs nobody"


async def test_a_refund_a_void_and_a_no_sale_name_who_approved_them(counter: Counter) -> None:
    await sign_on(counter, "op-17")
    sold = await counter.sell()
    approval = await approve(counter, "no_sale")
    await put(counter, "/v1/drawer-openings", no_sale(approval_id=approval))
    approval = await approve(counter, "refund")
    back = {"quantity_milli": -1000, "returns": {"transaction_id": sold["id"], "line_id": "1"}}
    tenders = [{"type": "cash"}]
    returned = await counter.sell(lines=[back], tenders=tenders, approval_id=approval)
    assert returned["state"] == "completed", returned
    named = [(each.verb, each.approved_by) for each in await counter.payloads(Intent)]
    assert [each for each in named if each[1]] == [("open_drawer", "op-1"), ("sale", "op-1")]


async def test_an_approval_serves_only_the_person_and_the_act_that_it_names(
    counter: Counter,
) -> None:
    await sign_on(counter, "op-17")
    act = ulid()
    manager = {"operator_id": "op-1", "pin": PINS["op-1"], "rights": ["no_sale"]}
    for_another = await put(counter, "/v1/approvals", manager | {"asked_by": "op-9"})
    for_the_act = await put(counter, "/v1/approvals", manager | {"act_id": act})
    for approval in (for_another, for_the_act):
        asked = no_sale(approval_id=approval["id"])
        assert "needs the right" in await put(counter, "/v1/drawer-openings", asked, status=409)
    body = {"workstation": "till-1"} | no_sale(approval_id=for_the_act["id"])
    assert (await counter.put(f"/v1/drawer-openings/{act}", body)).json()["state"] == "opened"


async def test_a_sale_keeps_its_approver_over_a_crash_while_its_card_is_asked_for(
    counter: Counter,
) -> None:
    await sign_on(counter, "op-17")
    approval = await approve(counter, "discount")
    unsaid: dict[str, Any] = {"discounts": [{"percent_bp": 1000, "reason": "deuk"}]}
    body = sale(**unsaid, approval_id=approval, tenders=[{"type": "card"}])
    daemon, dead = counter.daemon, asyncio.Event()

    def die(entries: tuple[JournalEntry, ...]) -> None:
        states = [each.payload.state for each in entries if isinstance(each.payload, PaymentEvent)]
        if PaymentState.CONFIRMED in states:
            power_off(daemon)
            dead.set()

    daemon.journal.on_append(die)
    call = asyncio.create_task(counter.put(f"/v1/sales/{ulid()}", body))
    async with asyncio.timeout(20):
        await dead.wait()
    await counter.crash()
    await asyncio.gather(call, return_exceptions=True)
    await counter.start()
    (sold,) = await counter.payloads(RetailTransaction)
    assert set(modifiers(sold)) == {("deuk", "op-1", approval)}


async def test_an_approval_expires(counter: Counter) -> None:
    await sign_on(counter, "op-17")
    approval = await approve(counter, "no_sale")
    clock = counter.daemon.journal.clock
    now = clock.now_us()
    clock.now_us = lambda: now + 6 * 60_000_000  # type: ignore[method-assign]  # six minutes later
    asked = no_sale(approval_id=approval)
    assert "needs the right" in await put(counter, "/v1/drawer-openings", asked, status=409)


async def test_nobody_approves_what_they_may_not_do(counter: Counter) -> None:
    body = {"operator_id": "op-17", "pin": PINS["op-17"], "rights": ["close"]}
    assert "may not approve" in await put(counter, "/v1/approvals", body, status=409)
    body = {"operator_id": "op-1", "pin": "0000", "rights": ["close"]}
    refused = await put(counter, "/v1/approvals", body)
    assert (refused["state"], refused["approved_by"]) == ("refused", None)


async def test_a_cashier_closes_the_till_with_a_managers_approval(counter: Counter) -> None:
    await sign_on(counter, "op-17")
    day = Day(counter)
    session = await day.open()
    await day.count(session, 15000)
    path = f"/v1/till-sessions/{session}/changes/{ulid()}"
    assert "needs the right close" in await day.refused(path, event="close")
    approval = await approve(counter, "close")
    assert (await day.change(session, "close", approval_id=approval))["state"] == "closed"
    assert "needs the right close" in await day.refused(f"/v1/period-reports/{ulid()}", kind="Z")


async def test_hours_follow_one_another_and_are_corrected_by_append(counter: Counter) -> None:
    async def clock(event: str, status: int = 200, **more: Any) -> Any:
        body = {"operator_id": "op-17", "pin": PINS["op-17"], "event": event} | more
        return await put(counter, "/v1/working-times", body, status)

    assert "not clocked in" in await clock("break_start", 409)
    begun = await clock("clock_in")
    assert "clocked in" in await clock("clock_in", 409)
    await clock("break_start")
    await clock("break_end")
    await clock("clock_out")
    earlier = begun["occurred_at"] - 600_000_000
    wrong = {"corrects": begun["id"], "corrected_at": earlier, "reason": "vergeten"}
    assert "sign on first" in await clock("correction", 409, **wrong)
    await sign_on(counter, "op-17")
    assert "right hours" in await clock("correction", 409, **wrong)
    manager = {"operator_id": "op-1", "pin": PINS["op-1"]}
    corrected = await clock("correction", **wrong | manager)
    assert corrected["state"] == "booked"
    found = (await counter.get("/v1/working-times")).json()["working_times"]
    assert [each["event"] for each in found] == [
        "clock_in",
        "break_start",
        "break_end",
        "clock_out",
    ]
    assert (found[0]["occurred_at"], found[0]["corrected_by"]) == (earlier, corrected["id"])
    events = [each.event for each in await counter.payloads(OperatorEvent)]
    assert events.count("Correction") == 1
    assert "says of what" in await clock("correction", 400)


async def test_todays_roster_says_who_is_there(counter: Counter) -> None:
    now = counter.daemon.journal.clock.now_us()
    hour = 3_600_000_000
    shift = {"operator_id": "op-17", "location_id": "shop", "start": now - hour, "end": now + hour}
    gone = shift | {"operator_id": "op-1", "start": now - 72 * hour, "end": now - 70 * hour}
    await hire(counter, shifts=[shift, gone], version=2)
    body = {"operator_id": "op-17", "pin": PINS["op-17"], "event": "clock_in"}
    await put(counter, "/v1/working-times", body)
    roster = (await counter.get("/v1/roster")).json()["shifts"]
    assert [(each["name"], each["working"]) for each in roster] == [("Bram", "in")]


async def test_who_has_left_signs_on_no_more(counter: Counter) -> None:
    gone = [PEOPLE[0], person("op-17", "Bram", "cashier", valid_to=1)]
    await hire(counter, gone, version=2)
    assert (await sign_on(counter, "op-17"))["state"] == "refused"
    assert len((await counter.get("/v1/operators")).json()["operators"]) == 1


async def test_no_pin_and_no_badge_is_in_any_entry_log_or_event(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    heard = counter.daemon.events.subscribe()
    canary, badge = "918273645", "CANARY-BADGE"
    await sign_on(counter, "op-17", canary)
    await sign_on(counter, "op-17")
    await put(counter, "/v1/sign-ons", {"badge": badge})
    body = {"operator_id": "op-1", "pin": canary, "rights": ["close"]}
    await put(counter, "/v1/approvals", body)
    body = {"operator_id": "op-1", "pin": canary, "event": "clock_in"}
    await put(counter, "/v1/working-times", body)
    await counter.sell(operator_id="op-17")
    seen = [(await anext(heard)).text]
    stored = await counter.daemon.journal.read_after(None, limit=10_000, max_bytes=1 << 30)
    files = [
        path.read_bytes() for path in (counter.directory / "state").iterdir() if path.is_file()
    ]
    haystack = b"".join([each.data for each in stored] + files)
    haystack += caplog.text.encode() + "".join(seen).encode()
    for secret in (canary, badge, badge_reference(badge)):
        assert secret.encode() not in haystack
    intents = [each for each in await counter.payloads(Intent) if "pin" in each.request]
    assert {each.request["pin"] for each in intents} == {"*"}
    assert any(each.state == "NotDone" for each in await counter.payloads(Outcome))
    rows = differing_rows(counter.daemon.journal.path, PROJECTIONS, lambda _: None)
    assert set(rows.values()) == {0}


def test_a_verifier_is_of_one_pin_and_says_nothing_of_another() -> None:
    verifier = pin_verifier("2580")
    assert "2580" not in verifier
    assert pin_matches(verifier, "2580")
    assert not pin_matches(verifier, "2581")
    assert pin_verifier("2580") != verifier


# RFC 7914, section 12: the third vector, cut to the 32 bytes that a shorter key has.
RFC_7914 = (
    "scrypt:16384:8:1:536f6469756d43686c6f72696465:"
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
)


def test_the_rfcs_own_vector_matches() -> None:
    assert pin_matches(RFC_7914, "pleaseletmein")


@pytest.mark.parametrize(
    "verifier",
    ["", "scrypt", "md5:1:1:1:00:00", "scrypt:999999999:8:1:00:00", "scrypt:3:8:1:00:0g"],
)
def test_what_is_no_verifier_matches_nothing(verifier: str) -> None:
    assert not pin_matches(verifier, "0000")
