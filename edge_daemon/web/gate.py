"""The gate before every address: right box, right page, right caller, before anything is read.

In this order, each refused in the one shape of `problems`:
- `Host` must name this box, or a hostile page has pointed its own name at our address (421). The
  very address at which the connection came in is no name that anybody could point elsewhere.
- `Origin`, which browsers send and programs do not, must be on the list or be the very page that
  this box serves (403). Programs send none and pass. `null` never passes.
- A bearer token, or a ticket for a WebSocket (401). Nothing is open, not even what does not exist,
  but the routes that say of themselves that they are. What a token may do is `rights`' business.

No cookie is read but the one that `Access` names, and that one with care: what is more than
looking must come from a page whose `Origin` is ours, so a page of another site has nothing to ride
on. On an edge there is none at all.

Pages from an origin on the list get the CORS answers that they need, also with a refusal, also
the preflight, which carries no token. The gate is plain ASGI: it costs a few microseconds.
"""

import asyncio
import dataclasses
import itertools
import secrets
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import parse_qs

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from edge_daemon.measures import Histogram
from edge_daemon.web.access import (
    NOBODY,
    Caller,
    Callers,
    Denial,
    Reason,
    Refusal,
    Tickets,
    address_of,
)
from edge_daemon.web.problems import CODES, JSON, Problem, encode_problem
from edge_daemon.web.rights import Addresses

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What `Host` may say on every box; others come from the configuration."""

METHODS = frozenset({"GET", "PUT", "POST", "OPTIONS"})
"""What is told apart in the measures."""

LOOKING = frozenset({"GET", "HEAD"})
"""What changes nothing (RFC 9110, 9.2.1)."""

Headers = list[tuple[bytes, bytes]]

_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, PUT, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Last-Event-ID"),
    (b"access-control-allow-private-network", b"true"),
    (b"access-control-max-age", b"600"),
]
_INVALID = (b"www-authenticate", b'Bearer error="invalid_token"')
_EXPOSED = b"Location, Next-Position, X-Request-Id"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who is let through.

    Attributes:
        tokens: Who knows the callers.
        tickets: For WebSockets; None where there are none.
        hosts: Names of this box besides the loopback's, without port.
        origins: Origins of web pages that may call, as browsers write them (`https://till.shop`).
        refused: Told of everybody who is not let through.
        cookie, sessions: Name of the cookie by which pages of ours are known, and who knows the
            sessions in it; None where there are none.
        settings: Where the configuration names hosts and origins.
        where_from: Where a caller gets a token.
    """

    tokens: Callers
    tickets: Tickets | None = None
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    refused: Callable[[Refusal], None] = lambda _: None
    cookie: str = ""
    sessions: Callers | None = None
    settings: str = "[api]"
    where_from: str = "pairing gives one"


class _Refusal(NamedTuple):
    status: int
    reason: Reason
    message: str
    subject: str = NOBODY
    headers: Headers = []  # noqa: RUF012 - never changed


class _Asked(NamedTuple):
    """The headers that the gate judges; several of one name are joined, and then match nothing."""

    host: str
    origin: str
    authorization: str
    cookie: str
    options: bool
    preflight: bool

    @classmethod
    def of(cls, scope: Scope) -> "_Asked":
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            found[name] = found[name] + b", " + value if name in found else value
        options = scope["type"] == ScopeType.HTTP and scope["method"] == "OPTIONS"
        return cls(
            host=found.get(b"host", b"").decode("latin-1").lower(),
            origin=found.get(b"origin", b"").decode("latin-1"),
            authorization=found.get(b"authorization", b"").decode("latin-1"),
            cookie=found.get(b"cookie", b"").decode("latin-1"),
            options=options,
            preflight=options and b"access-control-request-method" in found,
        )


