"""The card is not the one it was: each case is told apart at the first contact, on both sides."""

import asyncio
import pathlib
import shutil
from collections.abc import AsyncIterator, Callable

import pytest

from central_office.report import Report, StreamRow, read_entries, read_report
from central_office.settings import OfficeSettings
from central_office.store import open_store
from central_office.tables import Decision, Verdict
from edge_daemon.records.payloads import RetailTransaction
from simulators.broker import Broker
from tests.entries import EDGE, JOURNAL_TOPIC, digest, entry, sale
from tests.relaying import Tap, office, open_edge
from tests.stories.counter import Counter
from tests.stories.head_office import (
    PATIENCE_SECONDS,
    a_counter,
    acknowledged,
    relayed,
    remembered,
    stored,
)


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    async with Broker() as running:
        yield running


@pytest.fixture
def database(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "office.db"


async def told(counter: Counter) -> str:
    """The alarm, as the box's health tells it to the clerk."""
    alarm = await relayed(counter, lambda state: state.alarm != "")
    assert alarm in (await counter.get("/v1/health")).json()["problems"]
    return alarm


async def reported(database: pathlib.Path, is_so: Callable[[Report], bool]) -> Report:
    """Wait until the office's status says so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so(report := await asyncio.to_thread(read_report, database)):
            pass
    return report


def alarms(report: Report) -> list[StreamRow]:
    return [row for row in report.streams if row.link_alarm or row.forked_at]


def gross(report: Report) -> list[tuple[int, int]]:
    return [(total.sales, total.gross) for total in report.sales]


async def numbers(counter: Counter) -> list[int]:
    return [one.sequence_number for one in await counter.payloads(RetailTransaction)]


async def test_a_rolled_back_image_is_named_on_both_sides_and_no_number_is_used_twice(
    broker: Broker, database: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    async with a_counter(broker, database) as counter:
        await counter.sell()
        await counter.stop()
        shutil.copytree(counter.directory / "state", tmp_path / "image")
        await counter.start()
        await counter.sell()
        await counter.sell()
        await acknowledged(counter)
        await remembered(counter, broker)
        old = counter.daemon.journal.head
        await counter.stop()
        counter.lose_the_card()
        shutil.copytree(tmp_path / "image", counter.directory / "state")
        await counter.start()
        alarm = await told(counter)
        await relayed(counter, lambda state: not state.head.startswith(old.epoch))
        await counter.sell()
        await acknowledged(counter)
        assert (await numbers(counter))[-1] == 4
        report = await reported(database, lambda report: gross(report) == [(4, 4 * 1002)])
    assert "older copy" in alarm
    assert any("old card" in (row.link_alarm or "") or row.forked_at for row in alarms(report))


async def test_a_lost_card_whose_box_began_without_the_office_is_named_on_both_sides(
    broker: Broker, database: pathlib.Path
) -> None:
    async with a_counter(broker, database) as counter:
        await counter.sell()
        await acknowledged(counter)
        await counter.crash()
        counter.lose_the_card()
        await broker.kill()
        await counter.start()
        await broker.start()
        alarm = await told(counter)
        await acknowledged(counter)
        report = await reported(database, lambda report: bool(alarms(report)))
        await counter.sell()
        assert (await numbers(counter))[-1] == 2
    assert "began blank" in alarm
    assert any("the card was lost" in (row.link_alarm or "") for row in alarms(report))


async def test_a_forged_entry_of_another_client_is_kept_out_and_named_on_both_sides(
    broker: Broker, database: pathlib.Path
) -> None:
    async with a_counter(broker, database) as counter:
        await counter.sell()
        await acknowledged(counter)
        epoch = counter.daemon.journal.head.epoch
        lines = await stored(counter)
        forged = entry(
            2, digest(lines[0]), sale(99900), entry_type="RetailTransaction", epoch=epoch
        )
        async with Tap(broker.port) as forger:
            await forger.publish(JOURNAL_TOPIC, forged)
        alarm = await told(counter)
        report = await reported(database, lambda report: bool(report.forks))
    (fork,) = report.forks
    assert (fork.first_seq, fork.gross, fork.decision) == (2, {"EUR": 99900}, "waiting")
    assert gross(report) == [(1, 1002)]
    assert list(read_entries(database, EDGE)) == lines
    assert "another history" in alarm


async def test_what_was_sold_on_an_old_card_is_booked_once_by_a_person_s_word(
    broker: Broker, database: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    async with a_counter(broker, database) as counter:
        await counter.sell()
        await counter.stop()
        shutil.copytree(counter.directory / "state", tmp_path / "image")
        await counter.start()
        await counter.sell()
        await acknowledged(counter)
        await counter.stop()
        counter.lose_the_card()
        shutil.copytree(tmp_path / "image", counter.directory / "state")
        await broker.kill()
        await counter.start()
        await counter.sell()
        await counter.sell()
        await broker.start()
        alarm = await told(counter)
        await counter.daemon.journal.begin_epoch(reason="forked", note="an old card")
        await acknowledged(counter)
        waiting = await reported(
            database, lambda report: sum(fork.sales for fork in report.forks) == 2
        )
        assert gross(waiting) == [(2, 2 * 1002)]
        store = open_store(str(database), OfficeSettings().limits)
        verdict = Verdict(Decision.ACCEPTED, "j.jansen", "sold from the old card")
        for fork in waiting.forks:
            store.decide((EDGE, fork.epoch, fork.branch), verdict, 1_795_248_000_000_000)
        store.close()
        report = await reported(database, lambda report: gross(report) == [(4, 4 * 1002)])
    assert "another history" in alarm
    assert {fork.decision for fork in report.forks} == {"accepted"}


async def test_two_boxes_with_one_card_are_named_on_both_sides(
    broker: Broker, database: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    path, copy = tmp_path / "box.db", tmp_path / "clone.db"
    async with office(database, broker.port):
        async with open_edge(path, broker.port) as box:
            await box.append(3)
            await box.acknowledged()
        shutil.copy(path, copy)
        async with (
            open_edge(path, broker.port, ack_timeout=0.5) as box,
            open_edge(copy, broker.port, ack_timeout=0.5) as clone,
        ):
            await asyncio.gather(box.append(2), clone.append(2, size=50))
            await asyncio.gather(
                box.until(lambda state: state.alarm != ""),
                clone.until(lambda state: state.alarm != ""),
            )
            await reported(database, lambda report: bool(alarms(report)))
