import asyncio
import contextlib
import json
import logging
import signal
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from edge_daemon.errors import EdgeError
from edge_daemon.web import HttpServer, Limits, bind
from tests.edge_daemon.serving import client, serving
from tests.shifting_loop import advance

REQUEST = b"GET /now HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Application:
    """Answers at once on `/now`, with all that a reader never takes on `/much`, late on `/late`."""

    def __init__(self) -> None:
        self.late = asyncio.Event()
        self.arrived = asyncio.Event()
        self.over = asyncio.Event()
        self.ended: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        try:
            await self._body(receive)
            if path == "/late":
                self.arrived.set()
                await self.late.wait()
            start = {"type": "http.response.start", "status": 200, "headers": []}
            await send(start)  # type: ignore[arg-type]
            for _ in range(1000 if path == "/much" else 0):
                self.arrived.set()
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await send({"type": "http.response.body", "body": b"done", "more_body": False})
        finally:
            self.ended.append(path)
            self.over.set()

    async def _body(self, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] != "http.request" or not message["more_body"]:
                return


@pytest.fixture
async def application() -> Application:
    return Application()


class Raw:
    """A connection whose bytes the test writes itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def status(self) -> int:
        line = await self.reader.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        return int(line.split()[1])

    async def ends(self) -> bytes:
        """Everything that still comes until the other side closes."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /now HTTP/1.1\r\nHost: loc",
        b"PUT /now HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nab",
        b"PUT /now HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ],
)
async def test_half_a_request_is_cut_off_however_it_trickles(
    application: Application, beginning: bytes
) -> None:
    async with serving(application, Limits(request_seconds=10)) as port, connected(port) as slow:
        await slow.send(beginning)
        await turns()
        for byte in b"a" * 11:
            advance(0.9)
            with contextlib.suppress(ConnectionError):
                await slow.send(bytes([byte]))
            await turns()
        advance(1.0)
        assert await slow.ends() == b""


async def test_the_second_request_of_a_connection_has_the_same_deadline(
    application: Application,
) -> None:
    async with serving(application) as port, connected(port) as slow:
        await slow.send(REQUEST)
        await slow.reader.readuntil(b"done\r\n0\r\n\r\n")
        advance(60)
        await slow.send(REQUEST)
        await slow.reader.readuntil(b"done\r\n0\r\n\r\n")
        await slow.send(REQUEST[:20])
        await turns()
        advance(10.1)
        assert await slow.ends() == b""


async def test_an_idle_connection_is_closed_after_a_while(application: Application) -> None:
    async with serving(application) as port, connected(port) as idle:
        await idle.send(REQUEST)
        await idle.reader.readuntil(b"done\r\n0\r\n\r\n")
        await turns()
        advance(76)
        assert await idle.ends() == b""


async def test_a_long_answer_is_not_cut_off(application: Application) -> None:
    async with serving(application) as port, connected(port) as patient:
        await patient.send(REQUEST.replace(b"/now", b"/late"))
        await application.arrived.wait()
        advance(100)
        await turns()
        application.late.set()
        assert await patient.status() == 200


async def test_a_reader_that_takes_nothing_is_cut_off(application: Application) -> None:
    async with serving(application) as port, connected(port) as stuck:
        stuck.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await stuck.send(REQUEST.replace(b"/now", b"/much"))
        await application.arrived.wait()
        await turns(500)
        assert application.ended == []
        advance(30.1)
        await application.over.wait()
    assert application.ended == ["/much"]


async def test_silent_connections_do_not_shut_out_the_register_beside_them(
    application: Application,
) -> None:
    limits = Limits(connections=50, connections_per_address=20)
    async with contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(application, limits))
        register = await stack.enter_async_context(client(port))
        assert (await register.get("/now")).status_code == 200
        for _ in range(300):
            silent = await stack.enter_async_context(connected(port))
            await silent.send(b"GET /now HT")
        assert (await register.get("/now")).status_code == 200
        newcomer = await stack.enter_async_context(client(port))
        assert (await newcomer.get("/now")).status_code == 200


async def test_who_is_being_served_does_not_make_room(application: Application) -> None:
    limits = Limits(connections_per_address=3)
    async with contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(application, limits))
        served = [await stack.enter_async_context(connected(port)) for _ in range(3)]
        for each in served:
            await each.send(REQUEST.replace(b"/now", b"/late"))
        await application.arrived.wait()
        await turns()
        newcomer = await stack.enter_async_context(connected(port))
        answer = await newcomer.ends()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert (
            json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "too_many_connections"
        )
        application.late.set()
        assert [await each.status() for each in served] == [200, 200, 200]


