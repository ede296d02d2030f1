"""What the journal does for itself in idle moments: it signs its chain and reads itself again.

A checkpoint is signed after so many entries and when a business day has ended. The whole chain is
checked page by page, from its first entry to its last, once a day: damage is found while the
office still holds a good copy. The end of every pass is an entry. Nothing here delays a sale: the
pages are read on a connection and a thread of their own, at the lowest priority.
"""

import asyncio
import contextlib
import dataclasses
import logging
import os
import pathlib
import threading
from typing import NoReturn

from drivers.lane import Lane
from edge_daemon.errors import JournalFullError, SigningError
from edge_daemon.journal.journal import Journal
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.signing import SigningKey, make_key
from edge_daemon.journal.values import Draft
from edge_daemon.journal.verify import Walk
from edge_daemon.records import JournalEntry

CHECKPOINT_ENTRIES = 1000
"""Entries between two signatures; at the start at most about so many are read again."""
LOWEST_PRIORITY = 19
"""Niceness, of the reading thread alone (Linux)."""

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepTimes:
    """How long to wait, in seconds.

    Attributes:
        turn: Between two looks.
        quiet: Since the last append, before a page is read.
        first_pass: From the start to the first pass; a start has enough to do.
        between_tries: After a signature that could not be made.
        between_passes: From the end of one pass to the beginning of the next.
    """

    turn: float = 0.1
    quiet: float = 1.0
    between_tries: float = 60.0
    first_pass: float = 60.0
    between_passes: float = 86_400.0


class Upkeep:
    """Signs and inspects one journal."""

    def __init__(
        self,
        journal: Journal,
        key_path: pathlib.Path,
        *,
        entries: int = CHECKPOINT_ENTRIES,
        times: UpkeepTimes | None = None,
    ) -> None:
        self._journal = journal
        self._key_path = key_path
        self._entries = entries
        self._times = times or UpkeepTimes()
        self._key: SigningKey | None = None
        self._loop = asyncio.get_running_loop()
        self._last_append = self._loop.time()
        self._next_signature = self._last_append
        self._next_pass = self._last_append + self._times.first_pass
        self._unsigned = journal.unsigned
        self._day: str | None = None
        journal.on_append(self._appended)

    async def run(self) -> NoReturn:
        """Keep the journal until cancelled.

        Raises:
            JournalError: The disk failed; the process has to exit.
        """
        lane = Lane("journal-upkeep")
        try:
            await lane.run(_be_modest)
            with contextlib.suppress(SigningError):  # signing tells
                await lane.run(make_key, self._key_path)
            await self._turn_for_ever(lane)
        finally:
            lane.close()

    async def sign(self) -> None:
        """Sign everything up to now.

        Raises:
            SigningError: The key can be neither read nor made.
            JournalFullError: The disk is full.
            JournalError: The disk failed; the process has to exit.
        """
        if self._key is None:
            self._key = await asyncio.to_thread(SigningKey.at, self._key_path)
        key = self._key
        journal = self._journal
        await journal.append_from(lambda _: [Draft(payload=key.checkpoint(journal.tip.hash))])
        self._unsigned = 0

    async def _turn_for_ever(self, lane: Lane) -> NoReturn:
        while True:
            await asyncio.sleep(self._times.turn)
            if self._loop.time() >= self._next_signature and self._checkpoint_is_due():
                await self._try_to_sign()
            if self._loop.time() >= self._next_pass and self._is_quiet():
                with contextlib.suppress(JournalFullError):  # the next pass tells again
                    await self._inspect(lane)

    async def _try_to_sign(self) -> None:
        """Sign; where that cannot be done, sell on and try again later."""
        try:
            await self.sign()
        except (SigningError, JournalFullError) as error:
            _log.error("The journal is not signed: %s", error)
            self._next_signature = self._loop.time() + self._times.between_tries

    async def _inspect(self, lane: Lane) -> None:
        """Make one pass over the whole chain, and journal what was found."""
        connection = await lane.run(connect_reader, self._journal.path)
        try:
            walk = await lane.run(Walk, connection)
            pages = walk.pages()
            while await lane.run(next, pages, walk) is None:
                await self._wait_for_quiet()
        finally:
            await lane.run(connection.close)
        self._next_pass = self._loop.time() + self._times.between_passes
        await self._journal.note_check(walk.report())

    async def _wait_for_quiet(self) -> None:
        await asyncio.sleep(self._times.turn)
        while not self._is_quiet():
            since = self._loop.time() - self._last_append
            await asyncio.sleep(self._times.quiet - since)

    def _is_quiet(self) -> bool:
        return self._loop.time() - self._last_append >= self._times.quiet

    def _appended(self, entries: tuple[JournalEntry, ...]) -> None:
        self._last_append = self._loop.time()
        self._unsigned += len(entries)
        if entries:
            self._day = entries[-1].business_day_date

    def _checkpoint_is_due(self) -> bool:
        """After so many entries, and when the day of the last one has ended."""
        if self._unsigned >= self._entries:
            return True
        clock = self._journal.clock
        return self._unsigned > 0 and self._day not in (None, clock.business_day(clock.now_us()))


def _be_modest() -> None:
    """Let every other thread go first."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
