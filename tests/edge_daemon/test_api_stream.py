import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from drivers.scanner import Scan
from edge_daemon.api.application import ANSWERS
from edge_daemon.api.stream import stream_routes
from edge_daemon.clock import SystemClock
from edge_daemon.events import EventStream
from edge_daemon.web import About, Access, Gate, HttpServer, Tickets, Tokens, bind, create_app
from tests.edge_daemon.serving import TOKEN, client, serving
from tests.shifting_loop import advance

BEARER = {"Authorization": f"Bearer {TOKEN}"}
TILL = "https://till.example"


@pytest.fixture
async def events() -> EventStream:
    return EventStream(SystemClock())


@pytest.fixture
async def port(events: EventStream) -> AsyncIterator[int]:
    tickets = Tickets()
    app = create_app(stream_routes(events, tickets), About("Events", "1", ""), ANSWERS)
    access = Access(tokens=Tokens({"till-1": TOKEN}), tickets=tickets, origins=frozenset({TILL}))
    async with serving(Gate(app, access)) as port:
        yield port


@contextlib.asynccontextmanager
async def socket(
    port: int, query: str = "", *, origin: str | None = None, token: bool = True
) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"ws://127.0.0.1:{port}/v1/events{query}",
        origin=origin,  # type: ignore[arg-type] # the library's own type for a string
        additional_headers=BEARER if token else {},
        proxy=None,
        max_queue=None,  # else the library stops reading, and misses the answer to its close
    ) as connection:
        yield connection


async def received(connection: ClientConnection) -> dict[str, Any]:
    text = await connection.recv()
    assert isinstance(text, str)
    event: dict[str, Any] = json.loads(text)
    return event


