import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge_daemon.app.books import PROJECTIONS
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records.payloads import Intent, Outcome, SystemEvent
from tests.edge_daemon.test_clock import HOUR_US, NOON_UTC, Machine
from tests.stories.counter import Counter, ulid

DAY_US = 24 * HOUR_US
SECOND_US = 1_000_000


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@pytest.fixture
async def counter(machine: Machine) -> AsyncIterator[Counter]:
    async with Counter() as counter:
        await counter.start()
        machine.run(SECOND_US)
        yield counter


def word(moment_us: int, **changes: Any) -> dict[str, Any]:
    said = {"register": moment_us, "last_entry": NOON_UTC}
    body = {"operator_id": "op-7", "source": "Register", "moment_us": moment_us}
    return body | {"suggested": said} | changes


async def test_a_clock_that_nobody_keeps_asks_for_a_confirmation_and_suggests(
    counter: Counter, machine: Machine
) -> None:
    entries = await counter.entries()
    params = {"register_us": NOON_UTC + DAY_US, "terminal_us": NOON_UTC - DAY_US}
    reading = (await counter.get("/v1/clock", **params)).json()
    assert reading == {
        "now_us": machine.wall,
        "state": "free_running",
        "business_day": "2026-11-21",
        "utc_offset_min": 60,
        "confirmation_needed": True,
        "suggestions": [
            {
                "source": "Register",
                "moment_us": NOON_UTC + DAY_US,
                "business_day": "2026-11-22",
                "needs_reason": False,
            },
            {
                "source": "Terminal",
                "moment_us": NOON_UTC - DAY_US,
                "business_day": "2026-11-20",
                "needs_reason": True,
            },
            {
                "source": "LastEntry",
                "moment_us": entries[-1].occurred_at,
                "business_day": "2026-11-21",
                "needs_reason": False,
            },
        ],
    }


async def test_a_confirmed_date_is_in_the_journal_and_counts_from_then_on(
    counter: Counter,
) -> None:
    address = f"/v1/clock-confirmations/{ulid()}"
    body = word(NOON_UTC + DAY_US)
    answer = await counter.put(address, body)
    again = await counter.put(address, body)
    other = await counter.put(address, word(NOON_UTC + 2 * DAY_US))
    sale = await counter.sell()
    reading = (await counter.get("/v1/clock")).json()
    entries = await counter.entries()
    outcome = next(each for each in entries if isinstance(each.payload, Outcome))
    step = next(
        each.payload
        for each in entries
        if isinstance(each.payload, SystemEvent) and each.payload.event == "ClockStep"
    )
    date = await counter.daemon.dating.confirmed()
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    assert again.json() == answer.json()
    assert other.status_code == 409
    assert sale["state"] == "completed"
    assert (reading["state"], reading["confirmation_needed"]) == ("confirmed", False)
    assert reading["business_day"] == "2026-11-22"
    assert (outcome.clock_state, outcome.operator_id) == ("confirmed", "op-7")
    assert step.clock_step_us is not None
    assert abs(step.clock_step_us - DAY_US) < 60 * SECOND_US
    assert date is not None
    assert (date.operator_id, date.source, date.moment) == ("op-7", "Register", NOON_UTC + DAY_US)
    assert date.suggested == {"LastEntry": NOON_UTC, "Register": NOON_UTC + DAY_US}
    assert entries[-1].business_day_date == "2026-11-22"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"moment_us": NOON_UTC - DAY_US}, "$.reason"),
        ({"moment_us": 0}, "$.moment_us"),
        ({"moment_us": 2**60}, "$.moment_us"),
        ({"operator_id": ""}, "$.operator_id"),
        ({"source": "Guess"}, "$.source"),
        ({"reason": "x" * 257}, "$.reason"),
    ],
)
async def test_a_moment_that_cannot_be_meant_is_refused(
    counter: Counter, changes: dict[str, Any], path: str
) -> None:
    address = f"/v1/clock-confirmations/{ulid()}"
    answer = await counter.put(address, word(NOON_UTC + DAY_US) | changes)
    assert answer.status_code == 400
    assert path in answer.text
    assert (await counter.get(address)).status_code == 404


async def test_a_date_before_the_last_entry_needs_a_reason_and_has_one(counter: Counter) -> None:
    body = word(NOON_UTC - DAY_US, reason="The box was set to a wrong date yesterday.")
    answer = await counter.put(f"/v1/clock-confirmations/{ulid()}", body)
    intents = [each for each in await counter.payloads(Intent) if each.verb == "confirm_clock"]
    assert answer.json()["state"] == "confirmed"
    assert intents[0].request["reason"].startswith("The box was set")


async def test_nothing_is_confirmed_while_a_time_service_keeps_the_clock(
    counter: Counter, machine: Machine
) -> None:
    machine.synced = True
    reading = (await counter.get("/v1/clock")).json()
    answer = await counter.put(f"/v1/clock-confirmations/{ulid()}", word(NOON_UTC + DAY_US))
    assert (reading["state"], reading["confirmation_needed"]) == ("synced", False)
    assert answer.status_code == 409
    assert await counter.daemon.dating.confirmed() is None


async def test_a_confirmation_that_a_power_cut_ended_is_not_done_and_stays_so(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmation = ulid()
    address = f"/v1/clock-confirmations/{confirmation}"

    def crash(*_: object) -> None:
        raise SystemError("the power is cut")

    monkeypatch.setattr(counter.daemon.journal.clock, "confirm", crash)
    answer = await counter.put(address, word(NOON_UTC + DAY_US))
    await counter.crash()
    states = []
    for _ in range(2):
        await counter.start(devices=False)
        states.append((await counter.get(address)).json()["state"])
        await counter.crash()
    assert answer.status_code == 500
    assert states == ["not_done", "not_done"]


async def test_the_table_of_confirmations_is_rebuilt_from_the_journal(counter: Counter) -> None:
    await counter.put(f"/v1/clock-confirmations/{ulid()}", word(NOON_UTC + DAY_US))
    path = counter.daemon.configuration.journal_path
    differing = await asyncio.to_thread(differing_rows, path, PROJECTIONS, lambda _: None)
    assert differing["clock_confirmations"] == 0
