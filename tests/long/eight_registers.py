"""Eight registers at one box, with one printer, drawer, scanner and terminal between them.

    python -m tests.long.eight_registers --minutes 10 --state eight-registers.json

Each is paired, listens to the live stream, loses its line at random, and does at random what
registers do: sells for cash, sells by card with a lease on the terminal, prints, opens the drawer,
asks how things are. The daemon is a process of its own. At the end every register has heard exactly
what an undisturbed listener heard, and money, paper, pulses and journal agree with the answers.

Minutes are taken in slices of at most `--slice`; each is checked whole and counted in the state
file, so that a run that was broken off goes on with the next slice.
"""

import argparse
import asyncio
import collections
import contextlib
import pathlib
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from rich.console import Console
from rich.table import Table

from edge_daemon.client import (
    Card,
    Cash,
    DrawerOpening,
    Event,
    Register,
    SaleLine,
    pair,
)
from edge_daemon.client.connection import Connection, Line, new_id
from tests.benchmarks.figures import p50, p99
from tests.benchmarks.register import wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.long.figures_file import read_figures, write_figures
from tests.stories.counter import TOKEN, Counter

REGISTERS = 8
LINES = [SaleLine(description="Bread", unit_price=305, tax_code="low", quantity_milli=1000)]
THE_END = "4006381333931"
"""The last scan: after it nothing is compared."""
SCAN = "8710400145981"
NOTICES = frozenset({"subscribed", "resync"})
Answer = TypeVar("Answer")


class Figures(msgspec.Struct):
    """What was counted so far.

    Attributes:
        latencies: Milliseconds from the call to its answer, by operation.
        reconnects: How often a register opened the stream anew.
        events: What each register heard, all slices together.
        late_pulses: Drawers that were not opened because their turn came too late.
    """

    seconds: float = 0.0
    latencies: dict[str, list[float]] = {}
    reconnects: int = 0
    events: int = 0
    late_pulses: int = 0


class Done(msgspec.Struct):
    """What the registers were answered."""

    sold: int = 0
    cards: int = 0
    prints: int = 0
    pulses: int = 0


class Till:
    """One register: what it does, and what it hears."""

    def __init__(self, register: Register, shop: "Shop", seed: int) -> None:
        self.register = register
        self.heard: list[tuple[str, str]] = []
        self._shop = shop
        self._random = random.Random(seed)  # noqa: S311 - the same day in every run

    async def work(self, go_on: Callable[[], bool]) -> None:
        """Do one thing after the other."""
        acts = (self._cash, self._card, self._print, self._open_drawer, self._look)
        while go_on():
            await self._random.choices(acts, weights=(4, 3, 2, 1, 4))[0]()

    async def listen(self, *, disturbed: bool) -> None:
        """Hear everything until the end; when disturbed, lose the line again and again."""
        after: str | None = f"{self._shop.start}"
        while True:
            left = self._random.randint(3, 40) if disturbed else sys.maxsize
            async with self.register.events(after=after) as events:
                async for event in events:
                    after = event.id
                    if self._take(event):
                        return
                    left -= 1
                    if left <= 0:
                        break
            self._shop.figures.reconnects += 1

    def _take(self, event: Event) -> bool:
        """Note the event; True after the last one."""
        if event.type == "resync":
            raise AssertionError(f"a register was told to resync: {event}")
        if event.type not in NOTICES:
            kind = "scan" if event.type == "stale_scan" else event.type
            self.heard.append((event.id, kind))
        return event.data.get("scan_data") == THE_END

    async def _cash(self) -> None:
        sale = await self._timed(
            "sale, cash", self.register.sell(LINES, [Cash(amount=500)], total=305)
        )
        if sale.state != "completed" or sale.receipt is None or sale.receipt.state != "printed":
            raise AssertionError(str(sale))
        self._shop.done.sold += 1
        self._note_drawer(sale.drawer)

    async def _card(self) -> None:
        await self._have_terminal()
        try:
            sale = await self._timed(
                "sale, card", self.register.sell(LINES, [Card(amount=305)], total=305)
            )
        finally:
            await self.register.release("terminal")
        if sale.state != "completed" or sale.receipt is None or sale.receipt.state != "printed":
            raise AssertionError(str(sale))
        self._shop.done.sold += 1
        self._shop.done.cards += 1

    async def _have_terminal(self) -> None:
        """Wait in line for the terminal, as two cashiers do."""
        began = time.perf_counter()
        await self.register.lease("terminal", in_turn=True)
        self._shop.note("wait for the terminal's lease", began)

    async def _print(self) -> None:
        document = [{"type": "text", "text": "Kitchen: two soups"}, {"type": "cut"}]
        job = await self._timed("print", self.register.print(document))
        if job.state != "printed":
            raise AssertionError(str(job))
        self._shop.done.prints += 1

    async def _open_drawer(self) -> None:
        opening = await self._timed("open drawer", self.register.open_drawer("wisselgeld"))
        self._note_drawer(opening)

    def _note_drawer(self, opening: DrawerOpening | None) -> None:
        """It opened, or the pulse came too late on a busy machine, was not sent, and is told."""
        if opening is None or opening.state not in {"opened", "dropped"}:
            raise AssertionError(str(opening))
        if opening.state == "opened":
            self._shop.done.pulses += 1
        else:
            self._shop.figures.late_pulses += 1

    async def _look(self) -> None:
        await self._timed("read devices", self.register.devices())
        self._shop.scan()

    async def _timed(self, name: str, call: Awaitable[Answer]) -> Answer:
        began = time.perf_counter()
        answer = await call
        self._shop.note(name, began)
        return answer