class Gate:
    """An ASGI application that lets through to `app` whom `access` admits.

    Attributes:
        request_seconds: From each request's head to the start of its answer, by method and route.

    Behind it `scope["state"]` has the `caller` (not on open routes) and the `request_id`.
    """

    def __init__(
        self, app: ASGIApp, access: Access, request_seconds: Histogram | None = None
    ) -> None:
        self._app = app
        self._access = access
        self._addresses = Addresses(app)
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in access.hosts}
        self.request_seconds = request_seconds or Histogram("method", "route")
        self._boot = secrets.token_hex(3)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge the request; answer it here or hand it on."""
        asked = _Asked.of(scope)
        request_id = f"{self._boot}-{next(self._numbers)}"
        extra = [(b"x-request-id", request_id.encode())]
        refusal = self._refuse_place(scope, asked)
        if refusal is None and asked.origin:
            extra += _cors(asked.origin)
        answer = self._measuring(scope, _adding(send, extra))
        if refusal is None and asked.preflight and asked.origin:
            await _respond(scope, answer, 204, _PREFLIGHT, b"")
            return
        if refusal is None and not self._addresses.is_open(scope):
            found = self._caller(scope, asked)
            if isinstance(found, Caller):
                scope["state"]["caller"] = found
            else:
                refusal = found
        if refusal is not None:
            await self._refuse(scope, answer, asked, refusal, request_id)
            return
        allow = self._addresses.allow(scope["path"]) if asked.options else ""
        if allow:
            await _respond(scope, answer, 204, [(b"allow", allow.encode())], b"")
            return
        scope["state"]["request_id"] = request_id
        await self._app(scope, receive, answer)

    def _measuring(self, scope: Scope, send: Send) -> Send:
        """A `send` that notes when the answer begins."""
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def send_and_measure(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = str(scope.get("method", "socket"))
                method = method if method in METHODS else "other"
                route = str(scope.get("path_template") or "refused")
                self.request_seconds.observe(loop.time() - began, method, route)
            await send(message)

        return send_and_measure

    def _refuse_place(self, scope: Scope, asked: _Asked) -> _Refusal | None:
        name = _without_port(asked.host)
        if name not in self._hosts and name != _own_address(scope):
            where = self._access.settings
            message = f"This box is not called {asked.host!r}; see {where} allowed_hosts."
            return _Refusal(421, Reason.FOREIGN_HOST, message)
        if not asked.origin or asked.origin in self._access.origins:
            return None
        page = "https" if scope["scheme"] in ("https", "wss") else "http"
        if asked.origin == f"{page}://{asked.host}":
            return None
        message = f"{asked.origin!r} may not call; see {self._access.settings} allowed_origins."
        return _Refusal(403, Reason.FOREIGN_ORIGIN, message)

    def _caller(self, scope: Scope, asked: _Asked) -> Caller | _Refusal:
        scheme, _, token = asked.authorization.partition(" ")
        if scheme.lower() == "bearer":
            judged = self._access.tokens.judge(token.strip(), address_of(scope))
            return _invalid_token(judged) if isinstance(judged, Denial) else judged
        if scope["type"] == ScopeType.WEBSOCKET and self._access.tickets is not None:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [])
            caller = self._access.tickets.redeem(given[0]) if len(given) == 1 else None
            if caller is not None or given:
                return caller or _spent_ticket()
        if self._access.sessions is not None and not asked.authorization:
            session = _cookie(asked.cookie, self._access.cookie)
            if session:
                return self._of_session(scope, asked, self._access.sessions, session)
        return _unauthorized(asked, self._access.where_from)

    def _of_session(
        self, scope: Scope, asked: _Asked, sessions: Callers, session: str
    ) -> Caller | _Refusal:
        """Who has this session. A browser sends `Origin` with all that changes something."""
        is_looking = scope["type"] == ScopeType.HTTP and scope["method"] in LOOKING
        if not is_looking and not asked.origin:
            message = "A session is for this box's own pages: send `Origin`, or use a token."
            return _Refusal(403, Reason.FOREIGN_ORIGIN, message)
        judged = sessions.judge(session, address_of(scope))
        return _invalid_token(judged) if isinstance(judged, Denial) else judged

    async def _refuse(
        self, scope: Scope, send: Send, asked: _Asked, refusal: _Refusal, request_id: str
    ) -> None:
        self._access.refused(
            Refusal(
                reason=refusal.reason,
                subject=refusal.subject,
                origin=asked.origin,
                address=address_of(scope),
            )
        )
        problem = Problem(
            code=CODES[refusal.status], message=refusal.message, request_id=request_id
        )
        headers = [*refusal.headers, (b"content-type", JSON.encode())]
        await _respond(scope, send, refusal.status, headers, encode_problem(problem))


def _own_address(scope: Scope) -> str:
    """The address of ours that the caller has connected to, as `Host` writes it."""
    server = scope.get("server")
    address = str(server[0]).partition("%")[0] if server else ""
    return f"[{address}]" if ":" in address else address


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _cookie(header: str, name: str) -> str:
    """The value of a cookie (RFC 6265, 5.4); of two of one name, neither."""
    pairs = (part.strip().partition("=") for part in header.replace(",", ";").split(";"))
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else ""


def _unauthorized(asked: _Asked, where_from: str) -> _Refusal:
    if asked.authorization:
        message = "Authorization must be `Bearer` and one token."
        return _Refusal(401, Reason.UNKNOWN_TOKEN, message, NOBODY, [_INVALID])
    message = f"Send `Authorization: Bearer` with the token; {where_from}."
    return _Refusal(401, Reason.NO_TOKEN, message, NOBODY, [(b"www-authenticate", b"Bearer")])


def _invalid_token(denial: Denial) -> _Refusal:
    return _Refusal(401, denial.reason, denial.message, denial.subject, [_INVALID])


def _spent_ticket() -> _Refusal:
    message = "This ticket is spent, too old or not ours; ask for another one."
    return _Refusal(401, Reason.SPENT_TICKET, message, NOBODY, [_INVALID])


def _cors(origin: str) -> Headers:
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    ]


def _adding(send: Send, extra: Headers) -> Send:
    """A `send` that adds headers to the start of the answer."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return send_with_headers


async def _respond(
    scope: Scope, send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> None:
    """Answer over HTTP; a WebSocket's handshake is answered so too (ASGI extension)."""
    kind = "websocket.http.response" if scope["type"] == ScopeType.WEBSOCKET else "http.response"
    length = [(b"content-length", str(len(body)).encode())] if status != 204 else []  # noqa: PLR2004 - 204 has no length (RFC 9110, 8.6)
    start = {"type": f"{kind}.start", "status": status, "headers": [*headers, *length]}
    await send(start)  # type: ignore[arg-type] # Litestar's types lack the extension
    await send({"type": f"{kind}.body", "body": body, "more_body": False})  # type: ignore[arg-type,misc]
