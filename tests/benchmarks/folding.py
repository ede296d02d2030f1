"""What the folds cost: an invented chain's entries taken in with all of them, and without any.

Two databases of a kind take the same transactions in turn: 16 messages of up to 64 entries, as the
shops' backlogs bring them. Sales with several lines, payments, drawers, receipts and till shifts.
"""

import asyncio
import contextlib
import itertools
import pathlib
import tempfile
import time
from collections.abc import Iterator
from unittest import mock

from central_office import ingest
from central_office.ingest import Limits
from central_office.store import Store, open_store
from simulators.chain.chain import Plan, deliveries
from simulators.chain.journal import ORGANIZATION
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Figure
from tests.central_office.postgresql import postgresql

MESSAGES = 16
NOW = 1795248000000000
Message = tuple[str, bytes]


def transactions(plan: Plan, count: int = MESSAGES) -> Iterator[list[Message]]:
    """The chain's messages, `count` to a transaction."""
    messages = (_message(lines) for _, lines in deliveries(plan))
    while part := list(itertools.islice(messages, count)):
        yield part


def _message(lines: list[bytes]) -> Message:
    edge = lines[0].partition(b'"edge_id":"')[2].partition(b'"')[0].decode()
    topic = f"pos/v1/{ORGANIZATION}/{edge.removeprefix('edge-')}/{edge}/journal"
    return topic, b"\n".join(lines)


async def measure(effort: Effort) -> list[Figure]:
    """Both databases, one after the other."""
    return await asyncio.to_thread(_measure, effort.rounds)


def _measure(rounds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as directory, postgresql() as server:
        folder = pathlib.Path(directory)
        files = [str(folder / name) for name in ("folded.db", "bare.db")]
        servers = [server.new_database() for _ in range(2)]
        return [
            _figure("SQLite", (files[0], files[1]), rounds),
            _figure("PostgreSQL", (servers[0], servers[1]), rounds),
        ]


def _figure(name: str, addresses: tuple[str, str], rounds: int) -> Figure:
    seconds, entries = [0.0, 0.0], 0
    with contextlib.ExitStack() as stack:
        stores = [open_store(address, Limits()) for address in addresses]
        for store in stores:
            stack.callback(store.close)
        for messages in itertools.islice(transactions(Plan(stores=5, receipts=60)), rounds):
            entries += sum(payload.count(b"\n") + 1 for _, payload in messages)
            seconds[0] += _take_in(stores[0], messages)
            with mock.patch.object(ingest, "book"):
                seconds[1] += _take_in(stores[1], messages)
    return Figure(
        name=f"office takes a chain in with all folds, {name}",
        unit="/s",
        measured=entries / seconds[0],
        limit=entries / seconds[1],
        limit_is="the same without any fold",
    )


def _take_in(store: Store, messages: list[Message]) -> float:
    begun = time.perf_counter()
    store.take_in(messages, NOW)
    return time.perf_counter() - begun
