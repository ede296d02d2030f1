"""Durable appends to the journal against plain sqlite3 with the same rows."""

import asyncio
import pathlib
import tempfile
import time

from edge_daemon.clock import SystemClock
from edge_daemon.journal import Draft, EdgeIdentity, Journal
from edge_daemon.records.payloads import SystemEvent
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure, distribution
from tests.benchmarks.raw_sqlite import RawJournal

CALLERS = 8
OF_ONE = 100
OF_EACH = 50
DRAFT = Draft(payload=SystemEvent(event="Start", note="d" * 900))
"""An entry of some 1,400 bytes: a sale of five lines."""
LIMIT = "plain sqlite3, WAL + FULL, same rows"


async def measure(effort: Effort) -> list[Figure]:
    """Take turns: one caller, eight callers, plain sqlite3."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory)
        identity = EdgeIdentity("org", "store", "edge", "till-1")
        journal = await Journal.open(path / "journal.db", identity=identity, clock=SystemClock())
        raw = RawJournal(path / "raw.db")
        try:
            return await _measure(journal, raw, effort.rounds)
        finally:
            raw.close()
            await journal.close()


async def _measure(journal: Journal, raw: RawJournal, rounds: int) -> list[Figure]:
    one: list[float] = []
    together: list[float] = []
    alone: list[float] = []
    await _append(journal, OF_ONE, [])
    rows = await journal.query(
        lambda connection: connection.execute(
            "SELECT entry_type, occurred_at, hash, data FROM entries WHERE seq > 1"
        ).fetchall()
    )
    _append_raw(raw, rows, [])
    for _ in range(rounds):
        await _append(journal, OF_ONE, one)
        began = time.perf_counter()
        await asyncio.gather(*(_append(journal, OF_EACH, []) for _ in range(CALLERS)))
        together.append((time.perf_counter() - began) * 1e3)
        _append_raw(raw, rows, alone)
    a_second = {
        "one": 1e3 * len(one) / sum(one),
        "eight": 1e3 * rounds * CALLERS * OF_EACH / sum(together),
        "raw": 1e3 * len(alone) / sum(alone),
    }
    return [
        _rate("durable appends, 1 caller", a_second["one"], a_second["raw"], 0.75),
        _rate("durable appends, 8 callers", a_second["eight"], a_second["raw"], 3.5),
        *distribution("durable append, 1 caller", one, alone, LIMIT),
    ]


def _rate(name: str, measured: float, limit: float, aim: float) -> Figure:
    return Figure(
        name=name,
        unit="/s",
        measured=measured,
        limit=limit,
        limit_is=LIMIT + ", 1 caller",
        aim=Aim(value=aim, of="ratio", better="higher"),
    )


async def _append(journal: Journal, count: int, took: list[float]) -> None:
    for _ in range(count):
        began = time.perf_counter()
        await journal.append(DRAFT)
        took.append((time.perf_counter() - began) * 1e3)


def _append_raw(raw: RawJournal, rows: list[tuple[object, ...]], took: list[float]) -> None:
    for row in rows:
        began = time.perf_counter()
        raw.append([row])
        took.append((time.perf_counter() - began) * 1e3)
