"""A served application, its door open to a test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
from litestar.types import ASGIApp

from edge_daemon.web import HttpServer, Limits, bind

TOKEN = "correct-horse-battery"  # noqa: S105 - a test's own


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, limits: Limits | None = None) -> AsyncIterator[int]:
    """Serve `app` on a free port of the loopback; the port is what comes out."""
    server = HttpServer(app, bind("127.0.0.1", 0), limits)
    task = asyncio.ensure_future(server.serve())
    ready = asyncio.ensure_future(server.ready.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield server.addresses[0][1]
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def client(port: int, *, token: str | None = TOKEN) -> httpx.AsyncClient:
    """A register that holds `token`."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10, trust_env=False
    )
