"""Selling from a catalogue: look-ups and sales at two sizes, and while a whole catalogue arrives.

The smaller size is the limit of the larger: what a scan and a sale cost must not grow with the
number of articles. Which of the two comes first changes each time: the second finds the processor
awake. The limit of a sale while 100,000 articles arrive is the same sale, as often, when they have
arrived; the process has its start's objects out of the search for garbage, as the daemon's command
does.
"""

import asyncio
import contextlib
import gc
import itertools
import json
import pathlib
import tempfile
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec

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
        *await _arriving(few, 3 if effort is FULL else 1),
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
        lists = Lists(items=tuple(item(number) for number in range(first, last)))
        database.put(connection, msgspec.json.encode(lists))
    database.complete(connection, path, version=1)
    path.replace(directory / "catalogue.db")


async def _looking_up(few: int, many: int, times: int) -> list[Figure]:
    took: list[list[float]] = [[], []]
    async with _opened(few) as small, _opened(many) as large:
        catalogues = ((small, few), (large, many))
        for turn in range(2 * times):
            for which in ((0, 1), (1, 0))[turn % 2]:
                catalogue, count = catalogues[which]
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
        registers = ((small, few), (large, many))
        for turn in range(times):
            for which in ((0, 1), (1, 0))[turn % 2]:
                register, count = registers[which]
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


async def _arriving(count: int, rounds: int) -> list[Figure]:
    """Sales while a catalogue arrives, and as many after it; of both the slowest of each round."""
    lists = Lists(items=tuple(map(item, range(count))))
    coming = [publication("catalogue", lists, version) for version in range(2, 2 + rounds)]
    busy: list[list[float]] = []
    quiet: list[list[float]] = []
    async with Counter() as counter:
        state = counter.directory / "state"
        state.mkdir()
        build(state, count)
        await counter.start()
        daemon = counter.daemon
        gc.collect()
        settle()
        async with connected(daemon.addresses[0][1]) as register:
            for version, each in enumerate(coming, 2):
                arriving = asyncio.create_task(take(daemon.master_data, each))
                during: list[float] = []
                while not arriving.done() or daemon.catalogue.state.version != version:
                    during.append(await _sell(register, len(during) % 1000))
                await arriving
                busy.append(during)
                quiet.append([await _sell(register, turn % 1000) for turn in range(len(during))])
        gc.unfreeze()
    measured, limit = list(itertools.chain(*busy)), list(itertools.chain(*quiet))
    name = f"sale while {count:,} articles arrive"
    return [
        *distribution(name, measured, limit, f"as many after, {len(measured)} in {rounds} rounds"),
        _later(f"{name}, p50 later", p50(measured), p50(limit), "p50 after"),
        _later(
            f"{name}, the slowest later",
            p50([max(each) for each in busy]),
            p50([max(each) for each in quiet]),
            f"the slowest of as many after; of {rounds} rounds the middle",
        ),
    ]


def _later(name: str, measured: float, limit: float, limit_is: str) -> Figure:
    later = max(measured - limit, 0.001)
    aim = Aim(value=10.0)
    return Figure(name=name, unit="ms", measured=later, limit=limit, limit_is=limit_is, aim=aim)


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
