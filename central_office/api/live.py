"""The live wall, and the stream by which pages know when to look again."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from central_office.access.callers import OfficeCaller
from central_office.access.rights import Right
from central_office.api.news import Chronicle, EdgeNews
from central_office.api.parts import OfficeParts
from central_office.api.scoping import Stores, caller_of, scope_of, sees
from central_office.api.viewing import refuse_unknown
from central_office.views.wall import Wall, read_wall
from edge_daemon.web import documented, needs

HEARTBEAT_SECONDS = 15.0
"""Proxies cut what is silent for a minute."""
RETRY_MS = 2000
LARGEST = 2**53 - 1

After = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=LARGEST, description="The id of the last event; what came since is told first."
    ),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="As `after`, which it overrules."),
]
_WITHOUT_END = ResponseSpec(
    data_container=str,
    media_type="text/event-stream",
    description="Server-sent events, until one side goes.",
    generate_examples=False,
)


def live_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes."""

    @get("/v1/wall", responses=documented(), opt=needs(Right.LIVE))
    async def read_live_wall(request: Request[Any, Any, Any], store: Stores = None) -> Wall:
        """Every shop and till: the last sale, whether it is there and open, what is wrong."""
        refuse_unknown(request, {"store"})
        now = dt.datetime.fromtimestamp(parts.now_us() / 1e6, dt.UTC)
        tomorrow = (now + dt.timedelta(days=1)).date()  # somewhere it is tomorrow already
        scope = scope_of(caller_of(request), store, last_day=tomorrow.isoformat())
        return await parts.books.read(lambda read: read_wall(read, scope))

    @get(
        "/v1/live",
        media_type="text/event-stream",
        responses={200: _WITHOUT_END, **documented()},
        opt=needs(Right.LIVE),
    )
    async def read_live(
        request: Request[Any, Any, Any],
        after: After = None,
        last_event_id: LastEventId = None,
    ) -> Stream:
        """Hear what is booked, store by store, as it is booked.

        `booked` says which stores have something new, of which kinds; its id is the number up to
        which everything was told. `edge` says that a box came or went. `resync`: too much was
        missed to be told; read everything anew.
        """
        given = last_event_id or ""
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else after  # noqa: PLR2004 - digits of LARGEST
        return Stream(_told(parts, caller_of(request), number))

    return [read_live_wall, read_live]


async def _told(parts: OfficeParts, caller: OfficeCaller, after: int | None) -> AsyncIterator[str]:
    """The news in the format of server-sent events (WHATWG HTML, 9.2)."""
    async with parts.news.listening(caller.organization) as chronicle:
        ear = _Ear(caller, chronicle, after)
        yield f"retry: {RETRY_MS}\n\n{ear.welcome()}"
        judge = parts.directory.keys if caller.role is None else parts.directory.sessions
        while not parts.news.closed and judge.holds(caller):
            told = ear.news()
            if told:
                yield told
                continue
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await parts.news.wait()
            except TimeoutError:
                yield f"id: {ear.up_to}\n: still here\n\n"


class _Ear:
    """What one caller has heard."""

    def __init__(self, caller: OfficeCaller, chronicle: Chronicle, after: int | None) -> None:
        self._caller = caller
        self._chronicle = chronicle
        self._edges = chronicle.edges
        self._asked = after
        self.up_to = chronicle.up_to

    def welcome(self) -> str:
        """What was missed since the event that was asked for."""
        if self._asked is None:
            return f"id: {self.up_to}\n\n"
        missed = self._chronicle.since(self._asked, self._caller.stores)
        if missed is None:
            return f'id: {self.up_to}\nevent: resync\ndata: {{"up_to":{self.up_to}}}\n\n'
        self.up_to = missed.up_to
        return _event("booked", missed, missed.up_to) if missed.stores else ""

    def news(self) -> str:
        """What is new; empty where nothing is that the caller sees."""
        told = [_event("edge", edge) for edge in self._changed_edges()]
        if self._chronicle.up_to > self.up_to:
            booked = self._chronicle.since(self.up_to, self._caller.stores)
            self.up_to = self._chronicle.up_to
            if booked is None:
                data = f'{{"up_to":{self.up_to}}}'
                told.append(f"id: {self.up_to}\nevent: resync\ndata: {data}\n\n")
            elif booked.stores:
                told.append(_event("booked", booked, booked.up_to))
        return "".join(told)

    def _changed_edges(self) -> list[EdgeNews]:
        before, self._edges = self._edges, self._chronicle.edges
        if before is self._edges:
            return []
        return [
            edge
            for edge_id, edge in self._edges.items()
            if before.get(edge_id) != edge and sees(self._caller, edge.store)
        ]


def _event(name: str, what: msgspec.Struct, number: int | None = None) -> str:
    place = "" if number is None else f"id: {number}\n"
    return f"{place}event: {name}\ndata: {msgspec.json.encode(what).decode()}\n\n"
