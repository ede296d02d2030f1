"""What the routes are made of."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request

from central_office.access.attempts import Buckets
from central_office.access.callers import Directory, look
from central_office.access.lookups import add_lookup, lookup
from central_office.access.telling import Teller
from central_office.api.books import Answer, Books
from central_office.api.news import News
from central_office.api.scoping import caller_of
from central_office.settings import HttpSettings, StoreSettings
from central_office.sql_tables import Session
from central_office.webhooks.deliveries import Deliveries
from edge_daemon.web import address_of

LOOK_SECONDS = 1.0
"""Until what another process changed about people and keys is known here."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfficeParts:
    """What the routes share.

    Attributes:
        news: What was booked just now.
        deliveries: Who tells the webhooks.
        stores: What their receipts say of them, by their id.
        attempts, attempts_of_address: Wrong passwords, by whose and from where, and by the latter.
        calls: Requests of each caller.
        now_us: The time, microseconds since 1970 UTC.
    """

    books: Books
    directory: Directory
    news: News
    deliveries: Deliveries
    settings: HttpSettings
    stores: Mapping[str, StoreSettings]
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

    async def note(self, request: Request[Any, Any, Any], what: str, subject: str) -> None:
        """Remember who looks what up, before it is answered.

        Raises:
            OfficeError: The database failed; then nothing is shown.
        """
        caller, teller = caller_of(request), self.teller(request)
        made = lookup(
            who=teller.who,
            kind=teller.kind,
            what=what,
            subject=subject,
            address=teller.address,
            now_us=teller.now_us,
        )
        await self.books.write(lambda session: add_lookup(session, caller.organization, made))

    def teller(self, request: Request[Any, Any, Any]) -> Teller:
        """Who asks, as it is remembered."""
        caller = caller_of(request)
        kind = "key" if caller.role is None else "person"
        return Teller(caller.id, caller.name, kind, address_of(request.scope), self.now_us())

    async def look(self) -> None:
        """Know everybody as of now."""
        before = self.directory.known
        known = await self.books.read(lambda read: look(read, before))
        if known.number >= self.directory.known.number:
            self.directory.known = known
