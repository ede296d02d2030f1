"""What a simulated payment terminal has beside its protocol: a port, a customer, and hands.

A protocol's terminal inherits it and says what happens on a connection (`serve`), when the plug
is pulled (`stop`) and when it comes back (`start`).
"""

import asyncio
import collections
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from simulators.control import Faults, UnknownNameError, unknown
from simulators.payment_terminal.customer import ACTIONS, Customer

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
READ_SIZE = 4096
RECORDED = 2000
"""Messages whose names are remembered."""


class Link:
    """One connection, which can be dropped at any moment."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: Faults
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._faults = faults

    @property
    def peer(self) -> str:
        """The other side's address."""
        address: str = self._writer.get_extra_info("peername")[0]
        return address

    async def read(self) -> bytes:
        """Wait for bytes; none when the other side is gone."""
        try:
            return await self._reader.read(READ_SIZE)
        except OSError:
            return b""

    async def send(self, data: bytes) -> None:
        """Send bytes, with `dribble` one by one; into a broken connection they are lost."""
        step = 1 if "dribble" in self._faults else len(data)
        with contextlib.suppress(OSError):
            for start in range(0, len(data), step):
                self._writer.write(data[start : start + step])
                await self._writer.drain()
                await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Close the connection when all that was sent has left."""
        self._writer.close()

    def drop(self) -> None:
        """Break the connection without a word."""
        self._writer.transport.abort()


class TerminalStand:
    """One simulated terminal.

    Args:
        name: Its name in the TOML.
        faults: What can go wrong, by name.
        port: 0 takes a free one; `port` tells which.
        auto: Every customer taps at once.
    """

    family = "payment_terminal"

    def __init__(self, name: str, faults: Mapping[str, str], *, port: int, auto: bool) -> None:
        self.name = name
        self.port = port
        self.faults = Faults(faults)
        self.customer = Customer(auto=auto)
        self.step = "idle"
        self.traffic: collections.deque[tuple[str, str]] = collections.deque(maxlen=RECORDED)
        self._changed = asyncio.Event()
        self._links: dict[Link, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
        self._hands: dict[str, Callable[..., Awaitable[None]]] = {
            "tap": self._tap,
            "insert_pin": self._insert_pin,
            "refuse": self._leave,
            "walk_away": self._leave,
            "auto": self._auto,
            "power_cut": self.power_cut,
        }

    async def start(self) -> None:
        """Come up: settle what a power cut left open."""

    async def serve(self, link: Link) -> None:
        """Serve one connection."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Lose power: whatever runs ends where it stands."""

    def let_go(self) -> None:
        """Close the books."""

    async def __aenter__(self) -> Self:
        """Switch the terminal on."""
        await self.start()
        self._server = await asyncio.start_server(self._welcome, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch it off."""
        if self._server is not None:
            self._server.close()
        await self._lose_power()
        self.let_go()
        self._server = None

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return ACTIONS

    @property
    def tills(self) -> int:
        """How many connections there are."""
        return len(self._links)

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what the customer, or somebody behind the counter, does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument is unknown or of the wrong kind.
        """
        if action not in self._hands:
            raise UnknownNameError(unknown("action", action, self._hands))
        try:
            await self._hands[action](**arguments)
        except TypeError as error:
            raise ValueError(f"{action} does not take these arguments: {error}.") from error

    def show(self, step: str) -> None:
        """Tell where the running request stands."""
        self.step = step
        self._changed.set()

    def record(self, sender: str, message: str) -> None:
        """Remember the name of a message: of the till ("ecr") or of the terminal ("pt")."""
        self.traffic.append((sender, message))
        self._changed.set()

    async def until(self, step: str) -> None:
        """Wait until the terminal stands at a step, such as `idle` or `waiting_for_card`."""
        await self._until(lambda: self.step == step)

    async def until_heard(self, message: str, sender: str = "ecr", times: int = 1) -> None:
        """Wait until messages of this name were sent by the till, or by us ("pt")."""
        await self._until(lambda: self.traffic.count((sender, message)) >= times)

    async def power_cut(self) -> None:
        """Pull the plug and put it back."""
        await self._lose_power()
        await self.start()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def _lose_power(self) -> None:
        tasks = set(self._links.values())
        for link in list(self._links):
            link.drop()
        for task in tasks:
            task.cancel()
        await self.stop()
        if tasks:
            await asyncio.wait(tasks)
        self.show("idle")

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link, task = Link(reader, writer, self.faults), asyncio.current_task()
        if task is None:
            return
        self._links[link] = task
        try:
            await self.serve(link)
        except asyncio.CancelledError:
            _log.debug("%s lost its power.", self.name)
        finally:
            del self._links[link]
            link.hang_up()

    async def _tap(self, **card: str) -> None:
        self.customer.present(contactless=True, **card)

    async def _insert_pin(self, **card: str) -> None:
        self.customer.present(contactless=False, **card)

    async def _leave(self) -> None:
        self.customer.leave()

    async def _auto(self, *, on: bool = True) -> None:
        self.customer.auto = on
