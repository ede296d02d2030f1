"""The HTTP server: uvicorn on sockets that we bind, as one task among others.

By itself uvicorn ends the process when a port is taken, takes SIGTERM for itself and prints a
line for each request. Here the sockets are bound before, with an error that says what to do; the
signals stay with the daemon; the server ends when its task is cancelled.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Generator, Sequence

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send

from edge_daemon.errors import EdgeError
from edge_daemon.web.connections import http_factory, websocket_factory
from edge_daemon.web.doorkeeper import Doorkeeper, Limits

HEADER_BYTES = 16 * 1024
"""A request's header at most. nginx takes 8 KiB a line, Apache 8190 bytes, h11 by itself 16 KiB."""
WEBSOCKET_BYTES = 4096
"""A message from a register at most; it has nothing to say on the event stream."""
PING_SECONDS = 20.0
"""Between two pings, and for their answer: a WebSocket whose peer is gone ends within 40 s."""

GONE_MS = 30_000
"""For the answer to what was sent: a machine that was switched off says no goodbye (RFC 5482)."""
HANDSHAKE_SECONDS = 10.0
"""For a TLS handshake; until it is done, a connection is not yet counted by the doorkeeper."""


def bind(host: str, port: int) -> list[socket.socket]:
    """Bind every address that `host` has. Who connects waits until the server serves.

    Args:
        host: An address, or `localhost` for both loopback addresses.
        port: 0 for any that is free (the same on every address).

    Raises:
        EdgeError: The address cannot be had; nothing is bound.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            sockets.append(_listener(family, (address, port)))
            port = port or sockets[0].getsockname()[1]
    except OSError as error:
        for each in sockets:
            each.close()
        raise EdgeError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}). Stop the program that"
            " has it, or choose another [api] host or port."
        ) from error
    return sockets


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _listener(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_MS)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen()  # until then two programs can share a port, and neither knows
        listener.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    except OSError:
        listener.close()
        raise
    return listener


class HttpServer:
    """Serves an application on bound sockets.

    Attributes:
        ready: Set once connections are accepted.
    """

    def __init__(
        self,
        app: ASGIApp,
        sockets: Sequence[socket.socket],
        limits: Limits | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what is served.

        Args:
            app: What is served.
            sockets: Bound, by `bind`.
            limits: What is put up with.
            tls: With which certificate; plain HTTP without.
            on_stop: Called first at the end, to finish endless answers.
        """
        self._sockets = list(sockets)
        self._limits = limits or Limits()
        self._doorkeeper = Doorkeeper(self._limits)
        self._app = app
        self._on_stop = on_stop
        self._stopping = False
        self._server = _Server(_configuration(self._handle, self._doorkeeper, self._limits, tls))
        self.ready = self._server.ready

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where it listens: host and port of each socket."""
        return [each.getsockname()[:2] for each in self._sockets]

    async def serve(self) -> None:
        """Serve until cancelled; then let answers under way finish for a moment.

        Raises:
            OSError: Listening failed.
        """
        try:
            await self._server.serve(self._sockets)
        finally:
            await self._stop()

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._stopping:  # else uvicorn logs each one as a failure of the application
                raise

    async def _stop(self) -> None:
        self._stopping = True
        self._on_stop()
        for listening in self._server.servers:
            listening.close()
        for each in self._sockets:
            each.close()
        for connection in list(self._server.server_state.connections):
            connection.shutdown()
        tasks = set(self._server.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=self._limits.grace_seconds)
        for left in self._doorkeeper.inside:
            left.cut()
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, waking once a second instead of ten times."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.servers = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections; a handshake of TLS that is not finished in time is cut off."""
        loop = asyncio.get_running_loop()
        tls = self.config.ssl
        for each in sockets or ():
            server = await loop.create_server(
                self._connection,
                sock=each,
                ssl=tls,
                backlog=self.config.backlog,
                ssl_handshake_timeout=None if tls is None else HANDSHAKE_SECONDS,
            )
            self.servers.append(server)
        self.started = True

    def _connection(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg] # as uvicorn calls it
            config=self.config, server_state=self.server_state, app_state={}
        )
        return made

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to the daemon."""
        yield

    async def main_loop(self) -> None:
        """Keep the `Date` header right until cancelled."""
        self.ready.set()
        while True:
            await self.on_tick(0)
            await asyncio.sleep(1.0)


def _configuration(
    app: ASGIApp, doorkeeper: Doorkeeper, limits: Limits, tls: ssl.SSLContext | None
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ssl_context_factory=None if tls is None else lambda *_: tls,
        http=http_factory(doorkeeper),
        ws=websocket_factory(doorkeeper),
        ws_max_size=WEBSOCKET_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=[("cache-control", "no-store"), ("x-content-type-options", "nosniff")],
        timeout_keep_alive=limits.keep_alive_seconds,
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
