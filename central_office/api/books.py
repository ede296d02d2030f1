"""How the routes reach the database: nobody who reads keeps those from working who write."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Awaitable, Callable
from typing import Protocol, Self, TypeVar

from central_office.ingest import Limits
from central_office.reading import Reader, Reading, reading
from central_office.sql_tables import Session
from central_office.store import Store, open_store

READERS = 4
"""Queries at once; who comes later waits for one of them."""
Answer = TypeVar("Answer")


class Writer(Protocol):
    """Does something in a transaction, one after the other."""

    def __call__(self, act: Callable[[Session], Answer], /) -> Awaitable[Answer]:
        """Do it, and return after its fsync.

        Raises:
            OfficeError: The database failed; nothing of it is stored.
        """
        ...


class Bookkeeper:
    """Writes to a database while it is entered, on a thread of its own."""

    def __init__(self, address: str, limits: Limits) -> None:
        self._address = address
        self._limits = limits
        self._worker = concurrent.futures.ThreadPoolExecutor(1, "office-writer")
        self._store: Store | None = None

    async def __aenter__(self) -> Self:
        """Open the database.

        Raises:
            OfficeError: It cannot be used.
        """
        self._store = await asyncio.get_running_loop().run_in_executor(
            self._worker, lambda: open_store(self._address, self._limits)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Finish the transaction under way and let go."""
        if self._store is not None:
            await asyncio.get_running_loop().run_in_executor(self._worker, self._store.close)
        self._worker.shutdown()

    async def do(self, act: Callable[[Session], Answer]) -> Answer:
        """As `Writer`."""
        if self._store is None:
            raise RuntimeError("The database is not open.")
        do, loop = self._store.do, asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, lambda: do(act))


class Books:
    """A database, from the event loop."""

    def __init__(self, address: str, writer: Writer) -> None:
        """Take where it is, and who writes to it."""
        self._address = address
        self._writer = writer
        self._readers = concurrent.futures.ThreadPoolExecutor(READERS, "office-reader")
        self._kept = threading.local()
        self._opened: list[Reading] = []

    async def write(self, act: Callable[[Session], Answer]) -> Answer:
        """Do something in a transaction, and return after its fsync.

        Raises:
            OfficeError: The database failed; nothing of it is stored.
        """
        return await self._writer(act)

    async def read(self, act: Callable[[Reader], Answer]) -> Answer:
        """Read something; all of its queries see the same moment.

        Raises:
            OfficeError: There is no such database, or it went away.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, act)

    def _read(self, act: Callable[[Reader], Answer]) -> Answer:
        kept: Reading | None = getattr(self._kept, "reading", None)
        if kept is None:
            kept = self._kept.reading = reading(self._address)
            self._opened.append(kept)
        try:
            with kept.moment() as read:
                return act(read)
        except BaseException:  # whatever it was: the next one gets a connection of its own
            self._kept.reading = None
            self._opened.remove(kept)
            kept.close()
            raise

    def close(self) -> None:
        """Finish what is being read and let go."""
        self._readers.shutdown(cancel_futures=True)
        for kept in self._opened:
            kept.close()
