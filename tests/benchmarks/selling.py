"""Selling from a catalogue: look-ups and sales at two sizes, and while a whole catalogue arrives.

The smaller size is the limit of the larger: what a scan and a sale cost must not grow with the
number of articles. The limit of a sale while 100,000 articles arrive is the same sale before; the
process has its start's objects out of the search for garbage, as the daemon's command does.
"""

import asyncio
import contextlib
import gc
import json
import pathlib
import tempfile
import time
from collections.abc import AsyncIterator
from typing import Any

from central_office.publishing import publication
from edge_daemon.app.memory import settle
from edge_daemon.catalogue import Catalogue, ItemKey, database
from edge_daemon.master_data import MasterData
from edge_daemon.records.master_data import Catalogue as Lists
from edge_daemon.records.master_data import CatalogueItem, Price
from edge_daemon.state import StateStore
from tests.benchmarks.effort import FULL, Effort
from tests.benchmarks.figures import Aim, Figure, distribution, p50
from tests.benchmarks.register import Register, connected
from tests.edge_daemon.test_master_data import take
from tests.stories.counter import Counter, sale, ulid

SLICE = 5000
NOW_US = 1_795_258_800_000_000


async def measure(effort: Effort) -> list[Figure]:
    """Look up, sell, and sell while a catalogue arrives."""
    few, many = (100_000, 1_000_000) if effort is FULL else (1000, 10_000)
    return [
        *await _looking_up(few, many, effort.scans),
        *await _selling(few, many, effort.sales),
        *await _arriving(few, effort.sales),
        await _pulse(effort.sales),
    ]


def gtin(number: int) -> str:
    """A number as an article's code, with its check digit (GS1 General Specifications, 7.9)."""
    digits = f"{number:013}"
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def item(number: int) -> CatalogueItem:
    """One of very many articles."""
    return CatalogueItem(
        item_id=f"item-{number}",
        description=f"Artikel {number} van het huis",
        merchandise_hierarchy=f"group-{number % 100}",
        uom="EA",
        barcodes=(gtin(number),),
        tax_code="low",
        prices=(Price(amount=100 + number % 1000, valid_from=0),),
    )


def build(directory: pathlib.Path, count: int) -> None:
    """Make a catalogue's file, as large as wanted."""
    path = directory / "catalogue-coming.db"
    connection = database.begin(path)
    for first in range(0, count, SLICE):
        last = min(first + SLICE, count)
        database.put_items(connection, [item(number) for number in range(first, last)])
    database.complete(connection, path, version=1)
    path.replace(directory / "catalogue.db")


async def _looking_up(few: int, many: int, times: int) -> list[Figure]:
    took: list[list[float]] = [[], []]
    async with _opened(few) as small, _opened(many) as large:
        for turn in range(times):
            for which, (catalogue, count) in enumerate(((small, few), (large, many))):
                key = ItemKey(gtin=gtin(turn * 7919 % count))
                began = time.perf_counter()
                found = await catalogue.find([key], NOW_US)
                took[which].append((time.perf_counter() - began) * 1000)
                assert key in found
    return distribution(
        f"look-up among {many:,} articles",
        took[1],
        took[0],
        f"among {few:,}",
        p50_aim=Aim(value=1.5, of="ratio"),
        p99_aim=Aim(value=1.0),
    )


@contextlib.asynccontextmanager
async def _opened(count: int) -> AsyncIterator[Catalogue]:
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        await asyncio.to_thread(build, directory, count)
        state = await StateStore.open(directory / "state.db")
        master_data = MasterData(state)
        await master_data.load()
        catalogue = Catalogue(directory, master_data)
        await catalogue.open()
        try:
            yield catalogue
        finally:
            await catalogue.close()
            await state.close()


async def _selling(few: int, many: int, times: int) -> list[Figure]:
    took: list[list[float]] = [[], []]
    async with (
        _shop(few) as first,
        _shop(many) as second,
        connected(first) as small,
        connected(second) as large,
    ):
        for turn in range(times):
            for which, (register, count) in enumerate(((small, few), (large, many))):
                took[which].append(await _sell(register, turn * 7919 % count))
    return distribution(
        f"sale by code among {many:,} articles",
        took[1],
        took[0],
        f"among {few:,}",
        p50_aim=Aim(value=1.2, of="ratio"),
    )


