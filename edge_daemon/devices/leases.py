"""Leases: a register has a scanner, scale, reader or terminal to itself for as long as it listens.

Theory of operation. Two registers may share a scanner, scale, reader or terminal. Whoever holds the
lease gets the scans, weights and cards, or may start a payment; the other is told who has it. A
lease has no end of its own that a register would have to put off: it lives as long as its register
has the live stream open, and for a short grace without, in which a page is loaded anew. So a
register that was switched off keeps nothing from the others.

Who wants a device that another has may wait in line (`waiting`): the device goes to the first who
stands there, in the order they came, and to nobody else in between.

A lease is about now, so it is kept in memory: after a restart of the daemon a register, which is
told `resync`, takes its leases again.
"""

import asyncio
import collections
import contextlib
from collections.abc import Iterator

import msgspec

from edge_daemon.clock import Clock
from edge_daemon.devices.publishing import Publish
from edge_daemon.devices.waiting import Place, WaitingLine
from edge_daemon.errors import NotAllowedError

GRACE_SECONDS = 10.0
"""Without the stream: a page is loaded anew, a tablet changes its access point."""
LEASE_CHANGED = "lease_changed"
"""The live stream's event for a lease that was taken, or has ended."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a device to itself.

    Attributes:
        device: The configured device.
        workstation: The register's workstation; None while nobody has it.
        holder: The name of the register's token; None while nobody has it.
        taken_us: When, microseconds since 1970 UTC.
        waiting: Registers that wait for it.
        place: Of the asking register in that line, 1 is next; absent where it does not wait.
    """

    device: str
    workstation: str | None = None
    holder: str | None = None
    taken_us: int | None = None
    waiting: int = 0
    place: int | None = None


class _Held(msgspec.Struct, frozen=True):
    """A lease, with the id of its register's token."""

    register: str
    lease: Lease


