"""The front of all doors: one ASGI application that lets in, reads, hands on and answers.

A call is admitted before its body is read. Preflights are answered at once. Bodies have a limit.
Whatever goes wrong behind is answered in the door's own words, and never as a failure of the
server, which some of these tills take for a lost connection.
"""

import asyncio
import collections
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from edge_daemon.doors.admission import Admission, Call, Denied
from edge_daemon.doors.exchange import JSON, Answer, Asked, Service
from edge_daemon.web.access import Refusal

_log = logging.getLogger(__name__)

MAX_BODY_BYTES = 6 * 1024 * 1024
"""A receipt as a JPEG in base64 has some 100 KB; a long one on a sharp screen a megabyte or two."""
MAX_AT_ONCE = 64
"""Requests of one door under way; each till keeps two long polls."""

_PLACES = {
    "/hw_proxy/": "hw_proxy",
    "/cups/": "hw_proxy",
    "/printers/": "hw_proxy",
    "/iot_drivers/": "iot",
    "/hw_drivers/": "iot",
    "/cgi-bin/epos/": "epos",
    "/cgi-bin/eposDisp/": "epos",
    "/StarWebPRNT/": "webprnt",
}
"""Where each kind of till calls."""

_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, POST, PUT, OPTIONS"),
    (b"access-control-allow-headers", b"Content-Type, If-Modified-Since, SOAPAction"),
    (b"access-control-allow-private-network", b"true"),
    (b"access-control-max-age", b"600"),
]

Headers = list[tuple[bytes, bytes]]


class _TooLargeError(Exception):
    """Raised when a body is longer than `MAX_BODY_BYTES`."""


class _GoneError(Exception):
    """Raised when the till went away before its request was complete."""


class _Shown(NamedTuple):
    call: Call
    preflight: bool
    length: int

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "_Shown":
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            found[name] = found[name] + b", " + value if name in found else value
        length = found.get(b"content-length", b"0")
        client, server = scope.get("client"), scope.get("server")
        call = Call(
            host=found.get(b"host", b"").decode("latin-1"),
            origin=found.get(b"origin", b"").decode("latin-1"),
            address=client[0] if client else "",
            own_address=server[0] if server else "",
        )
        asks = b"access-control-request-method" in found
        size = int(length) if length.isdigit() and len(length) < len(str(2**63)) else 2**63
        return cls(call, scope["method"] == "OPTIONS" and asks, size)


class Front:
    """Serves all doors."""

    def __init__(
        self,
        admission: Admission,
        services: Mapping[str, Service],
        refused: Callable[[Refusal], None],
    ) -> None:
        self._admission = admission
        self._services = services
        self._refused = refused
        self._under_way: collections.Counter[str] = collections.Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; WebSockets are closed, there are none here."""
        if scope["type"] != ScopeType.HTTP:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        kind = next(
            (kind for place, kind in _PLACES.items() if scope["path"].startswith(place)), ""
        )
        service = self._services.get(kind)
        if service is None:
            await _send(send, _problem(404, "not_found", "There is no such door here."), [])
            return
        shown = _Shown.of(scope)
        judged = self._admission.judge(kind, shown.call)
        if isinstance(judged, Denied):
            origin, address = shown.call.origin, shown.call.address
            self._refused(Refusal(judged.reason, judged.subject, origin=origin, address=address))
            await _send(send, _problem(judged.status, judged.reason, judged.message), [])
            return
        cors = _cors(shown.call.origin)
        if shown.preflight:
            await _send(send, Answer(b"", "", 204), [*cors, *_PREFLIGHT])
            return
        with contextlib.suppress(_GoneError):
            async with self._place(judged.name) as free:
                if not free:
                    answer = service.refuse(429, "Too many requests at once.")
                elif shown.length > MAX_BODY_BYTES:
                    answer = service.refuse(413, "The request is too large.")
                else:
                    answer = await self._serve(scope, receive, service, judged, shown.call.address)
            await _send(send, answer, cors)

    async def _serve(
        self,
        scope: Mapping[str, Any],
        receive: Receive,
        service: Service,
        door: Any,  # noqa: ANN401 - what the admission gave
        address: str,
    ) -> Answer:
        try:
            body = await _read(receive)
        except _TooLargeError:
            return service.refuse(413, "The request is too large.")
        gone = asyncio.Event()
        watching = asyncio.create_task(_watch(receive, gone))
        try:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=64))
            return await service.serve(
                Asked(door, scope["method"], scope["path"], query, body, address, gone)
            )
        except Exception:  # noqa: BLE001 - a mistake of ours is answered in the door's words
            _log.exception("the door %s failed at %s", door.name, scope["path"])
            return service.refuse(500, "Something went wrong here; see the log of the box.")
        finally:
            watching.cancel()

    @contextlib.asynccontextmanager
    async def _place(self, door: str) -> AsyncIterator[bool]:
        """True when there is room for one more request at that door."""
        self._under_way[door] += 1
        try:
            yield self._under_way[door] <= MAX_AT_ONCE
        finally:
            self._under_way[door] -= 1


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        if message["type"] == "http.request":
            body += message["body"]
            if len(body) > MAX_BODY_BYTES:
                raise _TooLargeError
            if not message["more_body"]:
                return bytes(body)


async def _watch(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _cors(origin: str) -> Headers:
    if not origin:
        return []
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]


def _problem(status: int, code: str, message: str) -> Answer:
    """A refusal before the till's own words are known."""
    return Answer(msgspec.json.encode({"error": {"code": code, "message": message}}), JSON, status)


async def _send(send: Send, answer: Answer, headers: Headers) -> None:
    if answer.content_type:
        length = str(len(answer.body)).encode()
        headers = [
            *headers,
            (b"content-type", answer.content_type.encode()),
            (b"content-length", length),
        ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
