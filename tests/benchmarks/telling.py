"""From a sale at one register to the stock at all others; and a catalogue to a box that is new.

Every box is a daemon of its own, in three stores; the broker is Mosquitto, the office a process.
The next sale is made as soon as all registers show the last one: it always meets the office's
pause, in which sales gather.
"""

import asyncio
import contextlib
import json
import pathlib
import tempfile
import time
from collections.abc import AsyncIterator, Sequence

from central_office.ingest import Limits
from central_office.master_lists import EVERY_STORE, ListKey
from central_office.store import open_store
from edge_daemon.records.master_data import Catalogue as Lists
from simulators.broker import Broker
from tests.benchmarks.acknowledging import bare_trips
from tests.benchmarks.effort import FULL, Effort
from tests.benchmarks.figures import Aim, Figure, distribution
from tests.benchmarks.register import Register, connected
from tests.benchmarks.selling import item
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.entries import ORGANIZATION
from tests.relaying import OfficeProcess, Tap
from tests.stories.counter import TOKEN, ulid

GTIN = "8710400145981"
STORES = ("shop-1", "shop-1", "shop-2", "shop-3")
"""Of the boxes; the first one sells."""
OPENING_MILLI = 1_000_000
WARM_UP = 3
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.002
CONFIGURATION = """
[edge]
id = "{edge}"
organization = "{organization}"
store = "{store}"
state_directory = "{directory}"

[api]
port = 0
token = "{token}"

[shop]
name = "De Hoekwinkel"
vat_number = "NL123456789B01"

[[tax_code]]
code = "low"
rate_bp = 900
description = "9%"

[[workstation]]
name = "till-1"

[relay]
port = {port}
"""


async def measure(effort: Effort) -> list[Figure]:
    """Both, one after the other."""
    return [*await telling(effort.sales), *await _catalogue(effort)]


async def telling(sales: int, stores: Sequence[str] = STORES) -> list[Figure]:
    """Sell at the first box, and look at all others."""
    ours: list[float] = []
    bare: list[float] = []
    async with contextlib.AsyncExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = await stack.enter_async_context(Broker(kind="mosquitto"))
        await stack.enter_async_context(_office(directory, broker))
        trip = await stack.enter_async_context(bare_trips(directory, broker))
        ports = [
            await stack.enter_async_context(_box(directory, broker, store, number))
            for number, store in enumerate(stores)
        ]
        seller, *others = [await stack.enter_async_context(connected(port)) for port in ports]
        goods = [{"gtin": GTIN, "quantity_milli": OPENING_MILLI}]
        await _put(seller, "stock-movements", kind="receipt", lines=goods, reason="opening")
        await _shown(others, OPENING_MILLI, time.perf_counter())
        for number in range(1, WARM_UP + sales + 1):
            await _sell(seller)
            took = await _shown(others, OPENING_MILLI - number * 1000, time.perf_counter())
            ours += took if number > WARM_UP else []
            bare.append(await trip())
    return distribution(
        f"sale answered → stock at {len(stores) - 1} other registers",
        ours,
        bare,
        "plain paho through the same broker and back, one row committed",
        p99_aim=Aim(value=1000),
    )


async def _sell(register: Register) -> None:
    line = {
        "description": "Pindakaas",
        "gtin": GTIN,
        "quantity_milli": 1000,
        "unit_price": 349,
        "tax_code": "low",
    }
    tenders = [{"type": "cash"}]
    await _put(register, "sales", lines=[line], tenders=tenders, print_receipt=False)


async def _put(register: Register, room: str, **body: object) -> None:
    asked = {"workstation": "till-1", "operator_id": "op-17", **body}
    await register.ask("PUT", f"/v1/{room}/{ulid()}", json.dumps(asked).encode())


async def _shown(registers: list[Register], on_hand: int, since: float) -> list[float]:
    """Look at the registers until each shows it; milliseconds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await asyncio.gather(*(_shows(each, on_hand, since) for each in registers))


async def _shows(register: Register, on_hand: int, since: float) -> float:
    while True:
        with contextlib.suppress(RuntimeError):  # 404 before it has heard of the article
            found = await register.ask("GET", f"/v1/stock/{GTIN}")
            if any(each["on_hand_milli"] == on_hand for each in found["locations"]):
                return (time.perf_counter() - since) * 1e3
        await asyncio.sleep(LOOK_SECONDS)


async def _catalogue(effort: Effort) -> list[Figure]:
    """A box that is new takes a catalogue, and sells meanwhile."""
    count = 100_000 if effort is FULL else 2_000
    quiet: list[float] = []
    busy: list[float] = []
    async with contextlib.AsyncExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = await stack.enter_async_context(Broker(kind="mosquitto"))
        await asyncio.to_thread(_keep, directory, count)
        await stack.enter_async_context(_office(directory, broker))
        port = await stack.enter_async_context(_box(directory, broker, STORES[0], 0))
        began = time.perf_counter()
        register = await stack.enter_async_context(connected(port))
        while (state := await register.ask("GET", "/v1/catalogue")).get("version") is None:
            busy.append(await _timed(register))
        took = time.perf_counter() - began
        if state["items"] != count:
            raise RuntimeError(f"The catalogue is not whole: {state}")
        quiet += [await _timed(register) for _ in range(max(len(busy), effort.sales))]
        bare = await _fetched(broker)
    said = f"afterwards; {len(busy)} sales while it came"
    return [
        Figure(
            name=f"catalogue of {count:,} articles to a box that is new",
            unit="s",
            measured=took,
            limit=bare,
            limit_is="plain paho takes the same messages from the broker",
        ),
        *distribution(f"sale while {count:,} articles come from the office", busy, quiet, said),
    ]


async def _timed(register: Register) -> float:
    began = time.perf_counter()
    await _sell(register)
    return (time.perf_counter() - began) * 1e3


async def _fetched(broker: Broker) -> float:
    """Seconds until a client that does nothing with them has all messages."""
    began, chunks = time.perf_counter(), 0
    topic = f"pos/v1/{ORGANIZATION}/{STORES[0]}/office/catalogue"
    async with Tap(broker.port, f"{topic}/manifest", f"{topic}/chunk/+") as tap:
        wanted = 1
        while chunks < wanted:
            message = await tap.next(lambda _: True)
            if message.topic.endswith("/manifest"):
                wanted = json.loads(message.payload)["chunk_count"]
            else:
                chunks += 1
    return time.perf_counter() - began


def _keep(directory: pathlib.Path, count: int) -> None:
    lists = Lists(items=tuple(item(number) for number in range(count)))
    store = open_store(str(directory / "office.db"), Limits())
    store.keep(ListKey(ORGANIZATION, EVERY_STORE, "catalogue"), lists, 1)
    store.close()


@contextlib.asynccontextmanager
async def _office(directory: pathlib.Path, broker: Broker) -> AsyncIterator[None]:
    office = OfficeProcess(directory / "office.db", broker.port)
    await office.start()
    try:
        yield
    finally:
        await office.terminate()


@contextlib.asynccontextmanager
async def _box(
    directory: pathlib.Path, broker: Broker, store: str, number: int
) -> AsyncIterator[int]:
    path = directory / f"edge-{number}.toml"
    told = CONFIGURATION.format(
        edge=f"edge-{number}",
        organization=ORGANIZATION,
        store=store,
        directory=directory / f"edge-{number}",
        token=TOKEN,
        port=broker.port,
    )
    await asyncio.to_thread(path.write_text, told, encoding="utf-8")
    async with running(EDGE_DAEMON, "run", "--config", str(path)) as daemon:
        yield daemon.port
