"""What was booked just now, for whoever listens: looked up once, told to all.

Entries come to be in the order of their numbers of arrival, and so are told: a listener has a
number up to which it knows everything, and hears at once all that came since, however much. So
nothing is queued for a slow one, nothing waits for it, and it goes on after any absence.
"""

import asyncio
import collections
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import NamedTuple

import msgspec

from central_office.api.books import Books
from central_office.errors import OfficeError
from central_office.reading import Reader

LOOK_SECONDS = 0.5
"""Between two looks while somebody listens: another process may receive."""
REMEMBERED = 5000
"""Entries of an organization: who missed more reads everything anew."""
_LAST = "SELECT last FROM arrivals WHERE organization = ?"
_BOOKED = (
    "SELECT arrival, store, edge_id, entry_type, occurred_at FROM entries WHERE organization = ?"
    " AND arrival > ? ORDER BY arrival LIMIT ?"
)
_EDGES = (
    "SELECT edge_id, store, coalesce(state, 'unknown'), status_at FROM edges WHERE organization = ?"
)


class StoreNews(msgspec.Struct, frozen=True, kw_only=True):
    """What was booked of a store.

    Attributes:
        occurred_at: The latest moment of it, microseconds since 1970 UTC.
    """

    store: str
    entries: int
    entry_types: tuple[str, ...]
    occurred_at: int


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What was booked up to an entry, since the one before."""

    up_to: int
    stores: tuple[StoreNews, ...]


class EdgeNews(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a box is there; `state` is `online`, `offline` or `unknown`."""

    edge_id: str
    store: str
    state: str
    status_at: int | None


class _Entry(NamedTuple):
    arrival: int
    store: str
    edge_id: str
    entry_type: str
    occurred_at: int


class Chronicle:
    """What is known of one organization.

    Attributes:
        up_to: The last entry that is known.
        edges: By their id.
    """

    def __init__(self, up_to: int) -> None:
        self.up_to = up_to
        self.edges: Mapping[str, EdgeNews] = {}
        self._entries: collections.deque[_Entry] = collections.deque(maxlen=REMEMBERED)
        self._before = up_to

    def add(self, entries: Iterable[_Entry]) -> None:
        """Go on with the next entries."""
        for entry in entries:
            if len(self._entries) == REMEMBERED:
                self._before = self._entries[0].arrival
            self._entries.append(entry)
            self.up_to = entry.arrival

    def since(self, after: int, stores: Iterable[str] | None) -> Booked | None:
        """What was booked behind an entry, in all stores or in some; None where that is unknown."""
        if not self._before <= after <= self.up_to:
            return None
        seen = None if stores is None else set(stores)
        found: dict[str, list[_Entry]] = {}
        for entry in reversed(self._entries):
            if entry.arrival <= after:
                break
            if seen is None or entry.store in seen:
                found.setdefault(entry.store, []).append(entry)
        told = (_told(store, found[store]) for store in sorted(found))
        return Booked(up_to=self.up_to, stores=tuple(told))


def _told(store: str, entries: list[_Entry]) -> StoreNews:
    return StoreNews(
        store=store,
        entries=len(entries),
        entry_types=tuple(sorted({entry.entry_type for entry in entries})),
        occurred_at=max(entry.occurred_at for entry in entries),
    )


class News:
    """Looks for what is new while somebody listens.

    Attributes:
        closed: There will be no more.
    """

    def __init__(self, books: Books) -> None:
        self.closed = False
        self._books = books
        self._chronicles: dict[str, Chronicle] = {}
        self._listeners: collections.Counter[str] = collections.Counter()
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()

    async def run(self) -> None:
        """Look, until cancelled; where the database is away it is looked again later."""
        while True:
            if not self._listeners:
                await self._wanted.wait()
            self._wanted.clear()
            with contextlib.suppress(OfficeError):
                for organization in list(self._listeners):
                    await self._look(organization)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wanted.wait()

    def look_now(self) -> None:
        """Look at once: something was committed."""
        self._wanted.set()

    def close(self) -> None:
        """Let all listeners go."""
        self.closed = True
        self._tell()

    @contextlib.asynccontextmanager
    async def listening(self, organization: str) -> AsyncIterator[Chronicle]:
        """Listen: what is known of the organization, and kept up to date meanwhile.

        Raises:
            OfficeError: The database failed.
        """
        self._listeners[organization] += 1
        self._wanted.set()
        try:
            await self._look(organization)
            yield self._chronicles[organization]
        finally:
            self._listeners[organization] -= 1
            if not self._listeners[organization]:
                del self._listeners[organization]
                self._chronicles.pop(organization, None)

    async def wait(self) -> None:
        """Wait until something is new, or nothing will be."""
        await self._changed.wait()

    async def _look(self, organization: str) -> None:
        known = self._chronicles.get(organization)
        after = None if known is None else known.up_to
        entries, edges = await self._books.read(lambda read: _read(read, organization, after))
        chronicle = self._chronicles.setdefault(
            organization, Chronicle(entries[0].arrival - 1 if entries else after or 0)
        )
        fresh = [entry for entry in entries if entry.arrival > chronicle.up_to]
        if fresh or edges != chronicle.edges:
            chronicle.add(fresh)
            chronicle.edges = edges
            self._tell()
        if len(entries) >= REMEMBERED:
            self._wanted.set()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        if self.closed:
            self._changed.set()


def _read(
    read: Reader, organization: str, after: int | None
) -> tuple[list[_Entry], Mapping[str, EdgeNews]]:
    """The entries behind one, or the last ones there are; and the edges."""
    if after is None:
        last = next((row[0] for row in read(_LAST, (organization,))), 0)
        after = max(0, last - REMEMBERED)
    rows = read(_BOOKED, (organization, after, REMEMBERED))
    entries = [_Entry(*row) for row in rows]
    edges = {}
    for edge_id, store, state, status_at in read(_EDGES, (organization,)):
        edges[edge_id] = EdgeNews(edge_id=edge_id, store=store, state=state, status_at=status_at)
    return entries, edges
