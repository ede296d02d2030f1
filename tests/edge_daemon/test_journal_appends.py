"""What an append promises to its callers, its listeners, its projections and its readers."""

import asyncio
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence

import pytest

from edge_daemon.journal import Draft, Journal, Projection
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.writer import BATCH_LIMIT
from edge_daemon.records import EntryTooLargeError, JournalEntry, Position
from edge_daemon.records.payloads import SystemEvent
from tests.edge_daemon.test_journal import IDENTITY, HandClock, note, stored
from tests.edge_daemon.test_journal_disk import strace
from tests.stories.counter import CARD, Counter

__all__ = ["strace"]

TOO_LARGE = note("x" * 300_000)


def create_notes(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS notes (note TEXT PRIMARY KEY, seq INT) STRICT")


def apply_to_notes(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    if isinstance(entry.payload, SystemEvent) and entry.payload.note:
        row = (entry.payload.note, entry.seq)
        connection.execute("INSERT INTO notes VALUES (?, ?)", row)


NOTES = Projection("notes", create_notes, ("notes",), apply_to_notes)
"""Refuses a note that is there already: a projection's mistake, to see what it takes along."""


@pytest.fixture
async def journal(tmp_path: pathlib.Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(
        tmp_path / "journal.db", identity=IDENTITY, clock=HandClock(), projections=[NOTES]
    )
    yield journal
    await journal.close()


async def notes(journal: Journal) -> list[tuple[str, int]]:
    return await journal.query(
        lambda connection: connection.execute("SELECT * FROM notes ORDER BY seq").fetchall()
    )


# --- one piece ------------------------------------------------------------------------------


async def test_drafts_of_one_append_are_written_together_or_not_at_all(journal: Journal) -> None:
    first, second = await journal.append(note("a"), note("b"))
    assert (first.seq, second.seq) == (2, 3)
    with pytest.raises(EntryTooLargeError):
        await journal.append(note("c"), TOO_LARGE)
    assert await notes(journal) == [("a", 2), ("b", 3)]
    assert journal.head.seq == 3
    (following,) = await journal.append(note("d"))
    assert (following.seq, following.prev_hash) == (4, (await stored(journal))[2].hash)


async def test_in_a_shared_commit_only_the_refused_append_is_missing(journal: Journal) -> None:
    appends = [journal.append(note(str(number)), note(f"{number} too")) for number in range(20)]
    appends[7:7] = [journal.append(note("half"), TOO_LARGE)]
    results = await asyncio.gather(*appends, return_exceptions=True)
    assert [type(each) for each in results if not isinstance(each, tuple)] == [EntryTooLargeError]
    assert [seq for _, seq in await notes(journal)] == list(range(2, 42))
    assert "half" not in dict(await notes(journal))


async def test_a_projection_that_fails_takes_its_entry_along_and_no_other(
    journal: Journal,
) -> None:
    await journal.append(note("a"))
    results = await asyncio.gather(
        journal.append(note("b")),
        journal.append(note("a")),
        journal.append(note("c")),
        return_exceptions=True,
    )
    assert isinstance(results[1], sqlite3.IntegrityError)
    assert await notes(journal) == [("a", 2), ("b", 3), ("c", 4)]
    assert len(await stored(journal)) == 4
    assert not journal.failed.done(), "a mistake of ours is not a broken disk"


async def test_what_is_built_sees_what_came_before_in_the_same_commit(journal: Journal) -> None:
    def count(connection: sqlite3.Connection) -> Sequence[Draft]:
        (number,) = connection.execute("SELECT count(*) FROM notes").fetchone()
        return [note(f"number {number}")]

    await asyncio.gather(*(journal.append_from(count) for _ in range(BATCH_LIMIT * 2)))
    assert [text for text, _ in await notes(journal)] == [
        f"number {number}" for number in range(BATCH_LIMIT * 2)
    ]


# --- callers and listeners ------------------------------------------------------------------


async def test_an_answered_append_is_in_the_file(journal: Journal, tmp_path: pathlib.Path) -> None:
    await journal.append(note("a"))
    reader = connect_reader(tmp_path / "journal.db")
    assert reader.execute("SELECT note FROM notes").fetchall() == [("a",)]
    reader.close()


async def test_listeners_hear_each_append_once_in_the_order_of_the_chain(
    journal: Journal,
) -> None:
    heard: list[int] = []
    journal.on_append(lambda entries: heard.extend(entry.seq for entry in entries))
    await asyncio.gather(*(journal.append(note(str(n)), note(f"{n} too")) for n in range(50)))
    assert heard == list(range(2, 102))


async def test_the_entry_of_a_caller_that_gave_up_is_written_and_told(journal: Journal) -> None:
    heard: list[str | None] = []

    def listen(entries: Sequence[JournalEntry]) -> None:
        heard.extend(getattr(entry.payload, "note", None) for entry in entries)

    journal.on_append(listen)
    caller = asyncio.create_task(journal.append(note("given up")))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await journal.append(note("after"))
    assert caller.cancelled()
    assert heard == ["given up", "after"]


async def test_who_waits_is_answered_when_the_journal_closes(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "journal.db"
    journal = await Journal.open(path, identity=IDENTITY, clock=HandClock())
    waiting = [asyncio.create_task(journal.append(note(str(number)))) for number in range(20)]
    await asyncio.sleep(0)
    await journal.close()
    assert [entries[0].seq for entries in await asyncio.gather(*waiting)] == list(range(2, 22))


# --- projections ----------------------------------------------------------------------------


def everything(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """All tables but the journal's own."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN"
        " ('entries', 'epochs', 'acknowledged') AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall()  # noqa: S608 - our tables
        for (name,) in names
    }


async def test_the_tables_of_the_daemon_follow_from_its_entries_alone() -> None:
    async with Counter() as counter:
        await counter.start()
        await counter.sell()
        await counter.sell(**CARD)
        await counter.terminal.hand("refuse")
        await counter.sell(**CARD)
        journal = counter.daemon.journal
        before = await journal.query(everything)
        assert sum(len(rows) for rows in before.values()) > 10
        await journal.rebuild()
        assert await journal.query(everything) == before


# --- reading --------------------------------------------------------------------------------


async def test_reading_stops_at_either_bound_and_goes_on_over_epochs(journal: Journal) -> None:
    await journal.append(*(note(f"{number} {'x' * 1000}") for number in range(4)))
    await journal.begin_epoch(reason="restored")
    await journal.append(note("z"))
    first, second = await journal.epochs()
    places = [(first, seq) for seq in range(1, 6)] + [(second, 1), (second, 2)]
    assert [each.position for each in await stored(journal)] == places

    assert [each.position for each in await journal.read_after(None, limit=3)] == places[:3]
    behind = Position(first, 4)
    assert [each.position for each in await journal.read_after(behind, limit=2)] == places[4:6]
    assert [each.position for each in await journal.read_after(behind, max_bytes=1)] == places[4:5]
    line = len((await stored(journal))[1].data) + 1
    exactly = await journal.read_after(Position(first, 1), max_bytes=2 * line)
    assert [each.position for each in exactly] == places[1:3]
    assert await journal.read_after(journal.head.position) == []
    with pytest.raises(LookupError):
        await journal.read_after(Position("0" * 26, 1))


async def test_one_entry_is_found_at_its_place_and_nowhere_else(journal: Journal) -> None:
    (entry,) = await journal.append(note("a"))
    found = await journal.entry_at(entry.position)
    assert found is not None
    assert json.loads(found.data)["payload"]["note"] == "a"
    assert await journal.entry_at(Position(entry.epoch, 3)) is None
    assert await journal.entry_at(Position("0" * 26, 1)) is None


# --- threads --------------------------------------------------------------------------------

APPENDING = """
import asyncio, pathlib, sys, threading
from edge_daemon.journal import Journal
from tests.edge_daemon.test_journal import IDENTITY, HandClock, note

async def append() -> None:
    journal = await Journal.open(pathlib.Path(sys.argv[1]), identity=IDENTITY, clock=HandClock())
    await asyncio.gather(*(journal.append(note("x" * 2000)) for _ in range(20)))
    for _ in range(20):
        await journal.append(note("x" * 2000))
    await journal.close()
    print(threading.get_native_id())

asyncio.run(append())
"""


def test_no_sync_is_made_on_the_event_loops_thread(tmp_path: pathlib.Path, strace: str) -> None:
    calls = tmp_path / "calls"
    traced = [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(calls)]
    done = subprocess.run(
        [*traced, sys.executable, "-c", APPENDING, str(tmp_path / "journal.db")],
        capture_output=True,
        check=True,
        timeout=50,
        cwd=pathlib.Path(__file__).parents[2],
    )
    syncing = re.findall(r"^(\d+) +f(?:data)?sync", calls.read_text(), re.MULTILINE)
    assert len(syncing) > 20
    assert done.stdout.decode().strip() not in syncing
