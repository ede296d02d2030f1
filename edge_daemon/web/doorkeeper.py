"""How many connections there may be, and who has to make room.

A cap alone would let a hundred silent connections shut out the till beside them, which has the
same loopback address. So a newcomer always gets in while somebody can make room: first whoever
has not yet finished a request, the oldest first (a slow loris pushes out its own), then whoever
is idle between two. Who is being served stays; if all are, the newcomer is turned away.
"""

import dataclasses
import enum
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server puts up with; seconds and counts.

    Attributes:
        connections: At once, of all addresses. The unit's `LimitNOFILE` is far above it.
        connections_per_address: At once, of one address.
        request_seconds: From the first moment to the last byte of a request, body included.
        stall_seconds: How long a reader may take nothing of an answer that waits for it.
        keep_alive_seconds: Between two requests of one connection.
        grace_seconds: For answers under way when the daemon goes down.
    """

    connections: int = 512
    connections_per_address: int = 128
    request_seconds: float = 10.0
    stall_seconds: float = 30.0
    keep_alive_seconds: int = 75
    grace_seconds: float = 1.0


class Standing(enum.IntEnum):
    """What a connection is doing; the lower, the sooner it has to make room."""

    ASKING = 0
    """It has not finished its request."""
    IDLE = 1
    """It was served and may ask again."""
    SERVED = 2
    """It waits for its answer, or is a stream."""


class Connection(Protocol):
    """What the doorkeeper asks of a connection."""

    address: str
    standing: Standing

    def cut(self) -> None:
        """Close at once, whatever is under way."""
        ...


class Doorkeeper:
    """Counts the connections of one server."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._inside: dict[Connection, None] = {}
        self._of_address: dict[str, int] = {}

    @property
    def inside(self) -> list[Connection]:
        """All connections, the oldest first."""
        return list(self._inside)

    def admit(self, newcomer: Connection) -> bool:
        """Let `newcomer` in, if need be by making room; False when everybody is being served."""
        address = newcomer.address
        if self._of_address.get(address, 0) >= self.limits.connections_per_address:
            room = self._make_room([each for each in self._inside if each.address == address])
        elif len(self._inside) >= self.limits.connections:
            room = self._make_room(self.inside)
        else:
            room = True
        if room:
            self._inside[newcomer] = None
            self._of_address[address] = self._of_address.get(address, 0) + 1
        return room

    def release(self, connection: Connection) -> None:
        """Forget a connection that is gone; safe for one that was never admitted."""
        if connection not in self._inside:
            return
        del self._inside[connection]
        self._of_address[connection.address] -= 1
        if not self._of_address[connection.address]:
            del self._of_address[connection.address]

    def replace(self, before: Connection, after: Connection) -> None:
        """Give a connection's place to the protocol that it was upgraded to."""
        if before in self._inside:
            self._inside[after] = self._inside.pop(before)

    def _make_room(self, candidates: list[Connection]) -> bool:
        movable = [each for each in candidates if each.standing < Standing.SERVED]
        if not movable:
            return False
        leaving = min(movable, key=lambda each: each.standing)
        self.release(leaving)
        leaving.cut()
        return True
