"""Everything a stranger on the network can try, while the counter sells on.

What is refused by the rooms and the gate one at a time has tests of its own; here all of it comes
at once, and the sales beside it are counted and timed.
"""

import asyncio
import contextlib
import io
import resource
import socket
import statistics
import struct
from collections import Counter as Tally
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from edge_daemon.records.payloads import AccessEvent, Intent
from tests.stories.counter import Counter, sale, ulid

SILENT = 1000
"""Connections of the slow loris."""
JSON = {"Content-Type": "application/json"}
DEEP = b'{"lines":' + b"[" * 200_000
BROKEN = [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"a":1e400}', DEEP, b'{"x":"\\ud800"}']
PATHS = [
    "/../../etc/passwd",
    "/v1/../v1/tokens",
    "/v1//tokens",
    "/v1/tokens/",
    "/V1/tokens",
    "/v1/%74okens%00",
    "/v1/pairings/..%2f..%2ftokens",
    "/v1/pairings/%2e%2e/tokens",
    "/v1/pairings/x/../../tokens",
    "/trust/../v1/tokens",
    "/trust/%2e%2e/v1/tokens",
    "//evil.example/v1/tokens",
    "/status/../v1/tokens",
    "/status/..%2f..%2fpages.py",
    "/v1/tokens;x=1",
    "/v1/tokens?ticket=x",
    "/v1/health#x",
]
TWO_LENGTHS = (
    b"PUT /v1/pairings/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    b"GET /v1/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
)
SMUGGLED = [
    b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\rAuthorization: Bearer x\r\n\r\n",
    b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    TWO_LENGTHS,
    b"PUT /v1/pairings/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5, 6\r\n\r\n",
    b"GET http://evil.example/v1/health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: null\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


class Stranger:
    """Somebody on the loopback address without a token, and what was answered."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.port = counter.daemon.addresses[0][1]
        self.answers: Tally[tuple[str, int]] = Tally()
        self.http = httpx.AsyncClient(base_url=counter.url, timeout=30, trust_env=False)

    async def ask(self, what: str, method: str, path: str, **more: Any) -> httpx.Response:
        answer = await self.http.request(method, path, **more)
        self.answers[what, answer.status_code] += 1
        return answer

    async def raw(self, what: str, data: bytes) -> None:
        """Send bytes that no HTTP library would; the status of each answer is noted."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
            line = await reader.readline()
            self.answers[what, int(line.split()[1]) if line else 0] += 1
        writer.close()

    def statuses(self, what: str) -> set[int]:
        """What was answered to all of one kind."""
        return {status for kind, status in self.answers if kind == what}


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with Counter() as counter:
        await counter.start()
        yield counter


async def timed_sale(counter: Counter) -> float:
    """Sell for cash; the seconds it took."""
    began = asyncio.get_running_loop().time()
    answer = await counter.sell()
    assert answer["state"] == "completed", answer
    return asyncio.get_running_loop().time() - began


async def nobody_gets_in(stranger: Stranger) -> None:
    """No token, a false one, a foreign name, a foreign page: on every kind of address."""
    for path in ("/v1/health", "/v1/tokens", "/openapi.json", "/v1/nothing", "/v1/logs"):
        await stranger.ask("no token", "GET", path)
        await stranger.ask("false token", "GET", path, headers={"Authorization": "Bearer pe_x"})
        await stranger.ask("rebound name", "GET", path, headers={"Host": "evil.example"})
        await stranger.ask("foreign page", "GET", path, headers={"Origin": "https://evil.example"})
        await stranger.ask("nobody's page", "GET", path, headers={"Origin": "null"})
        preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
        await stranger.ask("foreign preflight", "OPTIONS", path, headers=preflight)
        await stranger.ask("cookie", "GET", path, headers={"Cookie": "token=pe_x"})
    await stranger.ask("simple form", "POST", f"/v1/sales/{ulid()}/cancel", data={"a": "b"})


async def bodies_are_refused(stranger: Stranger) -> None:
    """The one address that takes a body from strangers."""
    place = f"/v1/pairings/{ulid()}"
    for body in BROKEN:
        await stranger.ask("broken", "PUT", place, content=body, headers=JSON)
    await stranger.ask("oversized", "PUT", place, content=b"x" * 2_000_000, headers=JSON)
    await stranger.ask("not JSON", "PUT", place, content=b"<a/>", headers={"Content-Type": "a/b"})
    for number in range(40):
        body = f'{{"code": "{number:08}"}}'.encode()
        await stranger.ask("guess", "PUT", f"/v1/pairings/{ulid()}", content=body, headers=JSON)


async def paths_lead_nowhere(stranger: Stranger) -> None:
    """Ways around the gate by odd paths and odd bytes."""
    for path in PATHS:
        line = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        await stranger.raw("path", line.encode())
    for data in SMUGGLED:
        await stranger.raw("smuggled", data + b"\r\n\r\n")
    header = b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 1_000_000
    await stranger.raw("endless header", header)


async def streams_are_closed(stranger: Stranger) -> None:
    """Tickets that are made up, or used twice."""
    ticket = (await stranger.counter.post("/v1/tickets", {})).json()["ticket"]
    url = f"ws://127.0.0.1:{stranger.port}/v1/events"
    async with connect(f"{url}?ticket={ticket}", proxy=None) as listening:
        await listening.recv()
    for given in (ticket, "made-up", ""):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{url}?ticket={given}", proxy=None)
        stranger.answers["ticket", refused.value.response.status_code] += 1


async def slow_loris(stranger: Stranger) -> None:
    """A thousand connections that begin a request and never end it, held until all are open."""
    writers = []
    for _ in range(SILENT):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", stranger.port)
            writers.append(writer)
            writer.write(b"PUT /v1/pairings/x HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
    stranger.answers["loris", len(writers)] += 1
    for writer in writers:
        sock = writer.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


EXPECTED = {
    "no token": {401},
    "false token": {401},
    "rebound name": {421},
    "foreign page": {403},
    "nobody's page": {403},
    "foreign preflight": {403},
    "cookie": {401},
    "simple form": {401},
    "broken": {400},
    "oversized": {413},
    "not JSON": {415},
    "guess": {403, 429},
    "path": {400, 401, 403, 404, 405},
    "smuggled": {400, 401, 403, 421},
    "endless header": {400},
    "ticket": {401},
    "loris": {SILENT},
}


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Room for both ends of every silent connection in this process; a shell gives 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * SILENT)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
@pytest.mark.timeout(180)
async def test_the_counter_sells_on_while_strangers_try_everything(counter: Counter) -> None:
    stranger = Stranger(counter)
    calm = [await timed_sale(counter) for _ in range(20)]
    attacks = [
        asyncio.create_task(attack(stranger))
        for attack in (
            nobody_gets_in,
            bodies_are_refused,
            paths_lead_nowhere,
            streams_are_closed,
            slow_loris,
        )
    ]
    busy: list[float] = []
    while not all(attack.done() for attack in attacks) or len(busy) < 20:
        busy.append(await timed_sale(counter))
    await asyncio.gather(*attacks)
    await stranger.http.aclose()
    print(  # noqa: T201 - the figure of the run
        f"\nsale p50: calm {statistics.median(calm) * 1000:.1f} ms, under attack"
        f" {statistics.median(busy) * 1000:.1f} ms, slowest {max(busy) * 1000:.0f} ms,"
        f" {len(busy)} sales beside {sum(stranger.answers.values())} tries"
    )
    for what, expected in EXPECTED.items():
        assert stranger.statuses(what), what
        assert stranger.statuses(what) <= expected, (what, stranger.statuses(what))
    assert len(counter.printer.receipts) == len(calm) + len(busy)
    assert len(await counter.payloads(Intent)) == len(calm) + len(busy)
    await everything_is_in_the_journal(counter)


async def everything_is_in_the_journal(counter: Counter) -> None:
    while counter.daemon.tasks.running:  # noqa: ASYNC110 - refusals have tasks of their own
        await asyncio.sleep(0)
    refused = [each for each in await counter.payloads(AccessEvent) if each.event == "Refused"]
    assert {each.reason for each in refused} >= {
        "no_token",
        "unknown_token",
        "foreign_host",
        "foreign_origin",
        "wrong_pairing_code",
        "too_many_pairing_codes",
        "spent_ticket",
    }
    assert len(refused) < 30


async def test_the_slip_has_the_code_and_where_the_box_is(counter: Counter) -> None:
    code_id = ulid()
    body = {"name": "Tablet", "workstation": "till-1"}
    answer = (await counter.put(f"/v1/pairing-codes/{code_id}", body)).json()
    assert answer["slip"]["state"] == "printed", answer
    again = (await counter.put(f"/v1/pairing-codes/{code_id}", body)).json()
    assert again["slip"]["state"] == "printed"
    (slip,) = counter.printer.receipts
    code = answer["code"]["code"]
    assert code in slip.text
    assert "KASSA KOPPELEN" in slip.text
    assert counter.url in slip.text
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(slip.png())))
    assert found.text == f"{counter.url}/#pair={code.replace('-', '')}"
    stored = await counter.daemon.journal.read_after(None, limit=1000, max_bytes=1 << 30)
    lines = b"\n".join(each.data for each in stored)
    assert code.encode() not in lines
    assert code.replace("-", "").encode() not in lines


async def test_a_dead_printer_does_not_keep_a_register_from_pairing(counter: Counter) -> None:
    await counter.printer.hand("paper_out")
    answer = (await counter.put(f"/v1/pairing-codes/{ulid()}", {"name": "Tablet"})).json()
    assert answer["slip"]["state"] == "failed"
    assert answer["slip"]["problem"]
    async with httpx.AsyncClient(base_url=counter.url, trust_env=False) as register:
        paired = await register.put(f"/v1/pairings/{ulid()}", json={"code": answer["code"]["code"]})
        bearer = {"Authorization": f"Bearer {paired.json()['token']}"}
        sold = await register.put(f"/v1/sales/{ulid()}", json=sale(), headers=bearer, timeout=30)
    assert sold.json()["state"] == "completed"
