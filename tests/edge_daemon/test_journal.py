import asyncio
import json
import pathlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence

import pytest

from edge_daemon.clock import ClockState, SystemClock
from edge_daemon.errors import JournalError, JournalFullError
from edge_daemon.journal import Draft, EdgeIdentity, Journal, StoredEntry
from edge_daemon.journal import write_ahead_log as log
from edge_daemon.journal.epochs import mark_as_copy
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.verify import verify
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import CarriedOver, SystemEvent, WorkstationNumbers
from tests.entries import digest

IDENTITY = EdgeIdentity("org", "store", "edge-1", "till-1")
SECOND = 1_000_000


class HandClock(SystemClock):
    """A clock that tests set by hand."""

    def __init__(self, moment_us: int = 1_795_248_000_000_000) -> None:
        super().__init__()
        self.moment = moment_us
        self.steps: list[int] = []
        self.earliest: int | None = None

    def now_us(self) -> int:
        return getattr(self, "moment", 0)

    def state(self) -> ClockState:
        return ClockState.FREE_RUNNING

    def take_step(self) -> int:
        return self.steps.pop(0) if self.steps else 0

    def not_before(self, moment_us: int) -> None:
        self.earliest = moment_us


def note(text: str) -> Draft:
    return Draft(payload=SystemEvent(event="Start", note=text))


async def opened(path: pathlib.Path, clock: SystemClock | None = None) -> Journal:
    return await Journal.open(path, identity=IDENTITY, clock=clock or HandClock())


@pytest.fixture
async def journal(tmp_path: pathlib.Path) -> AsyncIterator[Journal]:
    journal = await opened(tmp_path / "journal.db")
    yield journal
    await journal.close()


async def stored(journal: Journal) -> list[StoredEntry]:
    return await journal.read_after(None, limit=100_000, max_bytes=1 << 30)


async def events(journal: Journal) -> list[SystemEvent]:
    payloads = [decode_entry(each.data).payload for each in await stored(journal)]
    return [payload for payload in payloads if isinstance(payload, SystemEvent)]


# --- the chain ------------------------------------------------------------------------------


async def test_a_new_journal_begins_with_the_start_of_its_epoch(journal: Journal) -> None:
    (start,) = await events(journal)
    assert (start.event, start.reason, start.previous_epoch) == ("EpochStart", "new_journal", None)
    assert journal.head.seq == 1


async def test_every_entry_names_the_hash_of_the_bytes_before_it(journal: Journal) -> None:
    await asyncio.gather(*(journal.append(note(str(n)), note("again")) for n in range(20)))
    lines = [each.data for each in await stored(journal)]
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 42))
    previous = "0" * 64
    for line in lines:
        assert json.loads(line)["prev_hash"] == previous
        previous = digest(line)
    assert journal.head.hash == previous