class ServerSent:
    """The other end of server-sent events, after the WHATWG's description."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()
        self.comments: list[str] = []

    async def event(self) -> dict[str, str]:
        found: dict[str, str] = {}
        async for line in self._lines:
            if line.startswith(":"):
                self.comments.append(line)
            elif line:
                name, _, value = line.partition(": ")
                found[name] = value
            elif "data" in found:
                return found
            else:
                found = {}
        raise EOFError


@contextlib.asynccontextmanager
async def server_sent(port: int, query: str = "", **headers: str) -> AsyncIterator[ServerSent]:
    async with (
        client(port) as register,
        register.stream(
            "GET", f"/v1/events{query}", headers={"Accept": "text/event-stream", **headers}
        ) as response,
    ):
        yield ServerSent(response)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - a count has no event to wait for
        await asyncio.sleep(0)


# --- WebSocket ------------------------------------------------------------------------------


async def test_a_scan_reaches_every_register_over_websocket(port: int, events: EventStream) -> None:
    async with socket(port) as one, socket(port) as two:
        for each in (one, two):
            assert (await received(each))["type"] == "subscribed"
        events.publish("scan", Scan("8712345678906", gtin="08712345678906"), device="scanner-1")
        first, second = await received(one), await received(two)
    assert first == second
    assert first["type"] == "scan"
    assert first["device"] == "scanner-1"
    assert first["data"]["gtin"] == "08712345678906"


async def test_a_register_that_comes_back_gets_what_it_missed_with_its_age(
    port: int, events: EventStream
) -> None:
    async with socket(port) as register:
        start = (await received(register))["id"]
    events.publish("scan", {"scan_data": "1"})
    advance(6.0)
    events.publish("scan", {"scan_data": "2"})
    async with socket(port, f"?after={start}") as register:
        assert (await received(register))["type"] == "subscribed"
        stale, fresh = await received(register), await received(register)
        events.publish("scan", {"scan_data": "3"})
        live = await received(register)
    assert (stale["data"]["scan_data"], stale["replayed"]) == ("1", True)
    assert stale["age_ms"] >= 6000
    assert (fresh["data"]["scan_data"], fresh["replayed"]) == ("2", True)
    assert fresh["age_ms"] < 6000
    assert live["data"]["scan_data"] == "3"
    assert "replayed" not in live


async def test_another_boot_is_answered_resync(port: int) -> None:
    async with socket(port, "?after=000000000000-5") as register:
        assert (await received(register))["type"] == "resync"


async def test_what_a_register_says_is_dropped(port: int, events: EventStream) -> None:
    async with socket(port) as register:
        await received(register)
        for _ in range(10):
            await register.send("hello")
        events.publish("scan", {})
        assert (await received(register))["type"] == "scan"


async def test_a_register_that_says_too_much_is_cut_off(port: int, events: EventStream) -> None:
    async with socket(port) as register:
        await received(register)
        await register.send("x" * 5000)
        with pytest.raises(ConnectionClosed) as closed:
            await register.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    await until(lambda: events.subscribers == 0)


async def test_a_socket_outlives_the_deadline_of_requests(port: int, events: EventStream) -> None:
    async with socket(port) as register:
        await received(register)
        advance(12.0)
        for _ in range(20):
            await asyncio.sleep(0)
        events.publish("scan", {})
        assert (await received(register))["type"] == "scan"


async def test_a_register_that_leaves_is_forgotten(port: int, events: EventStream) -> None:
    async with socket(port) as register:
        await received(register)
        assert events.subscribers == 1
    await until(lambda: events.subscribers == 0)
    connection = await connect(
        f"ws://127.0.0.1:{port}/v1/events", additional_headers=BEARER, proxy=None
    )
    await received(connection)
    connection.transport.abort()
    await until(lambda: events.subscribers == 0)


async def test_the_end_of_the_daemon_is_told(port: int, events: EventStream) -> None:
    async with socket(port) as register:
        await received(register)
        events.publish("last", {})
        events.close()
        assert (await received(register))["type"] == "last"
        with pytest.raises(ConnectionClosed) as closed:
            await register.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001


@pytest.mark.parametrize(
    ("origin", "query", "status"),
    [
        (None, "", 401),
        (None, "?ticket=", 401),
        (None, "?ticket=made-up", 401),
        (TILL, "?ticket=made-up", 401),
        ("https://evil.example", "", 403),
    ],
)
async def test_a_socket_is_not_opened_for_strangers(
    port: int, origin: str | None, query: str, status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(port, query, origin=origin, token=False):
            pass
    assert refused.value.response.status_code == status
    assert "error" in json.loads(refused.value.response.body)


async def test_a_socket_elsewhere_is_refused(port: int) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(
            f"ws://127.0.0.1:{port}/v1/tickets", additional_headers=BEARER, proxy=None
        ):
            pass


async def ticket(port: int) -> str:
    async with client(port) as register:
        response = await register.post("/v1/tickets")
    assert response.status_code == 201
    assert response.json()["expires_in"] == 30
    given: str = response.json()["ticket"]
    return given


async def test_a_browser_opens_its_socket_with_a_ticket_once(
    port: int, events: EventStream
) -> None:
    given = await ticket(port)
    async with socket(port, f"?ticket={given}", origin=TILL, token=False) as register:
        assert (await received(register))["type"] == "subscribed"
        events.publish("scan", {})
        assert (await received(register))["type"] == "scan"
    with pytest.raises(InvalidStatus) as refused:
        async with socket(port, f"?ticket={given}", origin=TILL, token=False):
            pass
    assert refused.value.response.status_code == 401


async def test_a_ticket_is_good_for_half_a_minute(port: int) -> None:
    given = await ticket(port)
    advance(30.1)
    with pytest.raises(InvalidStatus) as refused:
        async with socket(port, f"?ticket={given}", token=False):
            pass
    assert refused.value.response.status_code == 401


async def test_a_ticket_is_no_token(port: int) -> None:
    given = await ticket(port)
    async with client(port, token=None) as stranger:
        for request in (
            stranger.get(f"/v1/events?ticket={given}"),
            stranger.post("/v1/tickets", headers={"Authorization": f"Bearer {given}"}),
        ):
            assert (await request).status_code == 401


async def test_a_register_hears_only_the_types_and_devices_that_it_names(
    port: int, events: EventStream
) -> None:
    async with (
        socket(port, "?type=scan&type=drawer_opened&device=scanner-1&device=drawer") as register,
        server_sent(port, "?type=scan&type=sale_changed&device=scanner-1") as stream,
    ):
        await received(register)
        await stream.event()
        for kind, device in (
            ("scan", "scanner-2"),
            ("device_changed", "drawer"),
            ("scan", "scanner-1"),
            ("sale_changed", None),
            ("drawer_opened", "drawer"),
            ("sale_changed", None),
        ):
            events.publish(kind, {}, device=device)
        heard = [await received(register), await received(register)]
        assert [each["device"] for each in heard] == ["scanner-1", "drawer"]
        kinds = [(await stream.event())["event"] for _ in range(3)]
        assert kinds == ["scan", "sale_changed", "sale_changed"]


async def test_a_register_that_names_too_many_types_is_told_so(port: int) -> None:
    query = "&".join(f"type=t{number}" for number in range(65))
    async with server_sent(port, f"?{query}") as stream:
        assert stream.response.status_code == 400
    with pytest.raises(InvalidStatus):
        async with socket(port, f"?{query}"):
            pass


async def test_who_hears_nothing_of_a_busy_stream_still_learns_where_it_is(
    port: int, events: EventStream
) -> None:
    async with socket(port, "?type=scan") as register, server_sent(port, "?type=scan") as stream:
        await received(register)
        await stream.event()
        for _ in range(4):
            events.publish("device_changed", {})
            for _ in range(20):
                await asyncio.sleep(0)
            advance(4.0)
        here = events.position
        told = await received(register)
        assert told["type"] == "still_here"
        events.publish("scan", {})
        await stream.event()
        assert stream.comments
    async with socket(port, f"?type=scan&after={here}") as register:
        assert (await received(register))["type"] == "subscribed"
        assert (await received(register))["type"] == "scan"


# --- server-sent events ---------------------------------------------------------------------


async def test_server_sent_events_carry_id_type_and_the_same_line(
    port: int, events: EventStream
) -> None:
    async with server_sent(port) as stream, socket(port) as register:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert (await stream.event())["event"] == "subscribed"
        await received(register)
        at = events.publish("scan", {"scan_data": "€\n"}, device="scanner-1")
        event = await stream.event()
        assert event["id"] == str(at)
        assert event["event"] == "scan"
        assert json.loads(event["data"]) == await received(register)


async def test_an_event_source_comes_back_with_its_last_id(port: int, events: EventStream) -> None:
    async with server_sent(port) as stream:
        last = (await stream.event())["id"]
    events.publish("scan", {"scan_data": "1"})
    header = {"Last-Event-ID": last}
    async with server_sent(port, "?after=elsewhere-1", **header) as stream:
        assert (await stream.event())["event"] == "subscribed"
        missed = json.loads((await stream.event())["data"])
    assert missed["data"]["scan_data"] == "1"
    assert missed["replayed"] is True
    async with server_sent(port, f"?after={last}") as stream:
        assert (await stream.event())["event"] == "subscribed"


async def test_an_event_source_of_another_boot_is_told_to_resync(port: int) -> None:
    async with server_sent(port, "?after=000000000000-5") as stream:
        event = await stream.event()
    assert event["event"] == "resync"
    assert json.loads(event["data"])["data"] == {"reason": "restarted"}


async def test_a_silent_stream_says_that_it_is_still_there(port: int, events: EventStream) -> None:
    async with server_sent(port) as stream:
        await stream.event()
        for _ in range(3):
            for _ in range(50):
                await asyncio.sleep(0)
            advance(15.1)
        for _ in range(50):
            await asyncio.sleep(0)
        events.publish("scan", {})
        assert (await stream.event())["event"] == "scan"
        assert len(stream.comments) >= 2


async def test_the_end_of_the_daemon_ends_the_stream(port: int, events: EventStream) -> None:
    async with server_sent(port) as stream:
        await stream.event()
        events.publish("last", {})
        events.close()
        assert (await stream.event())["event"] == "last"
        with pytest.raises(EOFError):
            await stream.event()


async def test_the_server_ends_its_streams_before_it_goes(events: EventStream) -> None:
    app = create_app(stream_routes(events, Tickets()), About("Events", "1", ""), ANSWERS)
    access = Access(tokens=Tokens({"till-1": TOKEN}))
    server = HttpServer(Gate(app, access), bind("127.0.0.1", 0), on_stop=events.close)
    serving_it = asyncio.ensure_future(server.serve())
    await server.ready.wait()
    async with server_sent(server.addresses[0][1]) as stream:
        await stream.event()
        began = asyncio.get_running_loop().time()
        serving_it.cancel()
        with pytest.raises(EOFError):
            await stream.event()
        with contextlib.suppress(asyncio.CancelledError):
            await serving_it
    assert asyncio.get_running_loop().time() - began < 0.5


async def test_a_stream_that_is_left_is_forgotten(port: int, events: EventStream) -> None:
    async with server_sent(port) as stream:
        await stream.event()
        assert events.subscribers == 1
    await until(lambda: events.subscribers == 0)


# --- many -----------------------------------------------------------------------------------


async def test_a_register_that_reads_nothing_does_not_slow_the_others(
    port: int, events: EventStream
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    writer.write(request.encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    async with socket(port) as quick:
        await received(quick)
        for number in range(2000):
            events.publish("big", {"n": number, "text": "x" * 8000})
            assert (await received(quick))["data"]["n"] == number
        assert events.subscribers == 2
        advance(31)
        await until(lambda: events.subscribers == 1)
    writer.close()


async def test_eight_registers_that_reconnect_at_will_end_with_the_full_list(
    port: int, events: EventStream
) -> None:
    total = 200

    async def register(number: int) -> list[int]:
        seen: list[int] = []
        after = f"?after={events.boot}-0"
        while len(seen) < total:
            async with socket(port, after) as connection:
                for _ in range(7 + number):
                    event = await received(connection)
                    after = f"?after={event['id']}"
                    if event["type"] == "counted":
                        seen.append(event["data"]["n"])
                    if len(seen) == total:
                        break
        return seen

    async def publisher() -> None:
        for number in range(total):
            events.publish("counted", {"n": number})
            await asyncio.sleep(0)

    lists, _ = await asyncio.gather(asyncio.gather(*map(register, range(8))), publisher())
    assert lists == [list(range(total))] * 8
