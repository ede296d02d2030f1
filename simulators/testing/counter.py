"""What a test does at the counter, and what it looks at there.

Everything here may be called from any thread and returns when it is done. The simulators and the
daemon live elsewhere: in another thread, and in a process of its own.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_daemon.client import Card, Cash, Sale, SaleLine
from simulators.control import Json, Simulator, unknown
from simulators.pos_printer import Receipt
from simulators.shop.configuration import WORKSTATION
from simulators.shop.counter import OpenCounter, opened_counter
from simulators.testing.loop import Loop, running_loop

PATIENCE = 10.0
"""Seconds that a test waits for something, unless it says otherwise."""
START_SECONDS = 90.0
_PUT_RIGHT = (
    "plug_in",
    "power_on",
    "switch_on",
    "close_cover",
    "replace_paper",
    "close_drawer",
    "take_off",
)
"""What a hand does before each test, where a device has it."""


class CounterError(AssertionError):
    """Raised when something did not happen in time; the message says how things stand."""


class Device:
    """One simulated device. Each of its actions is a method: `counter.printer.paper_out()`."""

    def __init__(self, loop: Loop, simulator: Simulator) -> None:
        self._loop = loop
        self._simulator = simulator

    @property
    def name(self) -> str:
        """Its name in the daemon's configuration."""
        return self._simulator.name

    @property
    def state(self) -> Json:
        """What a person sees of it, at this moment."""
        return self._loop.call(self._simulator.state)

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here, each with a sentence."""
        return self._simulator.actions

    @property
    def faults(self) -> Mapping[str, str]:
        """What can go wrong here, each with a sentence."""
        return self._simulator.faults.descriptions

    def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument is wrong.
        """
        self._loop.run(self._simulator.hand(action, **arguments))

    def __getattr__(self, action: str) -> Any:  # noqa: ANN401 - a function of any arguments
        if action.startswith("_") or action not in self._simulator.actions:
            raise AttributeError(unknown("action", action, self._simulator.actions))
        return lambda **arguments: self.hand(action, **arguments)

    def fail(self, fault: str, *, on: bool = True) -> None:
        """Switch a fault on or off; it ends with the test.

        Raises:
            UnknownNameError: There is no such fault.
        """
        self._loop.call(lambda: self._simulator.faults.switch(fault, on=on))

    def put_right(self) -> None:
        """Switch every fault off, and mend what a hand can mend."""
        for fault in self._simulator.faults.descriptions:
            self.fail(fault, on=False)
        for action in _PUT_RIGHT:
            if action in self._simulator.actions:
                self.hand(action)


class Drawer:
    """The cash drawer at the printer."""

    def __init__(self, printer: Device) -> None:
        self._printer = printer

    @property
    def is_open(self) -> bool:
        """Whether it stands open."""
        return bool(self._printer.state["drawer_open"])

    @property
    def kicks(self) -> int:
        """How often it was told to open, since the counter was opened."""
        return int(self._printer.state["drawer_pulses"])

    def close(self) -> None:
        """Push it shut."""
        self._printer.hand("close_drawer")