async def test_appends_that_arrive_together_share_a_commit(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    commit = journal._writer._commit
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def counting(batch: list[object]) -> None:
        commits.append(len(batch))
        commit(batch)  # type: ignore[arg-type]  # the writer's own jobs
        loop.call_soon_threadsafe(gate.set)

    monkeypatch.setattr(journal._writer, "_commit", counting)
    await asyncio.gather(*(journal.append(note(str(n))) for n in range(50)))
    assert sum(commits) == 50
    assert len(commits) < 50


async def test_a_refused_append_takes_nothing_else_with_it(journal: Journal) -> None:
    def refuse(_: sqlite3.Connection) -> Sequence[Draft]:
        raise LookupError("no")

    results = await asyncio.gather(
        journal.append(note("a")),
        journal.append_from(refuse),
        journal.append(note("b")),
        return_exceptions=True,
    )
    assert isinstance(results[1], LookupError)
    assert [event.note for event in (await events(journal))[1:]] == ["a", "b"]


async def test_a_reader_sees_a_snapshot_and_stops_nobody(journal: Journal) -> None:
    reader = connect_reader(journal.path)
    reader.execute("BEGIN")
    before = reader.execute("SELECT count(*) FROM entries").fetchone()
    await journal.append(note("meanwhile"))
    assert reader.execute("SELECT count(*) FROM entries").fetchone() == before
    reader.close()
    assert len(await stored(journal)) == 2


async def test_the_log_is_bounded_and_a_long_reader_only_puts_that_off(
    journal: Journal, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "BUSY_CHANGES", 100)
    monkeypatch.setattr(log, "LIMIT_BYTES", 1_000_000)
    wal = tmp_path / "journal.db-wal"

    async def sell(entries: int) -> None:
        for _ in range(entries):
            await journal.append(note("x" * 1000))

    await sell(600)
    assert wal.stat().st_size < 1_500_000, "600 kB of entries in commits of one"
    reader = connect_reader(journal.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    async with asyncio.timeout(20):  # without waiting 5 s at each folding
        await sell(600)
    grown = wal.stat().st_size
    assert grown > 1_500_000
    reader.close()
    await sell(200)
    assert wal.stat().st_size < grown / 2


# --- opening --------------------------------------------------------------------------------


async def test_a_journal_goes_on_where_it_ended(tmp_path: pathlib.Path) -> None:
    journal = await opened(tmp_path / "journal.db")
    await journal.append(note("a"))
    head = journal.head
    await journal.close()
    again = await opened(tmp_path / "journal.db")
    assert again.head == head
    await again.close()


async def test_a_broken_tail_is_told_and_the_shop_sells_on(tmp_path: pathlib.Path) -> None:
    journal = await opened(tmp_path / "journal.db")
    await journal.append(note("a"), note("b"))
    epoch = journal.head.epoch
    await journal.close()
    connection = sqlite3.connect(tmp_path / "journal.db")
    with connection:
        connection.execute("UPDATE entries SET occurred_at = 7 WHERE seq = 2")
    connection.close()
    again = await opened(tmp_path / "journal.db")
    told = (await events(again))[-1]
    assert (told.event, told.result) == ("IntegrityCheck", "broken")
    assert told.broken_at == f"{epoch}.2"
    assert again.damage is not None
    assert "occurred_at" in again.damage
    await again.append(note("c"))
    await again.close()


def test_a_file_on_which_the_settings_do_not_hold_is_refused(tmp_path: pathlib.Path) -> None:
    async def attempt() -> None:
        with pytest.raises(JournalError, match=r"cannot be opened|needs journal_mode"):
            await opened(tmp_path)

    asyncio.run(attempt())


# --- epochs ---------------------------------------------------------------------------------


async def test_a_new_epoch_links_the_last_entry_of_the_old_one(tmp_path: pathlib.Path) -> None:
    numbers = WorkstationNumbers(
        workstation_id="till-1", next_sequence_number=8, next_training_number=1
    )
    carried = CarriedOver(source="journal", workstations=(numbers,), unresolved_payments=())
    journal = await Journal.open(
        tmp_path / "journal.db",
        identity=IDENTITY,
        clock=HandClock(),
        carry_over=lambda _: carried,
    )
    await journal.append(note("sold on a fork"))
    before = journal.head
    await journal.begin_epoch(reason="forked", note="two boxes ran from one card")
    assert journal.head.seq == 1
    assert journal.head.epoch != before.epoch
    start = (await events(journal))[-1]
    assert (start.previous_epoch, start.previous_seq, start.previous_hash) == before
    assert (start.reason, start.note) == ("forked", "two boxes ran from one card")
    assert start.carried_over == carried
    assert await journal.epochs() == [before.epoch, journal.head.epoch]
    await journal.append(note("on"))
    await journal.close()
    connection = connect_reader(tmp_path / "journal.db")
    assert verify(connection).intact
    connection.close()


async def test_a_copy_begins_an_epoch_of_its_own_once(tmp_path: pathlib.Path) -> None:
    journal = await opened(tmp_path / "journal.db")
    await journal.append(note("sold"))
    before = journal.head
    await journal.close()
    shutil.copy(tmp_path / "journal.db", tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    mark_as_copy(connection)
    connection.close()
    for _ in range(2):
        copy = await opened(tmp_path / "copy.db")
        assert copy.head.epoch != before.epoch
        assert len(await copy.epochs()) == 2
        start, restored = (await events(copy))[2:4]
        assert (start.event, start.reason, start.previous_seq) == ("EpochStart", "restored", 2)
        assert restored.event == "BackupRestored"
        await copy.close()


# --- the clock ------------------------------------------------------------------------------


async def test_a_step_of_the_clock_is_told_before_the_next_entry(tmp_path: pathlib.Path) -> None:
    clock = HandClock()
    journal = await opened(tmp_path / "journal.db", clock)
    heard: list[int] = []
    journal.on_append(lambda entries: heard.extend(entry.seq for entry in entries))
    clock.moment += 3600 * SECOND
    clock.steps = [3600 * SECOND]
    (entry,) = await journal.append(note("after"))
    assert entry.seq == 3
    step = (await events(journal))[1]
    assert (step.event, step.clock_step_us) == ("ClockStep", 3600 * SECOND)
    assert heard == [2, 3]
    await journal.close()


async def test_the_clock_is_held_against_the_last_entry(tmp_path: pathlib.Path) -> None:
    journal = await opened(tmp_path / "journal.db", HandClock(1_795_248_000_000_000))
    await journal.close()
    clock = HandClock(1_000_000)
    again = await opened(tmp_path / "journal.db", clock)
    assert clock.earliest == 1_795_248_000_000_000
    assert await again.last_moment() == 1_795_248_000_000_000
    await again.close()


# --- a full disk ----------------------------------------------------------------------------


def fill(journal: Journal) -> None:
    """Let SQLite find no room for more pages, as on a full disk."""
    connection = journal._writer.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")


def make_room(journal: Journal) -> None:
    journal._writer.connection.execute("PRAGMA max_page_count = 1073741823")


async def test_without_a_reserve_a_full_disk_refuses_and_breaks_nothing(journal: Journal) -> None:
    journal._writer.reserve.give_up()
    fill(journal)
    with pytest.raises(JournalFullError, match="make room"):
        await journal.append(note("x" * 100_000))
    assert not journal.failed.done()
    make_room(journal)
    await journal.append(note("x" * 100_000))
    assert [each.seq for each in await stored(journal)] == [1, 2]


async def test_a_full_disk_is_met_from_the_reserve(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = journal._writer.reserve
    give_up = reserve.give_up

    def free() -> bool:
        make_room(journal)
        return give_up()

    monkeypatch.setattr(reserve, "give_up", free)
    monkeypatch.setattr(reserve, "_free_bytes", lambda: 0)
    fill(journal)

    def begin(_: sqlite3.Connection) -> Sequence[Draft]:
        journal.refuse_when_full()
        return [note("new" * 50_000)]

    ending, begun = await asyncio.gather(
        journal.append(note("x" * 100_000)), journal.append_from(begin), return_exceptions=True
    )
    assert isinstance(ending, tuple)
    assert isinstance(begun, JournalFullError)
    assert journal.reserve_in_use
    assert [each.seq for each in await stored(journal)] == [1, 2]
    monkeypatch.undo()
    await journal.append_from(begin)
    assert not journal.reserve_in_use
