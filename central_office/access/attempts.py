"""Slows down whoever tries passwords or asks too much: tokens that come back with time."""

import ipaddress
import math
from collections.abc import Callable

BUCKETS_LIMIT = 10_000
"""Names that are remembered; the one that was not heard of for longest goes first."""


def origin(address: str) -> str:
    """Whoever shares a line: of IPv6 the network of 64 bits, which one host fills at will."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


class Buckets:
    """One bucket for each name: `size` at once, and then one every `seconds`."""

    def __init__(self, size: int, seconds: float, now: Callable[[], float]) -> None:
        """Take the bucket's size, and a monotonic clock in seconds."""
        self._size = size
        self._seconds = seconds
        self._now = now
        self._empty_until: dict[str, float] = {}

    def wait(self, name: str) -> int:
        """Whole seconds until `name` may come again; 0 for at once."""
        over = self._level(name) - (self._size - 1) * self._seconds
        return max(0, math.ceil(over))

    def take(self, name: str) -> None:
        """Take one out of the bucket."""
        level = self._level(name) + self._seconds
        self._empty_until.pop(name, None)
        self._empty_until[name] = self._now() + level
        if len(self._empty_until) > BUCKETS_LIMIT:
            del self._empty_until[next(iter(self._empty_until))]

    def forget(self, name: str) -> None:
        """Fill the bucket again."""
        self._empty_until.pop(name, None)

    def _level(self, name: str) -> float:
        """Seconds until the bucket is full again."""
        return max(0.0, self._empty_until.get(name, 0.0) - self._now())