class Counter:
    """A counter with a printer, a drawer, a scanner, a terminal, and the box under it.

    Attributes:
        url: Where the daemon's API is.
        token: What opens it: `Authorization: Bearer …`.
        control_url: Where the devices are controlled over HTTP, for tests in other languages.
        workstation: The workstation that has the devices.
    """

    workstation = WORKSTATION

    def __init__(self, loop: Loop, opened: OpenCounter) -> None:
        self._loop = loop
        self._opened = opened
        self.url = opened.box.url
        self.token = opened.token
        self.control_url = opened.control_url
        self.printer = Device(loop, opened.devices.printer)
        self.scanner = Device(loop, opened.devices.scanner)
        self.terminal = Device(loop, opened.devices.terminal)
        self.drawer = Drawer(self.printer)
        self._first_receipt = 0

    # --- people ---

    def scan(self, data: str, symbology: str | None = None) -> None:
        """Hold a code before the scanner."""
        more = {} if symbology is None else {"symbology": symbology}
        self.scanner.hand("scan", data=data, **more)

    def tap(self, card: str = "mastercard") -> None:
        """Tap a card, now or as soon as the terminal asks; `empty` is one that is declined."""
        self.terminal.hand("tap", card=card)

    def insert_pin(self, card: str = "mastercard") -> None:
        """Insert a card and enter the right PIN."""
        self.terminal.hand("insert_pin", card=card)

    def decline(self) -> None:
        """Tap a card without money."""
        self.tap("empty")

    def walk_away(self) -> None:
        """Leave the terminal without paying."""
        self.terminal.hand("walk_away")

    def cut_power(self) -> None:
        """Pull the box's mains plug: `kill -9`."""
        self._loop.run(self._opened.box.pull(), START_SECONDS)

    def restore_power(self) -> None:
        """Put the plug back, and wait until the box has all its devices."""
        self._loop.run(self._opened.restore_power(), START_SECONDS)

    # --- what there is to see ---

    def device(self, name: str) -> Device:
        """Any device by its name, such as `display` or `scale`.

        Raises:
            LookupError: There is none; the message lists what there is.
        """
        known = self._opened.devices.by_name
        if name not in known:
            raise LookupError(unknown("device", name, known))
        return Device(self._loop, known[name])

    @property
    def devices(self) -> Sequence[str]:
        """The names of all devices."""
        return tuple(self._opened.devices.by_name)

    @property
    def receipts(self) -> Sequence[Receipt]:
        """The pieces of paper that came out in this test, the latest last: `.text`, `.png()`."""
        printer = self._opened.devices.printer
        return self._loop.call(lambda: printer.receipts[self._first_receipt :])

    def wait_for_receipt(self, count: int = 1, seconds: float = PATIENCE) -> Receipt:
        """Wait until `count` pieces of paper have come out in this test; returns the last of them.

        Raises:
            CounterError: There were fewer.
        """
        printer = self._opened.devices.printer
        wanted = self._first_receipt + count
        try:
            return self._loop.run(printer.wait_for_receipt(wanted, seconds))
        except TimeoutError:
            raise CounterError(
                f"After {seconds:g} s {len(self.receipts)} of {count} receipts have come out. "
                f"The printer: {self.printer.state}"
            ) from None

    def wait_for_terminal(self, step: str = "waiting_for_card", seconds: float = PATIENCE) -> None:
        """Wait until the terminal stands at a step.

        Raises:
            CounterError: It does not.
        """
        try:
            self._loop.run(self._opened.devices.terminal.until(step), seconds)
        except TimeoutError:
            raise CounterError(
                f"After {seconds:g} s the terminal is {self.terminal.state['step']}, not {step}."
            ) from None

    # --- a register, for tests that bring none ---

    def sell(
        self,
        lines: Sequence[SaleLine],
        tenders: Sequence[Cash | Card],
        **more: Any,  # noqa: ANN401 - the SDK's
    ) -> Sale:
        """Sell at this workstation; see `edge_daemon.client.Register.sell`."""
        return self._loop.run(self._opened.register.sell(lines, tenders, **more))

    def get(self, path: str, **query: str | int) -> Json:
        """Read something of the daemon's API, such as `/v1/health`."""
        return self._loop.run(self._opened.register.get(path, **query))

    def journal(self) -> list[Json]:
        """Every entry of the daemon's journal, the oldest first."""
        entries: list[Json] = []
        place: dict[str, str] = {}
        while (page := self.get("/v1/journal", **place))["entries"]:
            entries += page["entries"]
            place = {"after": page["next"]}
        return entries

    # --- between tests ---

    def put_right(self) -> None:
        """Make the counter as new, but for the journal: no faults, no paper, no customer."""
        for simulator in self._opened.devices.all:
            Device(self._loop, simulator).put_right()
        self._loop.call(self._opened.devices.terminal.customer.forget)
        if not self._opened.box.plugged_in:
            self.restore_power()
        self._first_receipt = len(self._opened.devices.printer.receipts)


@contextlib.contextmanager
def open_counter(directory: Path, *, language: str = "en", more: str = "") -> Iterator[Counter]:
    """Open a counter for tests; it takes about two seconds.

    Args:
        directory: For its files; it exists.
        language: Of the receipts, `nl` or `en`.
        more: TOML to add to the daemon's configuration, such as doors or allowed origins.
    """
    with running_loop() as loop:
        opening = opened_counter(directory, language=language, more=more)
        opened = loop.run(opening.__aenter__(), START_SECONDS)
        try:
            yield Counter(loop, opened)
        finally:
            loop.run(opening.__aexit__(None, None, None), START_SECONDS)