class Shop:
    """The box, its simulated devices and the registers."""

    def __init__(self, counter: Counter, url: str, figures: Figures) -> None:
        self.figures = figures
        self.done = Done()
        self.start = ""
        self._counter = counter
        self._url = url

    def note(self, name: str, began: float) -> None:
        """An operation has ended."""
        took = (time.perf_counter() - began) * 1000
        self.figures.latencies.setdefault(name, []).append(round(took, 2))

    def scan(self, code: str = SCAN) -> None:
        """Somebody scans."""
        self._counter.scanner.scan(code)

    @contextlib.asynccontextmanager
    async def registers(self) -> AsyncIterator[list[Till]]:
        """Pair them all, and one more that only listens."""
        async with contextlib.AsyncExitStack() as stack:
            admin = await stack.enter_async_context(Register(self._url, TOKEN))
            events = await stack.enter_async_context(admin.events())
            self.start = (await anext(events)).id
            tills = []
            for number in range(REGISTERS + 1):
                register = Register(
                    self._url,
                    await self._token(number),
                    workstation=f"till-{min(number + 1, REGISTERS)}",
                    operator_id=f"op-{number}",
                )
                await stack.enter_async_context(register)
                tills.append(Till(register, self, number))
            yield tills

    async def day(self, go_on: Callable[[], bool]) -> None:
        """Work while it goes on; then compare."""
        async with self.registers() as (*tills, witness):
            async with asyncio.TaskGroup() as group:
                group.create_task(witness.listen(disturbed=False))
                for till in tills:
                    group.create_task(till.listen(disturbed=True))
                async with asyncio.TaskGroup() as working:
                    for till in tills:
                        working.create_task(till.work(go_on))
                self.scan(THE_END)
            for till in tills:
                if till.heard != witness.heard:
                    raise AssertionError(_difference(till.heard, witness.heard))
            await self._compare(witness.register)
            self.figures.events += len(witness.heard)

    async def _compare(self, register: Register) -> None:
        """Money, paper, pulses and journal agree with what was answered."""
        counted: collections.Counter[str] = collections.Counter()
        after: str | None = None
        while True:
            query: dict[str, str | int] = {"limit": 1000} | ({"after": after} if after else {})
            page = await register.get("/v1/journal", **query)
            if not page["entries"]:
                break
            for entry in page["entries"]:
                payload = entry["payload"]
                counted[f"{entry['entry_type']} {payload.get('status', '')}".strip()] += 1
            after = page["next"]
        done, printer = self.done, self._counter.printer
        # A pulse that comes while one is being given is ignored: the drawer is open by then.
        expected = (
            done.sold,
            done.sold + done.prints,
            done.pulses,
            done.cards * 305,
        )
        found = (
            counted["RetailTransaction Completed"],
            len(printer.receipts),
            len(printer.drawer_pulses) + printer.drawer.ignored,
            self._counter.terminal.ledger.booked(),
        )
        if found != expected:
            raise AssertionError(f"sales, papers, pulses, money: {found} instead of {expected}")

    async def _token(self, number: int) -> str:
        async with Connection(self._url, TOKEN, Line()) as admin:
            path = f"/v1/pairing-codes/{new_id()}"
            offered = await admin.put(dict[str, Any], path, {"print": False})
        code: str = offered["code"]["code"]
        return (await pair(self._url, code, name=f"register {number}")).token


