"""Which of the workers takes an edge: all of them come to the same answer by themselves.

Edges fall into slots, and each slot goes to the worker that its name and the slot's number give the
highest hash (rendezvous hashing). So a worker that comes or goes moves only its own part.
"""

import hashlib
import zlib
from collections.abc import Collection

SLOTS = 1024
"""Many for each worker, so that their parts are alike; few enough to reckon at every change."""


class Share:
    """What falls to one worker."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._workers: frozenset[str] = frozenset()
        self._slots: frozenset[int] = frozenset()

    def divide(self, workers: Collection[str]) -> bool:
        """Share the slots out among `workers`; False when they are the same as before."""
        present = frozenset(workers)
        if present == self._workers:
            return False
        self._workers = present
        self._slots = frozenset(
            slot for slot in range(SLOTS) if self._worker == _taker(slot, present)
        )
        return True

    def has(self, name: str) -> bool:
        """Whether the edge of this name falls to the worker."""
        return zlib.crc32(name.encode(errors="surrogateescape")) % SLOTS in self._slots


def _taker(slot: int, workers: frozenset[str]) -> str:
    return max(workers, key=lambda worker: hashlib.sha256(f"{slot} {worker}".encode()).digest())
