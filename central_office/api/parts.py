"""What the routes are made of."""

import asyncio
import dataclasses
from collections.abc import Callable

from central_office.access.attempts import Buckets
from central_office.access.callers import Directory, look
from central_office.api.books import Answer, Books
from central_office.settings import HttpSettings
from central_office.sql_tables import Session

LOOK_SECONDS = 1.0
"""Until what another process changed about people and keys is known here."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfficeParts:
    """What the routes share.

    Attributes:
        attempts, attempts_of_address: Wrong passwords, by whose and from where, and by the latter.
        calls: Requests of each caller.
        now_us: The time, microseconds since 1970 UTC.
    """

    books: Books
    directory: Directory
    settings: HttpSettings
    attempts: Buckets
    attempts_of_address: Buckets
    calls: Buckets
    now_us: Callable[[], int]

    async def change_access(self, act: Callable[[Session], Answer]) -> Answer:
        """Change something about who may call, and know it at once.

        Raises:
            OfficeError: It is refused, or the database failed; nothing was changed.
        """
        answer = await self.books.write(act)
        await self.look()
        return answer

    async def look(self) -> None:
        """Know everybody as of now."""
        before = self.directory.known
        known = await self.books.read(lambda read: look(read, before))
        if known.number >= self.directory.known.number:
            self.directory.known = known

    async def keep_looking(self) -> None:
        """Know what other processes change, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()
