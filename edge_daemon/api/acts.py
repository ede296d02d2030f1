"""Everything that acts: `PUT` under the register's own id, `GET` for how it stands.

The room writes the intent before anything moves and runs the act in a task of its own; here the
answer waits for that task for a while. Nothing here cancels it: a register that goes away changes
nothing, and comes back with the same id to learn the end.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, Protocol, TypeVar

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.web import JsonBody, documented

WAIT_SECONDS = 30.0
"""How long an answer waits for the act where the register does not say."""
WAIT_LIMIT = 120
"""The longest that a register may ask to wait: a customer at the terminal takes a minute."""

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_ULID_PATTERN = re.compile(_ULID)

ResourceId = Annotated[
    str,
    PathParameter(
        description="A ULID that the register makes for this one act, upper case.",
        schema_extra={"pattern": f"^{_ULID}$"},
    ),
]
Wait = Annotated[
    float,
    QueryParameter(
        ge=0,
        le=WAIT_LIMIT,
        description="Seconds to wait for the end. 0 answers at once with how it stands.",
    ),
]


class State(Protocol):
    """How an act stands."""

    @property
    def finished(self) -> bool:
        """True when it will not change any more."""
        ...


RequestT = TypeVar("RequestT", contravariant=True)  # noqa: PLC0105 - the word of the body it carries
Order = TypeVar("Order")
StateT = TypeVar("StateT", bound=State)
StateT_co = TypeVar("StateT_co", bound=State, covariant=True)


class ActRoom(Protocol[RequestT, StateT_co]):
    """A room that does one kind of thing, each once."""

    async def put(
        self, resource_id: str, request: RequestT, body: dict[str, Any]
    ) -> asyncio.Task[None] | None:
        """Begin the act, or join it when it is running.

        Returns:
            The task in which it runs; None when it has ended.

        Raises:
            RequestConflictError: The id was used with another body.
        """
        ...

    async def get(self, resource_id: str) -> StateT_co | None:
        """How the act stands; None when nothing was asked for under that id."""
        ...


class BoundRoom(Generic[Order, StateT]):
    """One of several acts that a room offers, as a room of its own."""

    def __init__(
        self,
        put: Callable[[str, Order, dict[str, Any]], Awaitable[asyncio.Task[None] | None]],
        get: Callable[[str], Awaitable[StateT | None]],
    ) -> None:
        self._put = put
        self._get = get

    async def put(
        self, resource_id: str, request: Order, body: dict[str, Any]
    ) -> asyncio.Task[None] | None:
        """As `ActRoom`."""
        return await self._put(resource_id, request, body)

    async def get(self, resource_id: str) -> StateT | None:
        """As `ActRoom`."""
        return await self._get(resource_id)


def acting(state: type[msgspec.Struct]) -> dict[int, ResponseSpec]:
    """The answers of an act besides 200, for the document."""
    running = ResponseSpec(
        data_container=state,
        description="It runs on; `Location` is where to ask how it stands.",
        generate_examples=False,
    )
    return {202: running, **documented(404, 409, 413, 415, 507)}


async def put_act(
    room: ActRoom[RequestT, StateT],
    resource_id: str,
    body: JsonBody[RequestT],
    wait: float,
    location: str,
) -> Response[StateT]:
    """Begin or join the act and answer how it stands after at most `wait` seconds.

    Returns:
        200 when it has ended, whatever the end; 202 with its place when it runs on.
    """
    task = await room.put(checked_id(resource_id), body.request, body.json)
    await wait_for(task, wait)
    return answer(await get_act(room, resource_id), location)


async def get_act(room: ActRoom[RequestT, StateT], resource_id: str) -> StateT:
    """How the act stands.

    Raises:
        NotFoundError: Nothing was asked for under that id.
    """
    state = await room.get(checked_id(resource_id))
    if state is None:
        raise NotFoundError(f"Nothing was asked for under the id {resource_id}.")
    return state


async def wait_for(task: asyncio.Task[None] | None, seconds: float) -> None:
    """Wait until `task` has ended, at most `seconds`. Never cancels it.

    Raises:
        Exception: What the task itself raised: it could not write down how it ended.
    """
    if task is None or seconds <= 0:
        return
    ended, _ = await asyncio.wait({task}, timeout=seconds)
    if ended and not task.cancelled() and (error := task.exception()) is not None:
        raise error


def answer(state: StateT, location: str) -> Response[StateT]:
    """200 with the end, or 202 with the place to ask again."""
    if state.finished:
        return Response(state, status_code=200)
    return Response(state, status_code=202, headers={"Location": location})


def checked_id(resource_id: str, name: str = "resource_id") -> str:
    """The id, if it is one.

    Raises:
        InvalidRequestError: It is no ULID in upper case.
    """
    if _ULID_PATTERN.fullmatch(resource_id) is None:
        raise InvalidRequestError(
            "An id is a ULID in upper case, such as 01M7YHZT83Q6W5N4C2R1B0A9ZX, made by the"
            " register for this one act.",
            name,
        )
    return resource_id