@contextlib.asynccontextmanager
async def _shop(count: int) -> AsyncIterator[int]:
    async with Counter() as counter:
        state = counter.directory / "state"
        state.mkdir()
        await asyncio.to_thread(build, state, count)
        await counter.start()
        yield counter.daemon.addresses[0][1]


async def _sell(register: Register, number: int) -> float:
    """One sale by code, without paper and drawer: neither has to do with articles; milliseconds."""
    body = sale(
        lines=[{"gtin": gtin(number), "quantity_milli": 1000}],
        tenders=[{"type": "other", "tender_type": "Voucher", "reference": "v-1"}],
        print_receipt=False,
    )
    began = time.perf_counter()
    answer = await register.ask("PUT", f"/v1/sales/{ulid()}", json.dumps(body).encode())
    assert answer["state"] == "completed", answer
    return (time.perf_counter() - began) * 1000


async def _arriving(count: int, times: int) -> list[Figure]:
    coming = publication("catalogue", Lists(items=tuple(map(item, range(count)))), 2)
    async with Counter() as counter:
        state = counter.directory / "state"
        state.mkdir()
        build(state, 1000)
        await counter.start()
        daemon = counter.daemon
        gc.collect()
        settle()
        async with connected(daemon.addresses[0][1]) as register:
            quiet = [await _sell(register, turn % 1000) for turn in range(times)]
            arriving = asyncio.create_task(take(daemon.master_data, coming))
            busy: list[float] = []
            while not arriving.done() or daemon.catalogue.state.version != 2:
                busy.append(await _sell(register, len(busy) % 1000))
            await arriving
        gc.unfreeze()
    said = f"before, {len(busy)} sales while it came"
    name = f"sale while {count:,} articles arrive"
    figures = distribution(name, busy, quiet, said)
    later = max(busy) - max(quiet)
    return [
        *figures,
        Figure(
            name=f"{name}, p50 later than before",
            unit="ms",
            measured=max(p50(busy) - p50(quiet), 0.001),
            limit=p50(quiet),
            limit_is="p50 before",
            aim=Aim(value=10.0),
        ),
        Figure(
            name=f"{name}, slowest later than the slowest before",
            unit="ms",
            measured=max(later, 0.001),
            limit=max(quiet),
            limit_is="slowest before",
            aim=Aim(value=10.0),
        ),
    ]


async def _pulse(times: int) -> Figure:
    """From the tap on "pay cash" to the pulse that the simulated printer gives the drawer."""
    took, round_trips = [], []
    async with Counter() as counter:
        await counter.start()
        async with connected(counter.daemon.addresses[0][1]) as register:
            for _ in range(times):
                before = len(counter.printer.drawer_pulses)
                began = time.perf_counter()
                body = json.dumps(sale(print_receipt=False)).encode()
                register.send("PUT", f"/v1/sales/{ulid()}", body)
                answered = asyncio.create_task(register.answer())
                if await _has_pulsed(counter, before, answered):
                    took.append((time.perf_counter() - began) * 1000)
                await answered
                await _shut(counter)
                began = time.perf_counter()
                await register.ask("GET", "/v1/caller")
                round_trips.append((time.perf_counter() - began) * 1000)
    return Figure(
        name='"pay cash" → drawer pulse, p50',
        unit="ms",
        measured=p50(took),
        limit=p50(round_trips),
        limit_is="a request that asks who we are",
        aim=Aim(value=50.0),
    )


async def _shut(counter: Counter) -> None:
    """Shut the drawer, as whoever gave change does, once its coil has had its pulse and its rest.

    A drawer that is open already opens no more, and a printer passes over a pulse within a pulse.
    """
    rest = counter.printer.drawer.busy_until() - asyncio.get_running_loop().time()
    await asyncio.sleep(max(rest, 0))
    await counter.printer.hand("close_drawer")
    while counter.daemon.devices.state("drawer").detail != {"drawer_opened": False}:  # noqa: ASYNC110 - the daemon tells registers, not us
        await asyncio.sleep(0)


async def _has_pulsed(counter: Counter, before: int, answered: asyncio.Task[Any]) -> bool:
    """Wait for the pulse; False where the daemon dropped it, because it came too late."""
    while not answered.done():  # the simulator tells nobody, and a pause would be measured, too
        if len(counter.printer.drawer_pulses) > before:
            return True
        await asyncio.sleep(0)
    return len(counter.printer.drawer_pulses) > before
