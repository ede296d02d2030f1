"""How bytes come to a printer: what its network, USB and serial sides have in common."""

from collections.abc import Callable, Mapping
from typing import Protocol

from simulators.pos_printer.changes import Changes


class Buffer(Protocol):
    """Where received bytes go."""

    async def room(self) -> None:
        """Wait until more bytes may come."""

    def receive(self, data: bytes) -> None:
        """Take bytes."""

    def clear(self) -> None:
        """Forget what was received and is not printed."""

    def has_paper(self) -> bool:
        """Say whether the paper has not ended."""
        ...

    def has_error(self) -> bool:
        """Say whether the printer is in an error state."""
        ...


class Link(Protocol):
    """One way in and out."""

    @property
    def connected(self) -> bool:
        """Whether a host is being served, as far as the printer can know."""
        ...

    @property
    def address(self) -> Mapping[str, object]:
        """Its keys in the configuration. They stay the same when the power goes."""
        ...

    async def start(self) -> None:
        """Be there for a host: the printer is switched on."""

    async def stop(self) -> None:
        """Be gone: the printer is switched off."""

    async def drop(self) -> None:
        """Break the connection. A new one can be made at once."""

    async def close(self) -> None:
        """Let go of everything for good; it is stopped before."""

    def send(self, data: bytes) -> None:
        """Send an answer; lost where nobody listens."""

    def unplug(self) -> None:
        """Pull the cable; the printer prints on what it has."""

    def plug_in(self) -> None:
        """Put the cable back."""


MakeLink = Callable[[Buffer, Changes], Link]
"""Gives a printer its link."""
