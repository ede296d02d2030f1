"""The remote control over real HTTP."""

import io
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image

from simulators.control_api import BODY_LIMIT, serve
from simulators.line_display import LineDisplay
from simulators.scanner import Scanner


@pytest.fixture
async def scanner() -> AsyncIterator[Scanner]:
    async with Scanner() as scanner:
        yield scanner


@pytest.fixture
async def http(scanner: Scanner) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serve({"scanner": scanner}) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        yield http


async def test_state_lists_every_simulator(http: httpx.AsyncClient) -> None:
    for path in ("/", "/state"):
        answer = (await http.get(path)).json()
        assert answer["scanner"]["family"] == "scanner"
        assert answer["scanner"]["state"]["plugged_in"] is True
        assert answer["scanner"]["faults"]["burst"] is False


async def test_simulator_tells_what_can_be_done_with_it(http: httpx.AsyncClient) -> None:
    answer = (await http.get("/scanner")).json()
    assert answer["name"] == "scanner"
    assert "scan" in answer["actions"]
    assert answer["faults"]["burst"]["on"] is False
    assert answer["faults"]["burst"]["description"]
    assert "[[scanner]]" in answer["toml"]


async def test_hand_does_what_a_person_does(http: httpx.AsyncClient, scanner: Scanner) -> None:
    answer = await http.post("/scanner/hand", json={"action": "scan", "data": "8711000000007"})
    assert answer.status_code == 200
    assert answer.json()["state"]["last_scan"] == "8711000000007"
    assert scanner.state()["scans"] == 1


async def test_picture_shows_what_a_person_sees(http: httpx.AsyncClient) -> None:
    async with (
        LineDisplay() as display,
        serve({"display": display}) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as other,
    ):
        picture = await other.get("/display/picture")
        assert picture.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(picture.content)).format == "PNG"
        assert (await other.post("/display/picture", json={})).status_code == 405
    none = await http.get("/scanner/picture")
    assert none.status_code == 404
    assert "no picture" in none.json()["error"]


async def test_fault_is_switched_while_it_runs(http: httpx.AsyncClient, scanner: Scanner) -> None:
    answer = await http.post("/scanner/faults", json={"fault": "burst", "on": True})
    assert answer.json()["faults"]["burst"]["on"] is True
    assert "burst" in scanner.faults
    await http.post("/scanner/faults", json={"fault": "burst", "on": False})
    assert "burst" not in scanner.faults


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/scanner/hand", {"action": "scam"}, "Did you mean scan?"),
        ("/scanner/hand", {"action": "scan"}, "needs data"),
        ("/scanner/hand", {"action": "scan", "data": 5}, "as text"),
        ("/scanner/hand", {"data": "x"}, 'needs {"action"'),
        ("/scanner/hand", {"action": 5}, 'needs {"action"'),
        ("/scanner/faults", {"fault": "brust", "on": True}, "Did you mean burst?"),
        ("/scanner/faults", {"fault": "burst", "on": 1}, "true"),
        ("/scanner/faults", {"fault": "burst"}, "true"),
        ("/scanner/faults", {"fault": "burst", "on": True, "for": 5}, "nothing else"),
        ("/scanner/faults", [1], "no JSON object"),
    ],
)
async def test_bad_request_says_what_would_be_right(
    http: httpx.AsyncClient, scanner: Scanner, path: str, body: object, message: str
) -> None:
    answer = await http.post(path, json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert scanner.state()["scans"] == 0
    assert not any(scanner.faults.state().values())


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/scaner", 404, "Did you mean scanner? Known: scanner."),
        ("POST", "/scaner/hand", 404, "Known: scanner."),
        ("GET", "/scanner/drawers", 404, "/NAME/hand"),
        ("GET", "/scanner/hand", 405, "takes POST"),
        ("POST", "/state", 405, "takes GET"),
        ("DELETE", "/scanner", 405, "takes GET"),
    ],
)
async def test_wrong_door_is_told(
    http: httpx.AsyncClient, method: str, path: str, status: int, message: str
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == status
    assert message in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example"},
        {"Host": "attacker.example:80"},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
    ],
)
async def test_foreign_web_page_controls_nothing(
    http: httpx.AsyncClient, scanner: Scanner, headers: dict[str, str]
) -> None:
    answer = await http.post("/scanner/hand", json={"action": "unplug"}, headers=headers)
    assert answer.status_code == 403
    assert scanner.state()["plugged_in"] is True


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
async def test_body_that_a_foreign_page_may_send_is_refused(
    http: httpx.AsyncClient, scanner: Scanner, content_type: str
) -> None:
    answer = await http.post(
        "/scanner/hand", content='{"action": "unplug"}', headers={"Content-Type": content_type}
    )
    assert answer.status_code == 415
    assert scanner.state()["plugged_in"] is True


async def test_own_origin_may(http: httpx.AsyncClient) -> None:
    origin = str(http.base_url).rstrip("/")
    answer = await http.get("/state", headers={"Origin": origin})
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 60_000, b"\xff"])
async def test_garbage_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post(
        "/scanner/hand", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400


async def test_endless_body_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post(
        "/scanner/hand",
        content=b" " * (BODY_LIMIT + 1),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413


async def test_port_in_use_is_an_error(http: httpx.AsyncClient) -> None:
    assert http.base_url.port
    with pytest.raises(OSError, match="in use"):
        async with serve({}, http.base_url.port):
            pass
