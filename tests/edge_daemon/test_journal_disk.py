"""The journal on disks that fail or are full: a kernel's own errors, no stand-ins."""

import asyncio
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from edge_daemon.errors import JournalFullError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import INTENTS, Acts, Order
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.verify import verify
from edge_daemon.state import StateStore
from tests.edge_daemon.test_journal import IDENTITY, HandClock, note, opened
from tests.long.loop_disk import LoopDisk, why_there_is_no_loop_disk

APPENDING = """
import asyncio, json, pathlib, sys
from edge_daemon.clock import SystemClock
from edge_daemon.errors import JournalError
from edge_daemon.journal import Draft, EdgeIdentity, Journal
from edge_daemon.records.payloads import SystemEvent

async def append() -> None:
    identity = EdgeIdentity("org", "store", "edge-1", "till-1")
    journal = await Journal.open(pathlib.Path(sys.argv[1]), identity=identity, clock=SystemClock())
    answered, told = 0, []
    for _ in range(200):
        try:
            await journal.append(Draft(payload=SystemEvent(event="Start")))
            answered += 1
        except JournalError as error:
            told.append(str(error))
    failed = journal.failed.done()
    print(json.dumps({"answered": answered, "told": told, "failed": failed}), flush=True)

asyncio.run(append())
"""


@pytest.fixture
def strace() -> str:
    path = shutil.which("strace")
    if path is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run([path, "-qq", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"strace may not trace here: {probe.stderr.decode().strip()}")
    return path


@pytest.fixture
def disk(tmp_path: pathlib.Path) -> Iterator[LoopDisk]:
    reason = why_there_is_no_loop_disk()
    if reason is not None:
        pytest.skip(f"no disk of our own: {reason}")
    with LoopDisk(tmp_path, 40 * 1024 * 1024) as disk:
        yield disk


def test_a_failed_sync_is_the_end_and_is_never_tried_again(
    tmp_path: pathlib.Path, strace: str
) -> None:
    fault = "inject=fsync,fdatasync:error=EIO:when=40"
    command = [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", fault]
    output = ["-o", str(tmp_path / "calls")]
    path = tmp_path / "journal.db"
    done = subprocess.run(
        [*command, *output, sys.executable, "-c", APPENDING, str(path)],
        capture_output=True,
        check=True,
        timeout=50,
    )
    told = json.loads(done.stdout)
    assert told["failed"]
    assert 0 < told["answered"] < 40
    assert len(told["told"]) == 200 - told["answered"]
    assert {message for message in told["told"] if "disk I/O error" not in message} == set()
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [line for line in calls if "EIO" in line] == calls[-1:], "nobody tried again"
    connection = connect_reader(path)
    report = verify(connection)
    connection.close()
    assert report.intact
    assert report.entries >= told["answered"] + 1


def fill(directory: pathlib.Path) -> pathlib.Path:
    """Write until there is no room, not even for one more byte."""
    path = directory / "somebody-elses-file"
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 1024, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return path


def acts_of(journal: Journal) -> Acts:
    return Acts(journal, lambda work: asyncio.get_running_loop().create_task(work))


def order(number: int, verb: str) -> Order:
    return Order(
        verb=verb,
        resource_kind="sales",
        resource_id=f"01M7YHZT83Q6W5N4C2R1B{number:05d}",
        workstation="till-1",
        operator_id=None,
        body={},
        request={},
    )


async def nothing(intent_id: str) -> None:
    del intent_id


async def test_on_a_full_disk_open_sales_end_and_new_ones_are_refused(disk: LoopDisk) -> None:
    path = disk.root / "journal.db"
    journal = await Journal.open(path, identity=IDENTITY, clock=HandClock(), projections=[INTENTS])
    acts = acts_of(journal)
    assert await acts.begin(order(1, "sale"), nothing) is not None
    filling = await asyncio.to_thread(fill, disk.root)

    for _ in range(100):
        await journal.append(note("x" * 10_000))
    assert journal.reserve_in_use
    with pytest.raises(JournalFullError, match="The disk is full"):
        await acts.begin(order(2, "sale"), nothing)
    assert await acts.begin(order(1, "sale"), nothing) is None, "a repeat is no new sale"
    assert await acts.begin(order(3, "tender"), nothing) is not None
    assert not journal.failed.done()

    filling.unlink()
    assert await acts.begin(order(2, "sale"), nothing) is not None
    assert not journal.reserve_in_use
    head = journal.head
    await journal.close()
    connection = connect_reader(path)
    assert verify(connection).hash == head.hash
    connection.close()


async def test_print_bytes_of_an_open_sale_find_room_too(disk: LoopDisk) -> None:
    journal = await opened(disk.root / "journal.db")
    state = await StateStore.open(disk.root / "state.db", make_room=journal.make_room)
    await asyncio.to_thread(fill, disk.root)
    digest = await state.put_content(b"receipt" * 100_000, "application/octet-stream")
    assert await state.get_content(digest) is not None
    assert journal.reserve_in_use
    with pytest.raises(JournalFullError):
        await state.put_content(bytes(20_000_000), "application/octet-stream")
    await state.close()
    await journal.close()


async def test_a_daemon_that_starts_on_a_full_disk_ends_what_is_open(disk: LoopDisk) -> None:
    path = disk.root / "journal.db"
    journal = await opened(path)
    await journal.append(note("before"))
    await journal.close()
    await asyncio.to_thread(fill, disk.root)
    again = await opened(path)
    for _ in range(20):
        await again.append(note("x" * 10_000))
    assert again.reserve_in_use

    def begin(_: sqlite3.Connection) -> Sequence[Draft]:
        again.refuse_when_full()
        return []

    with pytest.raises(JournalFullError):
        await again.append_from(begin)
    await again.close()
