"""A real browser, and the pages of a till on an origin of their own."""

import contextlib
import functools
import http.server
import pathlib
import shutil
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Page, async_playwright

PAGES = pathlib.Path(__file__).with_name("pages")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed (Debian's package chromium)"
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""


@contextlib.contextmanager
def pages() -> Iterator[str]:
    """Serve the pages; their origin is what comes out, another one than the box's."""
    handler = functools.partial(_Quiet, directory=str(PAGES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.asynccontextmanager
async def page() -> AsyncIterator[Page]:
    """An empty page of a headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield await browser.new_page()
        finally:
            await browser.close()