class Leases:
    """Who has which device. Made on the running event loop, whose timers end the leases."""

    def __init__(
        self, clock: Clock, publish: Publish, *, grace_seconds: float = GRACE_SECONDS
    ) -> None:
        """Take the live stream, which is told of every change."""
        self._clock = clock
        self._publish = publish
        self._grace_seconds = grace_seconds
        self._held: dict[str, _Held] = {}
        self._streams: collections.Counter[str] = collections.Counter()
        self._ends: dict[str, asyncio.TimerHandle] = {}
        self._lines: dict[str, WaitingLine] = {}

    def all(self) -> list[Lease]:
        """The leases that are held."""
        return [self.get(device) for device in self._held]

    def get(self, device: str) -> Lease:
        """The device's lease; without a holder where nobody has it."""
        held, line = self._held.get(device), self._lines.get(device)
        lease = Lease(device=device) if held is None else held.lease
        return lease if not line else msgspec.structs.replace(lease, waiting=len(line))

    def holder(self, device: str) -> str | None:
        """The id of the token that has the device; None while nobody has."""
        held = self._held.get(device)
        return None if held is None else held.register

    def take(self, device: str, *, register: str, name: str, workstation: str) -> Lease:
        """Give the device to a register. Taking again what one has changes nothing.

        Args:
            device: A configured device.
            register: The id of the register's token.
            name: The token's name, for people.
            workstation: For which it acts.

        Raises:
            NotAllowedError: Another register has it, or is next in line.
        """
        held, line = self._held.get(device), self._line(device)
        if held is not None:
            if (held.register, held.lease.workstation) != (register, workstation):
                raise NotAllowedError(taken(held.lease))
            return held.lease
        first = line.first
        if first is not None and (first.register, first.workstation) != (register, workstation):
            raise NotAllowedError(f"{first.workstation} ({first.name}) is next in line: wait, too.")
        if first is None:
            self._give(device, register, name, workstation)
        else:
            self._serve(device, first)
        return self.get(device)

    async def take_in_turn(
        self, device: str, *, register: str, name: str, workstation: str, seconds: float
    ) -> Lease:
        """As `take`, but wait in line for at most so long where another register has the device.

        Returns:
            The lease; with a `place` where the register still waits. It keeps its place for
            `PLACE_SECONDS`: it is to ask again.

        Raises:
            NotAllowedError: It has given up its place meanwhile.
        """
        with contextlib.suppress(NotAllowedError):
            return self.take(device, register=register, name=name, workstation=workstation)
        line = self._line(device)
        place = line.join(register, name, workstation)
        if await line.wait(place, seconds):
            return self.get(device)
        number = line.number_of(place)
        if number is None:
            raise NotAllowedError(f"{workstation} ({name}) waits for {device} no longer.")
        return msgspec.structs.replace(self.get(device), place=number)

    def release(self, device: str, *, register: str | None = None) -> Lease:
        """Give the device back, or give up waiting for it. What nobody has stays so.

        Args:
            device: A configured device.
            register: Who gives it back; None takes it from whoever has it.

        Raises:
            NotAllowedError: Another register has it.
        """
        held, line = self._held.get(device), self._line(device)
        waits = register is not None and line.has(register)
        if waits and register is not None:
            line.leave(register)
        elif held is not None and register not in (None, held.register):
            raise NotAllowedError(taken(held.lease))
        if held is not None and register in (None, held.register):
            self._end(device)
        return self.get(device)

    def refusal(self, device: str, workstation: str | None) -> str | None:
        """Why that workstation may not use the device now; None where it may."""
        held = self._held.get(device)
        if held is None or held.lease.workstation == workstation:
            return None
        return taken(held.lease)

    @contextlib.contextmanager
    def listening(self, register: str) -> Iterator[None]:
        """While entered, the register is there: its leases do not end by themselves."""
        self._streams[register] += 1
        self._end_grace(register)
        try:
            yield
        finally:
            self._streams[register] -= 1
            if not self._streams[register]:
                del self._streams[register]
                self._begin_grace(register)

    def _line(self, device: str) -> WaitingLine:
        if device not in self._lines:
            self._lines[device] = WaitingLine(lambda: self._offer(device))
        return self._lines[device]

    def _give(self, device: str, register: str, name: str, workstation: str) -> None:
        lease = Lease(
            device=device, workstation=workstation, holder=name, taken_us=self._clock.now_us()
        )
        self._held[device] = _Held(register, lease)
        self._publish(LEASE_CHANGED, lease, device=device)
        if not self._streams[register]:
            self._begin_grace(register)

    def _offer(self, device: str) -> None:
        """Serve the first in line, if it waits at this moment; else it has a while to ask again."""
        line = self._line(device)
        first = line.first
        if device in self._held or first is None or not first.waiting:
            return
        self._serve(device, first)

    def _serve(self, device: str, first: Place) -> None:
        first.served.set()
        self._give(device, first.register, first.name, first.workstation)
        self._line(device).remove(first)

    def _begin_grace(self, register: str) -> None:
        self._end_grace(register)
        if any(each.register == register for each in self._held.values()):
            loop = asyncio.get_running_loop()
            self._ends[register] = loop.call_later(self._grace_seconds, self._give_up, register)

    def _end_grace(self, register: str) -> None:
        timer = self._ends.pop(register, None)
        if timer is not None:
            timer.cancel()

    def _give_up(self, register: str) -> None:
        del self._ends[register]
        for device in [name for name, each in self._held.items() if each.register == register]:
            self._end(device)

    def _end(self, device: str) -> None:
        del self._held[device]
        self._publish(LEASE_CHANGED, Lease(device=device), device=device)
        self._offer(device)


def taken(lease: Lease) -> str:
    """Who has the device, and what to do, in words."""
    return (
        f"{lease.workstation} ({lease.holder}) has {lease.device} to itself. Wait until it gives it"
        " back, or close that register: ten seconds later it is free."
    )
