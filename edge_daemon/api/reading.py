"""What registers only read: health, devices and the journal."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.parts import ApiParts, DevicesView, Health
from edge_daemon.config import ApiSettings
from edge_daemon.devices import DeviceState
from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.journal import Journal, StoredEntry
from edge_daemon.logs import KEPT_LINES, LogLine
from edge_daemon.measures import CONTENT_TYPE
from edge_daemon.records import Position
from edge_daemon.scopes import Scope
from edge_daemon.web import documented, needs, open_to_all

JSON_LINES = "application/x-ndjson"
PAGE_ENTRIES = 64
PAGE_LIMIT = 1000
PAGE_BYTES = 1024 * 1024
"""Of one answer; an entry has at most a quarter of it."""
LARGEST_SEQ = 2**53 - 1
"""What every JSON reader holds exactly (RFC 7493, 2.2)."""

After = Annotated[
    str | None,
    QueryParameter(description="`EPOCH.SEQ`; from the beginning where absent."),
]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT, description="Entries at most.")]


LinesLimit = Annotated[int, QueryParameter(ge=1, le=KEPT_LINES, description="Lines at most.")]


_EXPOSITION = ResponseSpec(
    data_container=str,
    media_type=MediaType.TEXT,
    description="Prometheus' text format.",
    generate_examples=False,
)


class LogLines(msgspec.Struct, frozen=True):
    """Lines of the log, the newest first."""

    lines: tuple[LogLine, ...]


class DeviceList(msgspec.Struct, frozen=True):
    """All configured devices."""

    devices: tuple[DeviceState, ...]


class JournalPage(msgspec.Struct, frozen=True):
    """Entries in their order.

    Attributes:
        entries: As stored, byte for byte: hash them as they are.
        next: `EPOCH.SEQ` of the last one, for the next `after`; absent where nothing was found.
    """

    entries: tuple[msgspec.Raw, ...]
    next: str | None = None


def reading_routes(parts: ApiParts) -> Sequence[ControllerRouterHandler]:
    """The routes that change nothing."""

    @get("/v1/health", responses=documented(), opt=needs(Scope.READ))
    async def read_health() -> Health:
        """How the box is, and what needs a hand."""
        return await parts.health()

    @get("/v1/logs", responses=documented(), opt=needs(Scope.ADMIN))
    async def read_logs(limit: LinesLimit = 100) -> LogLines:
        """What the daemon logged last, the newest first, without card data."""
        return LogLines(parts.logs.last(limit))

    @get(
        "/metrics",
        media_type=MediaType.TEXT,
        responses={200: _EXPOSITION, **documented()},
        opt=_whoever_reads_metrics(parts.configuration.api),
    )
    async def read_metrics() -> Response[str]:
        """Measures of this box, for Prometheus."""
        return Response(await parts.metrics(), headers={"Content-Type": CONTENT_TYPE})

    return [
        read_health,
        read_logs,
        read_metrics,
        *_device_routes(parts.devices),
        _journal_route(parts.journal),
    ]


def _whoever_reads_metrics(api: ApiSettings) -> dict[str, Any]:
    if api.metrics_without_token:
        return open_to_all("The configuration says so: measures name no sale and no customer.")
    return needs(Scope.READ)


def _device_routes(devices: DevicesView) -> Sequence[ControllerRouterHandler]:
    @get("/v1/devices", responses=documented(), opt=needs(Scope.READ))
    async def list_devices() -> DeviceList:
        """All configured devices as they stand."""
        return DeviceList(tuple(devices.states()))

    @get("/v1/devices/{name:str}", responses=documented(404), opt=needs(Scope.READ))
    async def read_device(name: FromPath[str]) -> DeviceState:
        """One device as it stands."""
        return devices.state(name)

    return [list_devices, read_device]


def _journal_route(journal: Journal) -> ControllerRouterHandler:
    @get(
        "/v1/journal",
        responses=documented(404),
        response_description="Entries behind `after`.",
        opt=needs(Scope.READ),
    )
    async def read_journal(
        request: Request[Any, Any, Any], after: After = None, limit: Limit = PAGE_ENTRIES
    ) -> Response[JournalPage]:
        """Read the journal: the stored bytes, as JSON, or one entry a line.

        With `Accept: application/x-ndjson` the lines are exactly the stored bytes, and the header
        `Next-Position` says where to go on.
        """
        position = _position(after)
        try:
            entries = await journal.read_after(position, limit=limit, max_bytes=PAGE_BYTES)
        except LookupError as error:
            raise NotFoundError(str(error)) from error
        place = str(entries[-1].position) if entries else after
        if JSON_LINES in request.headers.get("accept", ""):
            return _lines(entries, place)
        return Response(JournalPage(tuple(msgspec.Raw(each.data) for each in entries), place))

    return read_journal


def _position(after: str | None) -> Position | None:
    if after is None:
        return None
    try:
        position = Position.parse(after)
    except ValueError as error:
        raise InvalidRequestError(str(error), "after") from error
    if position.seq > LARGEST_SEQ:
        raise InvalidRequestError(f"No journal has more than {LARGEST_SEQ} entries.", "after")
    return position


def _lines(entries: Sequence[StoredEntry], place: str | None) -> Response[Any]:
    lines = b"".join(each.data + b"\n" for each in entries)
    headers = {"Next-Position": place} if place else {}
    return Response(lines, media_type=JSON_LINES, headers=headers)