async def test_places_are_given_back(application: Application) -> None:
    async with serving(application, Limits(connections_per_address=2)) as port:
        for _ in range(10):
            async with client(port) as register:
                assert (await register.get("/now")).status_code == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rInjected: 1\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused_in_the_shape_of_every_refusal(
    application: Application, garbage: bytes
) -> None:
    async with serving(application) as port, connected(port) as stranger:
        await stranger.send(garbage + b"\r\n\r\n")
        head, _, body = (await stranger.ends()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["code"] == "invalid_request"
    assert application.ended == []


@pytest.mark.parametrize(
    "header", ["Host: l\xf6calhost", "Host: a\r\nSec-WebSocket-Protocol: \xff"]
)
async def test_a_handshake_that_cannot_be_read_is_refused_quietly(
    application: Application, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    request = f"GET / HTTP/1.1\r\n{header}\r\n{upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n\r\n"
    async with serving(application) as port, connected(port) as stranger:
        await stranger.send(request.encode("latin-1"))
        assert await stranger.status() == 400
        await stranger.ends()
    assert application.ended == []
    assert caplog.records == []


async def test_a_header_without_an_end_is_cut_off(application: Application) -> None:
    async with serving(application) as port, connected(port) as stranger:
        with contextlib.suppress(ConnectionError):
            await stranger.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 1_000_000)
        await stranger.ends()
    assert application.ended == []


async def test_small_packets_are_not_held_back(application: Application) -> None:
    listeners = bind("127.0.0.1", 0)
    assert listeners[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    server = HttpServer(application, listeners)
    task = asyncio.ensure_future(server.serve())
    await server.ready.wait()
    async with connected(server.addresses[0][1]) as register:
        await register.send(REQUEST)
        await register.status()
        (connection,) = server._server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_a_taken_port_is_an_error_that_says_what_to_do() -> None:
    (first,) = bind("127.0.0.1", 0)
    with first, pytest.raises(EdgeError, match=r"Cannot listen on 127.0.0.1:\d+ .*\[api\]"):
        bind("127.0.0.1", first.getsockname()[1])


def test_localhost_is_every_loopback_address_on_one_port() -> None:
    sockets = bind("localhost", 0)
    try:
        assert "127.0.0.1" in {each.getsockname()[0] for each in sockets}
        assert len({each.getsockname()[1] for each in sockets}) == 1
    finally:
        for each in sockets:
            each.close()


async def test_a_name_that_nobody_knows_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(EdgeError, match=r"Cannot listen on 256\.1\.1\.1:1 "):
        bind("256.1.1.1", 1)


async def test_signals_stay_with_the_daemon(application: Application) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serving(application):
        during = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    assert during == before


async def test_answers_under_way_are_finished_when_the_server_is_cancelled(
    application: Application,
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(application))
        late = await stack.enter_async_context(connected(port))
        await late.send(REQUEST.replace(b"/now", b"/late"))
        await application.arrived.wait()
        asyncio.get_running_loop().call_later(0.05, application.late.set)
    # The stack closed the server while the answer was under way.
    assert application.ended == ["/late"]


async def test_a_cancelled_server_does_not_wait_for_ever_and_is_quiet(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with connecting(application) as late:
        await late.send(REQUEST.replace(b"/now", b"/late"))
        await application.arrived.wait()
    assert application.ended == ["/late"]
    assert caplog.records == []


async def test_a_register_that_waits_when_the_server_goes_is_told_nothing_rather_than_a_failure(
    application: Application,
) -> None:
    async with contextlib.AsyncExitStack() as late, contextlib.AsyncExitStack() as early:
        port = await early.enter_async_context(serving(application, Limits(grace_seconds=0.05)))
        register = await late.enter_async_context(connected(port))
        await register.send(REQUEST.replace(b"/now", b"/late"))
        await application.arrived.wait()
        await early.aclose()
        assert await register.ends() == b""


@contextlib.asynccontextmanager
async def connecting(application: Application) -> AsyncIterator[Raw]:
    """A connection that is still there when its server goes down."""
    async with contextlib.AsyncExitStack() as late, contextlib.AsyncExitStack() as early:
        port = await early.enter_async_context(serving(application, Limits(grace_seconds=0.05)))
        yield await late.enter_async_context(connected(port))


async def test_the_port_is_free_after_the_server_has_gone(application: Application) -> None:
    async with serving(application) as port:
        pass
    with pytest.raises(httpx.ConnectError):
        async with client(port) as register:
            await register.get("/now")
