"""Leases: a register has a scanner, scale or terminal to itself for as long as it listens.

Theory of operation. Two registers may share one scanner, scale or terminal. Whoever holds the
lease gets the scans and weights, or may start a payment; the other is told who has it. A lease has
no end of its own that a register would have to put off: it lives as long as its register has the
live stream open, and for a short grace without, in which a page is loaded anew. So a register that
was switched off keeps nothing from the others.

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
    """

    device: str
    workstation: str | None = None
    holder: str | None = None
    taken_us: int | None = None


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

    def all(self) -> list[Lease]:
        """The leases that are held."""
        return [each.lease for each in self._held.values()]

    def get(self, device: str) -> Lease:
        """The device's lease; without a holder where nobody has it."""
        held = self._held.get(device)
        return Lease(device=device) if held is None else held.lease

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
            NotAllowedError: Another register has it.
        """
        held = self._held.get(device)
        if held is not None:
            if (held.register, held.lease.workstation) != (register, workstation):
                raise NotAllowedError(taken(held.lease))
            return held.lease
        lease = Lease(
            device=device, workstation=workstation, holder=name, taken_us=self._clock.now_us()
        )
        self._held[device] = _Held(register, lease)
        self._publish(LEASE_CHANGED, lease, device=device)
        if not self._streams[register]:
            self._begin_grace(register)
        return lease

    def release(self, device: str, *, register: str | None = None) -> Lease:
        """Give the device back. What nobody has stays so.

        Args:
            device: A configured device.
            register: Who gives it back; None takes it from whoever has it.

        Raises:
            NotAllowedError: Another register has it.
        """
        held = self._held.get(device)
        if held is not None:
            if register not in (None, held.register):
                raise NotAllowedError(taken(held.lease))
            self._end(device)
        return Lease(device=device)

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


def taken(lease: Lease) -> str:
    """Who has the device, and what to do, in words."""
    return (
        f"{lease.workstation} ({lease.holder}) has {lease.device} to itself. Wait until it gives it"
        " back, or close that register: ten seconds later it is free."
    )
