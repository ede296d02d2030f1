"""A whole counter in one process: simulators on real wires, the real daemon, a register.

`Counter` is entered once per test. `start`, `stop` and `crash` give the daemon its lives on the
same files; a crash drops all handles and says nothing to anybody.
"""

import asyncio
import contextlib
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from edge_daemon.app import Daemon, opened
from edge_daemon.config import load_configuration
from edge_daemon.events import Subscription
from edge_daemon.records import JournalEntry, decode_entry, new_ulid
from edge_daemon.records.payloads import Payload
from simulators.control import Simulator
from simulators.payment_terminal import PaymentTerminal
from simulators.pos_printer import PosPrinter
from simulators.scanner import Scanner

TOKEN = "a-token-for-the-tests"  # noqa: S105 - of the tests alone
CONFIGURATION = """
[edge]
id = "edge-0041"
organization = "org-1"
store = "8712345678906"
state_directory = "{directory}/state"

[api]
port = 0
token = "{token}"

[shop]
name = "De Hoekwinkel"
address = ["Dorpsstraat 1", "1234 AB Ons Dorp"]
kvk_number = "12345678"
vat_number = "NL123456789B01"
cash_rounding = {cash_rounding}
receipt_footer = ["Tot ziens!"]
{shop}

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[tax_code]]
code = "low"
rate_bp = 900
description = "9%"

[[workstation]]
name = "till-1"
pos_printer = "printer"
cash_drawer = "drawer"
payment_terminal = "terminal"
scanner = "scanner"
{more}

{devices}
{relay}
"""

DEVICES = ["printer", "drawer", "scanner", "terminal"]

_number = 0


def ulid() -> str:
    """A new id, as a register makes it."""
    global _number  # noqa: PLW0603 - ids of one run only have to differ
    _number += 1
    return new_ulid(1_795_248_000_000_000 + _number)


class Counter:
    """The counter of one shop."""

    def __init__(
        self,
        *,
        cash_rounding: int = 5,
        relay: str = "",
        shop: str = "",
        auto: bool = True,
        terminal: Callable[[pathlib.Path], Any] | None = None,
        more: Sequence[Simulator] = (),
        printer: PosPrinter | None = None,
        scanner: Callable[[pathlib.Path], Any] | None = None,
    ) -> None:
        """A counter; `more` devices belong to its workstation, too."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="counter-"))
        self.printer = printer or PosPrinter()
        self.scanner: Any = (
            Scanner(directory=self.directory) if scanner is None else scanner(self.directory)
        )
        books = self.directory / "terminal.sqlite"
        self.terminal: Any = (
            PaymentTerminal(ledger=books, auto=auto) if terminal is None else terminal(books)
        )
        self.more = more
        self.cash_rounding = cash_rounding
        self.relay = relay
        self.shop = shop
        self.client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30, trust_env=False
        )
        self._life: Life | None = None
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        for simulator in (self.printer, self.scanner, self.terminal, *self.more):
            await self._stack.enter_async_context(simulator)
        await self._stack.enter_async_context(self.client)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._life is not None:
            await self.stop()
        await self._stack.aclose()
        for _ in range(2):  # the key that signs the journal may still be on its way to the disk
            shutil.rmtree(self.directory, ignore_errors=True)

    def lose_the_card(self) -> None:
        """Take everything away that the box remembers; the journal's key may still be arriving."""
        while (self.directory / "state").exists():
            shutil.rmtree(self.directory / "state", ignore_errors=True)

    @property
    def daemon(self) -> Daemon:
        """The daemon of this life."""
        assert self._life is not None, "the daemon does not run"
        assert self._life.daemon is not None
        return self._life.daemon

    @property
    def url(self) -> str:
        """Where the API is."""
        host, port = self.daemon.addresses[0]
        return f"http://{host}:{port}"

    def configuration(self) -> pathlib.Path:
        """Write the TOML that points at the simulators."""
        simulators = (self.printer, self.scanner, self.terminal, *self.more)
        devices = "\n".join(each.toml() for each in simulators)
        path = self.directory / "edge-daemon.toml"
        path.write_text(
            CONFIGURATION.format(
                directory=self.directory,
                token=TOKEN,
                cash_rounding=self.cash_rounding,
                devices=devices,
                more="\n".join(f'{each.family} = "{each.name}"' for each in self.more),
                relay=self.relay,
                shop=self.shop,
            ),
            encoding="utf-8",
        )
        return path

    async def start(self, *, devices: bool = True) -> Daemon:
        """Start the daemon; wait until it serves, and until all devices are online."""
        self._life = Life(self.configuration())
        await self._life.start()
        await self.daemon.server.ready.wait()
        if devices:
            for name in DEVICES + self._more_names():
                async with asyncio.timeout(30):
                    await self.daemon.devices.wait_until_online(name)
        return self.daemon

    def _more_names(self) -> list[str]:
        return [each.name for each in self.more]

    async def stop(self) -> None:
        """Stop the daemon in good order."""
        assert self._life is not None
        life, self._life = self._life, None
        await life.stop()

    async def crash(self) -> None:
        """End the daemon's life at this moment: nothing more is written, nothing is answered."""
        assert self._life is not None
        life, self._life = self._life, None
        await life.crash()

    # --- a register ---

    async def put(self, path: str, body: dict[str, Any], **params: Any) -> httpx.Response:
        return await self.client.put(f"{self.url}{path}", json=body, params=params)

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return await self.client.post(f"{self.url}{path}", json=body)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(f"{self.url}{path}", params=params)

    async def sell(self, sale_id: str | None = None, **changes: Any) -> dict[str, Any]:
        """Sell and return the answer; `changes` replace parts of `sale()`."""
        response = await self.put(f"/v1/sales/{sale_id or ulid()}", sale(**changes))
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    # --- the journal ---

    async def entries(self) -> list[JournalEntry]:
        """Every entry, decoded from its bytes."""
        stored = await self.daemon.journal.read_after(None, limit=100_000, max_bytes=1 << 30)
        return [decode_entry(each.data) for each in stored]

    async def payloads(self, kind: type[Payload]) -> list[Any]:
        """The payloads of one type, in order."""
        return [each.payload for each in await self.entries() if isinstance(each.payload, kind)]


