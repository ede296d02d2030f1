import asyncio
import contextlib
import pathlib
import sqlite3
from collections.abc import AsyncIterator

import pytest

from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.signing import SigningKey
from edge_daemon.journal.upkeep import Upkeep, UpkeepTimes
from edge_daemon.journal.verify import verify
from edge_daemon.records.payloads import SystemEvent
from tests.edge_daemon.test_journal import HandClock, events, note, opened

FAST = UpkeepTimes(turn=0.001, quiet=0.001, first_pass=0, between_passes=3600)
NEVER = UpkeepTimes(turn=0.001, quiet=0.001, first_pass=3600)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def journal(tmp_path: pathlib.Path, clock: HandClock) -> AsyncIterator[Journal]:
    journal = await opened(tmp_path / "journal.db", clock)
    yield journal
    await journal.close()


@contextlib.asynccontextmanager
async def kept(journal: Journal, times: UpkeepTimes, entries: int = 10) -> AsyncIterator[Upkeep]:
    upkeep = Upkeep(journal, journal.path.with_name("journal.key"), entries=entries, times=times)
    running = asyncio.create_task(upkeep.run())
    yield upkeep
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def next_event(journal: Journal, kind: str) -> SystemEvent:
    """Wait until an entry of that kind has been appended, and return it."""
    found: asyncio.Queue[SystemEvent] = asyncio.Queue()

    def look(entries: object) -> None:
        del entries
        found.put_nowait(SystemEvent(event="Start"))

    journal.on_append(look)
    async with asyncio.timeout(10):
        while True:
            for event in await events(journal):
                if event.event == kind:
                    return event
            await found.get()


async def test_the_chain_is_signed_after_so_many_entries(journal: Journal) -> None:
    async with kept(journal, NEVER):
        await journal.append(*(note(str(n)) for n in range(12)))
        await next_event(journal, "Checkpoint")
        await journal.append(*(note(str(n)) for n in range(8)))
    connection = connect_reader(journal.path)
    report = verify(connection)
    connection.close()
    assert report.intact
    assert report.signed is not None
    assert report.signed.endswith(".14")


async def test_the_chain_is_signed_at_the_end_of_the_day(
    journal: Journal, clock: HandClock
) -> None:
    async with kept(journal, NEVER, entries=1000):
        await journal.append(note("in the evening"))
        clock.moment += 24 * 3600 * 1_000_000
        signed = await next_event(journal, "Checkpoint")
        assert signed.key_id is not None
    assert [event.event for event in await events(journal)].count("Checkpoint") == 1


async def test_entries_of_the_last_life_count(tmp_path: pathlib.Path) -> None:
    journal = await opened(tmp_path / "journal.db")
    await journal.append(*(note(str(n)) for n in range(20)))
    await journal.close()
    again = await opened(tmp_path / "journal.db")
    assert again.unsigned == 21
    async with kept(again, NEVER):
        await next_event(again, "Checkpoint")
    await again.close()


async def test_a_whole_pass_ends_with_an_entry(journal: Journal) -> None:
    await journal.append(*(note(str(n)) for n in range(1200)))
    async with kept(journal, FAST, entries=10_000):
        found = await next_event(journal, "IntegrityCheck")
    assert found.result == "intact"
    assert found.note is not None
    assert found.note.startswith("1201 entries, up to ")
    assert journal.damage is None


async def test_damage_far_behind_is_found_while_the_shop_sells(journal: Journal) -> None:
    await journal.append(*(note(str(n)) for n in range(1200)))
    connection = sqlite3.connect(journal.path)
    with connection:
        connection.execute("UPDATE entries SET occurred_at = 1 WHERE seq = 600")
    connection.close()
    async with kept(journal, FAST, entries=10_000):
        found = await next_event(journal, "IntegrityCheck")
    assert (found.result, found.broken_at) == ("broken", f"{journal.head.epoch}.600")
    assert journal.damage is not None


async def test_nothing_is_read_while_the_shop_is_busy(journal: Journal) -> None:
    times = UpkeepTimes(turn=0.001, quiet=3600, first_pass=0)
    async with kept(journal, times, entries=5):
        await journal.append(*(note(str(n)) for n in range(5)))
        await next_event(journal, "Checkpoint")
    assert "IntegrityCheck" not in [event.event for event in await events(journal)]


async def test_a_key_that_cannot_be_used_stops_nobody(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    key = journal.path.with_name("journal.key")
    key.write_text("no key")
    times = UpkeepTimes(turn=0.001, quiet=0.001, first_pass=3600, between_tries=0.001)
    async with kept(journal, times, entries=1):
        async with asyncio.timeout(10):
            while "is not signed" not in caplog.text:
                await journal.append(note("sold"))
        key.unlink()
        await next_event(journal, "Checkpoint")


async def test_a_checkpoint_that_shares_its_commit_signs_what_stands_before_it(
    journal: Journal, tmp_path: pathlib.Path
) -> None:
    key = SigningKey.at(tmp_path / "another.key")
    noted = [note(str(number)) for number in range(30)]

    def checkpoint(_: sqlite3.Connection) -> list[Draft]:
        return [Draft(payload=key.checkpoint(journal.tip.hash))]

    await asyncio.gather(
        *(journal.append(draft) for draft in noted[:15]),
        journal.append_from(checkpoint),
        *(journal.append(draft) for draft in noted[15:]),
    )
    report = await journal.query(verify)
    assert report.intact, report.problem
