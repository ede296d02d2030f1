"""Tills of other makers at a counter: the calls that they make, as they make them."""

import asyncio
import base64
import io
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import msgspec
from PIL import Image, ImageDraw

from edge_daemon.records.payloads import AccessEvent
from simulators.control import Simulator
from tests.stories.counter import Counter

ORIGIN = "https://shop.example"
DOORS = """
[doors]
listen = ["127.0.0.1:0"]
allowed_hosts = ["kassabox.local"]

[[door]]
name = "odoo"
kind = "hw_proxy"
workstation = "till-1"
origins = ["{origin}"]
addresses = ["127.0.0.1"]
programs = true
scopes = [{scopes}]

[[door]]
name = "odoo-iot"
kind = "iot"
workstation = "till-1"
origins = ["{origin}"]
addresses = ["127.0.0.1"]
programs = true
scopes = [{scopes}]
devices = {{ "usb_04b8_0e15" = "printer" }}

[[door]]
name = "epson"
kind = "epos"
workstation = "till-1"
origins = ["{origin}"]
addresses = ["127.0.0.1"]
programs = true
scopes = [{scopes}]
devices = {{ "kitchen" = "printer" }}

[[door]]
name = "star"
kind = "webprnt"
workstation = "till-1"
origins = ["{origin}"]
addresses = ["127.0.0.1"]
programs = true
scopes = [{scopes}]
"""
ALL_SCOPES = ("print", "drawer", "scan", "pay", "read")


class TillCounter(Counter):
    """A counter with all doors open."""

    def __init__(
        self,
        *,
        scopes: tuple[str, ...] = ALL_SCOPES,
        origin: str = ORIGIN,
        auto: bool = True,
        more: Sequence[Simulator] = (),
        rights: str = "",
    ) -> None:
        listed = ", ".join(f'"{scope}"' for scope in scopes)
        relay = DOORS.format(scopes=listed, origin=origin) + rights
        super().__init__(relay=relay, auto=auto, more=more)
        self.till = httpx.AsyncClient(timeout=70, trust_env=False, headers={"Origin": origin})
        self._stack.push_async_callback(self.till.aclose)

    @property
    def doors_url(self) -> str:
        """Where the doors are."""
        assert self.daemon.doors is not None
        host, port = self.daemon.doors.addresses[0]
        return f"http://{host}:{port}"

    async def call(self, path: str, params: Any = None, **more: Any) -> httpx.Response:
        """Call as Odoo's `rpc` does."""
        body = {"id": 7, "jsonrpc": "2.0", "method": "call", "params": params or {}}
        return await self.till.post(f"{self.doors_url}{path}", json=body, **more)

    async def result(self, path: str, params: Any = None) -> Any:
        """Call, and return the result."""
        response = await self.call(path, params)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert answer["jsonrpc"] == "2.0"
        assert answer["id"] == 7
        assert "result" in answer, answer
        return answer["result"]

    async def print_receipt(self, picture: bytes) -> Any:
        """Print as Odoo's tills do."""
        data = {"action": "print_receipt", "receipt": base64.b64encode(picture).decode()}
        return await self.result("/hw_proxy/default_printer_action", {"data": data})

    async def refusals(self, count: int = 1) -> list[AccessEvent]:
        """Who was refused, by the journal, as soon as it has so many."""
        found: list[AccessEvent] = []
        while len(found) < count:
            found = await self.payloads(AccessEvent)
        return found


def jpeg(text: str = "Receipt 0001", size: tuple[int, int] = (512, 300)) -> bytes:
    """A receipt as a canvas would draw it."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((4, 4, size[0] - 5, size[1] - 5), outline="black", width=3)
    draw.text((20, 40), text, fill="black", font_size=40)
    for step in range(16):
        shade = step * 17
        draw.rectangle((20 + step * 28, 160, 48 + step * 28, 240), fill=(shade, shade, shade))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def png(picture: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


async def until(condition: Callable[[], object]) -> None:
    """Let the others go on until the condition holds."""
    while not condition():  # noqa: ASYNC110 - of others, whose events we do not have
        await asyncio.sleep(0.001)


def decoded(response: httpx.Response) -> Any:
    """The JSON of an answer."""
    return msgspec.json.decode(response.content)
