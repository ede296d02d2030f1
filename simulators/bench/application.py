"""What the bench serves.

    GET  /, /{file}                  the page and its parts, open: they hold nothing of the shop
    GET  /bench/shop                 where the daemon is, the register's token, the products
    GET  /bench/live                 what happens, as server-sent events
    POST /bench/plugs                {"plug": "mains", "in": false}
    GET  /bench/scenario             what hands did until now, as YAML to play
    GET  /devices/…, POST /devices/… the simulators' control API

All but the page wants `Authorization: Bearer` and the bench's token, and comes from the bench's own
page or from no page at all.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

import msgspec

from simulators.bench.recording import Recording
from simulators.bench.stage import Stage, Viewer
from simulators.control import Json
from simulators.control_api import ControlApi
from simulators.http_server import (
    Doorkeeper,
    RefusedError,
    Request,
    read_request,
    respond,
    respond_json,
    respond_well,
)

LOOK_SECONDS: Final = 0.08
"""Between two looks at the counter, for each viewer."""
SIGN_OF_LIFE: Final = 100
"""Looks without news after which a viewer is told that the bench is still there."""
MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self' {box}; style-src 'self'; connect-src 'self' {box};"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The box serves the registers' SDK; paper comes as data."""
_DEVICES: Final = "/devices"


class Bench:
    """The bench of one counter, an ASGI application."""

    def __init__(self, stage: Stage, port: int, token: str) -> None:
        self._stage = stage
        self._doorkeeper = Doorkeeper(port)
        self._token = token
        self._control = ControlApi(stage.simulators)
        self._recording = Recording(time.monotonic)
        self._files = _read_files()
        self._page_headers = {
            "content-security-policy": _POLICY.format(box=stage.shop.get("url", "")),
            "referrer-policy": "no-referrer",
            "cache-control": "no-cache",
            "x-content-type-options": "nosniff",
        }
        self.closing = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Serve one request."""
        try:
            request = await read_request(scope, receive)
            self._doorkeeper.let_in(request)
            name = request.path.lstrip("/") or "index.html"
            if name in self._files:
                request.expect("GET")
                await self._respond_file(send, name)
                return
            self._ask_for_token(request)
            if request.path == "/bench/live":
                await self._show(receive, send)
                return
            answer = await self._answer(request)
        except RefusedError as refusal:
            await respond_json(send, refusal.status, {"error": str(refusal)})
        else:
            await respond_well(send, answer)

    async def _answer(self, request: Request) -> Json | bytes:
        if request.path == "/bench/shop":
            request.expect("GET")
            return dict(self._stage.shop)
        if request.path == "/bench/plugs":
            request.expect("POST")
            return await self._turn(request.json())
        if request.path == "/bench/scenario":
            request.expect("GET")
            return {"yaml": self._recording.yaml()}
        if request.path.startswith(f"{_DEVICES}/"):
            path = request.path.removeprefix(_DEVICES)
            inner = Request(request.method, path, request.headers, request.body)
            answer = await self._control.answer(inner)
            self._record(inner)
            return answer
        raise RefusedError(HTTPStatus.NOT_FOUND, f"There is no {request.path} here.")

    def _record(self, request: Request) -> None:
        name, _, door = request.path.lstrip("/").partition("/")
        if door == "hand":
            self._recording.hand(name, self._stage.simulators[name].family, request.json())
        elif door == "faults":
            self._recording.fault(name, request.json())

    def _ask_for_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip().encode()
        if scheme.lower() != "bearer" or not secrets.compare_digest(given, self._token.encode()):
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED,
                "Open the bench by the whole address that it printed: its end is the token.",
            )

    async def _turn(self, body: Json) -> Json:
        match body:
            case {"plug": str(name), "in": bool(plugged_in)} if name in self._stage.plugs:
                plug = self._stage.plugs[name]
                await (plug.plug_in() if plugged_in else plug.pull())
                self._recording.plug(name, plugged_in=plugged_in)
                return {name: plug.plugged_in}
        plugs = ", ".join(self._stage.plugs)
        raise RefusedError(
            HTTPStatus.BAD_REQUEST, f'Send {{"plug": "…", "in": true}} or false. Plugs: {plugs}.'
        )

    async def _respond_file(self, send: Any, name: str) -> None:  # noqa: ANN401 - ASGI
        media_type = MEDIA_TYPES[name.rpartition(".")[2]]
        headers = {"content-type": media_type, **self._page_headers}
        await respond(send, HTTPStatus.OK, self._files[name], headers)

    async def _show(self, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Tell a viewer what happens, until he leaves or the bench closes."""
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
        leaving = asyncio.ensure_future(_gone(receive))
        closing = asyncio.ensure_future(self.closing.wait())
        viewer = Viewer(self._stage)
        quiet = 0
        try:
            while not (leaving.done() or closing.done()):
                said = b"".join(b"data: " + msgspec.json.encode(e) + b"\n\n" for e in viewer.look())
                quiet = 0 if said else quiet + 1
                if quiet % SIGN_OF_LIFE == 0:
                    said = said or b": still here\n\n"
                if said:
                    await send({"type": "http.response.body", "body": said, "more_body": True})
                await asyncio.wait(
                    {leaving, closing},
                    timeout=LOOK_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            await send({"type": "http.response.body", "body": b""})
        finally:
            leaving.cancel()
            closing.cancel()


async def _gone(receive: Any) -> None:  # noqa: ANN401 - ASGI
    while (await receive())["type"] != "http.disconnect":
        pass


def _read_files() -> Mapping[str, bytes]:
    """Every file of the page, by its name: what is not among them is not served."""
    folder = resources.files(__package__) / "page"
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