def workstations() -> str:
    """The other seven, with the same devices."""
    devices = "".join(
        f'{family} = "{name}"\n'
        for family, name in (
            ("pos_printer", "printer"),
            ("cash_drawer", "drawer"),
            ("payment_terminal", "terminal"),
            ("scanner", "scanner"),
        )
    )
    return "".join(
        f'[[workstation]]\nname = "till-{number}"\n{devices}' for number in range(2, REGISTERS + 1)
    )


async def run(figures: Figures, go_on: Callable[[], bool]) -> Done:
    """One day with a box of its own."""
    async with Counter(relay=workstations()) as counter:
        configuration = str(counter.configuration())
        async with running(EDGE_DAEMON, "run", "--config", configuration) as edge:
            await wait_until_online(edge.port)
            began = time.perf_counter()
            shop = Shop(counter, f"http://127.0.0.1:{edge.port}", figures)
            await shop.day(go_on)
            figures.seconds += time.perf_counter() - began
            return shop.done


def show(figures: Figures, console: Console) -> None:
    """The table of latencies."""
    table = Table("operation", "times", "p50 ms", "p99 ms", "longest ms")
    for name, took in sorted(figures.latencies.items()):
        table.add_row(
            name, f"{len(took):,}", f"{p50(took):.1f}", f"{p99(took):.1f}", f"{max(took):.1f}"
        )
    console.print(table)
    console.print(
        f"{REGISTERS} registers, {figures.seconds:.0f} s, {figures.events:,} events each,"
        f" {figures.reconnects:,} reconnects, none lost; {figures.late_pulses} drawer pulses came"
        " too late and were not sent"
    )


def main() -> int:
    """Run until the minutes are there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--slice", type=float, default=10, help="minutes of one box")
    parser.add_argument("--state", type=pathlib.Path, default=pathlib.Path("eight-registers.json"))
    options = parser.parse_args()
    figures = read_figures(options.state, Figures)
    while (left := options.minutes * 60 - figures.seconds) > 1:
        end = time.monotonic() + min(left, options.slice * 60)
        asyncio.run(run(figures, lambda end=end: time.monotonic() < end))  # type: ignore[misc] # the end of this slice
        write_figures(options.state, figures)
    show(figures, Console())
    return 0


def _difference(heard: list[tuple[str, str]], expected: list[tuple[str, str]]) -> str:
    for number, (one, other) in enumerate(zip(heard, expected, strict=False)):
        if one != other:
            return f"event {number}: {one} instead of {other}"
    return f"{len(heard)} events instead of {len(expected)}"


if __name__ == "__main__":
    sys.exit(main())
