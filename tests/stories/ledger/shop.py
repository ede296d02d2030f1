"""A terminal, a wire to it, a daemon in one of its lives, and the register's line to that."""

import asyncio
import contextlib
import pathlib
import shutil
import tempfile
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from edge_daemon.app import Daemon
from edge_daemon.devices import Readiness
from edge_daemon.records import Position, decode_entry
from edge_daemon.records.payloads import PaymentState
from tests.stories.counter import TOKEN, Life, power_off
from tests.stories.ledger.haste import LOOK, hasten
from tests.stories.ledger.lives import KilledLife
from tests.stories.ledger.oracle import judge_waiting
from tests.stories.ledger.till import Till
from tests.stories.ledger.under_test import TerminalUnderTest
from tests.stories.ledger.wire import Wire

WAITING = frozenset({PaymentState.MANUAL_REVIEW, PaymentState.AWAITING_SIGNATURE})
"""Open, and nothing moves by itself."""
MEMORY = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None  # noqa: S108 - where it is quick
"""A killed process leaves its files here as it would on a disk, and no sync takes time."""
PATIENCE = 10_000.0
"""Seconds on a clock that leaps: a register that waits until it is told."""
SETTLE_SECONDS = 100.0
"""Real seconds; a step is settled in some milliseconds, where nothing else runs."""
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
cash_rounding = 5

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[workstation]]
name = "till-1"
payment_terminal = "terminal"

