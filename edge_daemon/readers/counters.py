"""The taps that were seen of tags that prove themselves, in `state.db`.

Such a tag counts its taps. A tap whose count does not rise is a copy of one that was seen. The
counts are kept for good and under the hash of the UID; a box that lost them believes the next tap
of each tag once.
"""

import hashlib
import sqlite3

from sqlite_utils import Database

from edge_daemon.state import StateStore

_TABLE = "card_taps"
_TAKE = (
    f"INSERT INTO {_TABLE} (tag, counter) VALUES (?, ?) ON CONFLICT (tag)"  # noqa: S608 - our own name
    " DO UPDATE SET counter = excluded.counter WHERE excluded.counter > counter"
)


class TapCounters:
    """Remembers the last tap of each tag."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._made = False

    async def take(self, uid: bytes, counter: int) -> bool:
        """Take a tap, for good; False where it or a later one was taken before.

        Raises:
            JournalFullError: The disk is full; nothing was taken.
            JournalError: The disk failed; the process has to exit.
        """
        if not self._made:
            await self._state.run(_create)
            self._made = True
        row = (hashlib.sha256(uid).hexdigest(), counter)
        return await self._state.run(lambda c: c.execute(_TAKE, row).rowcount == 1)


def _create(connection: sqlite3.Connection) -> None:
    Database(connection).table(_TABLE).create(
        {"tag": str, "counter": int},
        pk="tag",
        not_null={"counter"},
        strict=True,
        if_not_exists=True,
    )
