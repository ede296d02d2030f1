"""Acts: what is asked for under one id happens once, whatever is asked again and when."""

import asyncio
import pathlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from edge_daemon.errors import RequestConflictError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import INTENTS, Acts, Order
from edge_daemon.journal.schema import connect_reader
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import Intent, Outcome, OutcomeState
from tests.edge_daemon.test_journal import IDENTITY, HandClock, note, stored

ID = "01M7YHZT83Q6W5N4C2R1B0A9ZX"
CARD_NUMBER = "4111111111111111"
"""The test number of every card scheme's handbook; its Luhn digit fits."""


class Box:
    """A journal and its acts, in one life after another."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self.performed: list[str] = []
        self.go_on = asyncio.Event()

    async def start(self) -> None:
        self.journal = await Journal.open(
            self._path, identity=IDENTITY, clock=HandClock(), projections=[INTENTS]
        )
        self.acts = Acts(self.journal, lambda work: asyncio.get_running_loop().create_task(work))

    async def restart(self) -> None:
        await self.journal.close()
        await self.start()

    async def begin(self, body: dict[str, Any] | None = None) -> asyncio.Task[None] | None:
        return await self.acts.begin(order(body), self.perform)

    async def perform(self, intent_id: str) -> None:
        self.performed.append(intent_id)
        await self.go_on.wait()
        outcome = Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)
        await self.journal.append(Draft(payload=outcome))

    async def intents(self) -> list[Intent]:
        payloads = [decode_entry(each.data).payload for each in await stored(self.journal)]
        return [each for each in payloads if isinstance(each, Intent)]


def order(body: dict[str, Any] | None = None) -> Order:
    body = {"amount": 100, "reason": "change"} if body is None else body
    return Order(
        verb="open_drawer",
        resource_kind="drawer_openings",
        resource_id=ID,
        workstation="till-1",
        operator_id="op-17",
        body=body,
        request=body,
    )


@pytest.fixture
async def box(tmp_path: pathlib.Path) -> AsyncIterator[Box]:
    box = Box(tmp_path / "journal.db")
    await box.start()
    yield box
    box.go_on.set()
    await box.journal.close()


async def test_a_repeat_joins_the_running_act(box: Box) -> None:
    first, second = await asyncio.gather(box.begin(), box.begin())
    third = await box.begin({"reason": "change", "amount": 100})
    assert first is not None
    assert first is second is third
    assert box.acts.running("drawer_openings", ID)
    box.go_on.set()
    await first
    assert len(box.performed) == 1
    assert len(await box.intents()) == 1


async def test_a_repeat_of_an_ended_act_does_nothing(box: Box) -> None:
    box.go_on.set()
    task = await box.begin()
    assert task is not None
    await task
    assert await box.begin() is None
    assert len(box.performed) == 1
    assert not box.acts.running("drawer_openings", ID)


async def test_another_body_is_a_conflict_while_it_runs_afterwards_and_after_a_restart(
    box: Box,
) -> None:
    task = await box.begin()
    with pytest.raises(RequestConflictError, match="another body"):
        await box.begin({"amount": 101, "reason": "change"})
    box.go_on.set()
    assert task is not None
    await task
    with pytest.raises(RequestConflictError):
        await box.begin({"amount": 100})
    await box.restart()
    with pytest.raises(RequestConflictError):
        await box.begin({"amount": 100, "reason": "change", "more": None})
    assert await box.begin() is None
    assert len(await box.intents()) == 1


async def test_two_bodies_at_the_same_moment_begin_one_act(box: Box) -> None:
    results = await asyncio.gather(box.begin(), box.begin({"amount": 1}), return_exceptions=True)
    assert isinstance(results[0], asyncio.Task)
    assert isinstance(results[1], RequestConflictError)
    assert len(box.performed) == 1


async def test_register_that_goes_while_the_intent_is_written_leaves_an_act_that_ends(
    box: Box,
) -> None:
    box.go_on.set()
    gone = asyncio.create_task(box.begin())
    await asyncio.sleep(0)
    assert box.acts.running("drawer_openings", ID)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    joined = await box.begin()
    assert joined is not None
    await joined
    assert len(box.performed) == 1
    assert await box.acts.open_intents("open_drawer") == []


async def test_who_joined_does_not_go_with_the_one_who_began(box: Box) -> None:
    first, second = (asyncio.create_task(box.begin()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    task = await second
    assert task is not None
    box.go_on.set()
    await task
    assert len(await box.intents()) == 1


async def test_the_intent_is_on_disk_before_the_act_begins(
    box: Box, tmp_path: pathlib.Path
) -> None:
    async def look(intent_id: str) -> None:
        reader = connect_reader(tmp_path / "journal.db")
        found = reader.execute("SELECT intent_id, closed FROM intents").fetchall()
        reader.close()
        assert found == [(intent_id, 0)]

    task = await box.acts.begin(order(), look)
    assert task is not None
    await task


async def test_what_a_crash_left_open_is_known_and_not_begun_again(box: Box) -> None:
    task = await box.begin()
    assert task is not None
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await box.restart()
    (left,) = await box.acts.open_intents("open_drawer")
    assert (left.intent_id, left.resource_id) == (box.performed[0], ID)
    assert await box.acts.open_intents("print") == []
    assert await box.begin() is None
    outcome = Outcome(intent_id=left.intent_id, state=OutcomeState.UNKNOWN)
    await box.journal.append(Draft(payload=outcome))
    assert await box.acts.open_intents("open_drawer") == []
    known = await box.acts.known("drawer_openings", ID)
    assert known is not None
    assert known.closed


async def test_a_refused_act_leaves_nothing_and_who_waited_begins_by_himself(box: Box) -> None:
    refusals = [LookupError("not now")]

    def together(intent_id: str, _: sqlite3.Connection) -> Sequence[Draft]:
        if refusals:
            raise refusals.pop()
        return [note(f"with {intent_id}")]

    async def begin() -> asyncio.Task[None] | None:
        return await box.acts.begin(order(), box.perform, together=together)

    refused, begun = await asyncio.gather(begin(), begin(), return_exceptions=True)
    assert isinstance(refused, LookupError)
    assert isinstance(begun, asyncio.Task)
    assert len(await box.intents()) == 1
    last = decode_entry((await stored(box.journal))[-1].data)
    assert getattr(last.payload, "note", None) == f"with {box.performed[0]}"


async def test_an_act_that_breaks_tells_who_waits_and_stays_open(box: Box) -> None:
    async def break_down(_: str) -> None:
        raise OSError("broken")

    task = await box.acts.begin(order(), break_down)
    assert task is not None
    with pytest.raises(OSError, match="broken"):
        await task
    assert not box.acts.running("drawer_openings", ID)
    assert len(await box.acts.open_intents("open_drawer")) == 1


async def test_no_card_number_reaches_the_intent_and_the_repeat_is_still_the_same(
    box: Box,
) -> None:
    body = {"note": f"card {CARD_NUMBER}"}
    box.go_on.set()
    task = await box.begin(body)
    assert task is not None
    await task
    assert all(CARD_NUMBER.encode() not in each.data for each in await stored(box.journal))
    assert await box.begin(body) is None
    with pytest.raises(RequestConflictError):
        await box.begin({"note": "card 4111********1111"})