{terminal}
"""


class Answer(NamedTuple):
    """What a register got; `status` 0: nothing, the daemon died or the register left."""

    status: int
    body: dict[str, Any]


class Shop:
    """One shop for one evening.

    Args:
        terminal: Makes the terminal; it keeps its books in the folder given to it.
        seed: The evening's; the folder is named after it.
    """

    def __init__(self, terminal: Callable[[pathlib.Path], TerminalUnderTest], seed: int) -> None:
        self._directory = pathlib.Path(tempfile.mkdtemp(prefix="ledger-", dir=MEMORY))
        books = self._directory / f"terminal-{seed}"
        books.mkdir()
        self.terminal = terminal(books)
        self.till = Till()
        self._position: Position | None = None
        self._life: Life | None = None
        self._killed: KilledLife | None = None
        self._stack = contextlib.AsyncExitStack()
        self._configuration = self._directory / "edge-daemon.toml"
        self.wire = Wire(self.terminal.connect)
        self._appended = 0
        self._cutting: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        hurrying = asyncio.create_task(hasten(self._activity))
        self._stack.callback(hurrying.cancel)
        await self._stack.enter_async_context(self.terminal.simulator)
        await self._stack.enter_async_context(self.wire)
        self._client = await self._stack.enter_async_context(
            httpx.AsyncClient(
                headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE, trust_env=False
            )
        )
        self._configuration.write_text(
            CONFIGURATION.format(
                directory=self._directory,
                token=TOKEN,
                terminal=self.terminal.toml(self.wire.port),
            ),
            encoding="utf-8",
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
        await self._stack.aclose()
        shutil.rmtree(self._directory)

    @property
    def daemon(self) -> Daemon:
        """The daemon of this life, in this process."""
        assert self._life is not None
        assert self._life.daemon is not None
        return self._life.daemon

    @property
    def open_in_process(self) -> bool:
        """True while a daemon lives in this process."""
        return self._life is not None

    @property
    def url(self) -> str:
        """Where the API is."""
        if self._killed is not None:
            return self._killed.url
        host, port = self.daemon.addresses[0]
        return f"http://{host}:{port}"

    async def open(self) -> None:
        """Start the daemon in this process, and wait until it serves."""
        self._life = Life(self._configuration)
        await self._life.start()
        self.daemon.journal.on_append(self._note)
        await self.daemon.server.ready.wait()

    async def close(self) -> None:
        """Stop the daemon in good order."""
        if self._life is not None:
            life, self._life = self._life, None
            await life.stop()

    def lose_power(self) -> None:
        """From this moment the daemon in this process writes and says nothing more."""
        power_off(self.daemon)
        self.wire.cut()

    def power_cut(self) -> None:
        """Pull the terminal's plug, and put it back."""
        self._cutting = asyncio.create_task(self.terminal.simulator.hand("power_cut"))

    async def crash(self) -> None:
        """Bury the daemon in this process; nothing more is written, nothing is answered."""
        if self._life is not None:
            life, self._life = self._life, None
            await life.crash()

    async def open_outside(self) -> None:
        """Start the daemon in a process of its own instead."""
        await self.close()
        self._killed = KilledLife(self._configuration)
        await self._killed.start()
        while not await self._online_outside():
            pass

    def kill(self) -> None:
        """Kill that process."""
        assert self._killed is not None
        self._killed.kill()

    async def bury(self) -> None:
        """Wait until that process is gone."""
        if self._killed is not None:
            self._killed.kill()
            await self._killed.ended()
            self._killed = None

    # --- a register ---

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **params: Any
    ) -> Answer:
        """Call the API; whatever happens to the daemon meanwhile, an answer comes back."""
        if self._life is None and self._killed is None:
            return Answer(0, {})
        try:
            response = await self._client.request(
                method, f"{self.url}{path}", json=body, params=params
            )
        except httpx.TransportError:
            return Answer(0, {})
        if response.headers["content-type"].startswith("text/plain"):
            return Answer(0, {})  # the last word of a server whose daemon has just died
        return Answer(response.status_code, response.json())

    # --- until nothing moves any more ---

    async def _online_outside(self) -> bool:
        devices = (await self.ask("GET", "/v1/devices")).body["devices"]
        return all(each["state"] == "online" for each in devices)

    async def settle(self) -> None:
        """Wait until the terminal is idle and every payment has an end or a person to ask.

        Raises:
            TimeoutError: It never comes to that.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        while not await self._is_settled():
            if time.monotonic() > deadline:
                raise TimeoutError(await self._what_moves())
            await self._something()

    async def read(self) -> None:
        """Read on in the journal."""
        stored = await self.daemon.journal.read_after(
            self._position, limit=10_000, max_bytes=1 << 28
        )
        if stored:
            self._position = stored[-1].position
        self.till.read(decode_entry(each.data) for each in stored)

    async def what_the_daemon_says_otherwise(self) -> list[str]:
        """Hold the daemon's own tables, which registers see, against the journal as we read it."""
        payments, wrong = self.daemon.payments, []
        for paid in self.till.payments.values():
            told = await payments.get(paid.id)
            said = told and (told.state, bool(told.approved), told.held_amount)
            if said != (paid.state, paid.has_money, paid.amount):
                wrong.append(f"the daemon says {said} of {paid}")
        due = {told.id for told in await payments.refunds_due()}
        if due != {paid.id for paid in self.till.refunds_due()}:
            wrong.append(f"the daemon wants {due} to be given back")
        return wrong

    async def _is_settled(self) -> bool:
        """Nothing is under way, and every sale that waits knows what its cards have paid."""
        device = self.daemon.devices.state("terminal")
        if self._cutting is not None:
            await self._cutting
            self._cutting = None
        answering = self.daemon.server._server.server_state.tasks  # also to a register that left
        if self.terminal.busy or device.state is not Readiness.ONLINE or self.daemon.tasks.running:
            return False
        if answering:
            return False
        open_payments = await self.daemon.payments.open()
        if any(each.state not in WAITING for each in open_payments):
            return False
        await self.read()
        return not any(judge_waiting(sale, self.till) for sale in self.till.sales.values())

    async def _what_moves(self) -> str:
        states = [(each.id, each.state) for each in await self.daemon.payments.open()]
        device = self.daemon.devices.state("terminal")
        sales = [judge_waiting(sale, self.till) for sale in self.till.sales.values()]
        return (
            f"the terminal is {self.terminal.simulator.state()['step']}, the device {device}, tasks"
            f" {self.daemon.tasks.running}, open payments {states}, sales {sales}"
        )

    async def _something(self) -> None:
        """Wait for an entry in the journal, or for a look's time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await self._changed.wait()
        self._changed.clear()

    def _note(self, entries: object) -> None:
        del entries
        self._appended += 1
        self._changed.set()

    def _activity(self) -> object:
        """What changes while something happens; a daemon outside has a clock of its own."""
        return object() if self._killed is not None else (self.wire.passed, self._appended)