class Life:
    """One life of the daemon, as a task of its own."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self.daemon: Daemon | None = None
        self._begun = asyncio.Event()
        self._end = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._live())
        begun = asyncio.create_task(self._begun.wait())
        await asyncio.wait({self._task, begun}, return_when=asyncio.FIRST_COMPLETED)
        if not self._begun.is_set():
            begun.cancel()
            await self._task

    async def stop(self) -> None:
        assert self._task is not None
        self._end.set()
        await self._task

    async def crash(self) -> None:
        assert self._task is not None
        assert self.daemon is not None
        power_off(self.daemon)
        await self.stop()

    async def _live(self) -> None:
        async with opened(load_configuration(self._path)) as daemon:
            self.daemon = daemon
            running = asyncio.create_task(daemon.run())
            self._begun.set()
            ending = asyncio.create_task(self._end.wait())
            await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def power_off(daemon: Daemon) -> None:
    """From this moment on nothing reaches the disk, and what waits for it waits for ever."""
    writer = daemon.journal._writer
    writer._perform = _nothing  # type: ignore[method-assign]  # the disk is gone
    daemon.tasks.drop()
    daemon.close = lambda: _drop(daemon)  # type: ignore[method-assign]  # nobody says goodbye


def _nothing(batch: list[Any]) -> None:
    """What a disk without power does."""


async def _drop(daemon: Daemon) -> None:
    """Let go of the files, as the kernel does for a process that was killed."""
    daemon.tasks.drop()
    await daemon.catalogue.close()
    await daemon.state.close()
    await daemon.journal.close()


async def next_event(heard: Subscription, kind: str) -> dict[str, Any]:
    """Wait for the next event of that type on the live stream, and return its data."""
    async with asyncio.timeout(20):
        async for message in heard:
            if message.type == kind:
                data: dict[str, Any] = msgspec.json.decode(message.text)["data"]
                return data
    raise AssertionError("the stream ended")


class PowerCut:
    """Cuts the power at the n-th commit from now on.

    Attributes:
        happened: Set when it is over.
    """

    def __init__(self, daemon: Daemon, commit: int, *, after: bool) -> None:
        """Before the commit is on disk, or right after, before anybody is told."""
        self.happened = asyncio.Event()
        self._daemon = daemon
        self._left = commit
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._perform = daemon.journal._writer._perform
        daemon.journal._writer._perform = self._count  # type: ignore[method-assign]  # the fuse

    def withdraw(self) -> None:
        """Let the power stay, if it is not gone yet."""
        if not self.happened.is_set():
            self._daemon.journal._writer._perform = self._perform  # type: ignore[method-assign]  # as it was

    def _count(self, batch: list[Any]) -> None:
        self._left -= 1
        if self._left > 0:
            self._perform(batch)
            return
        writer = self._daemon.journal._writer
        if self._left == 0 and self._after:
            writer._settle = _nothing  # type: ignore[method-assign]  # nobody is told
            self._perform(batch)
        self._loop.call_soon_threadsafe(self.happened.set)


def sale(**changes: Any) -> dict[str, Any]:
    """A basket of two rates; 10.02 in all."""
    return {
        "workstation": "till-1",
        "operator_id": "op-17",
        "lines": [
            {
                "description": "Pindakaas",
                "gtin": "8710400145981",
                "quantity_milli": 2000,
                "unit_price": 349,
                "tax_code": "low",
                "entry_method": "Scanned",
            },
            {
                "description": "Afwasborstel",
                "quantity_milli": 1000,
                "unit_price": 304,
                "tax_code": "high",
            },
        ],
        "tenders": [{"type": "cash", "amount": 2000}],
    } | changes


def basket(**changes: Any) -> dict[str, Any]:
    """What was rung up before anybody paid."""
    return {name: value for name, value in sale().items() if name != "tenders"} | changes


CARD: dict[str, Any] = {"tenders": [{"type": "card"}]}
"""A sale paid contactless."""
