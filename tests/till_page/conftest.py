import pathlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from edge_daemon import clock
from tests.card_readers import READERS
from tests.doors.browser import browser as open_browser
from tests.status_page.browser import axe_source
from tests.stories.counter import Counter
from tests.till_page.shop import FLOAT, SETTINGS, TABLET, WebTill, stock_the_shelf, till_address


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def counter() -> AsyncIterator[Counter]:
    """A shop whose clock nobody keeps in step."""
    with pytest.MonkeyPatch.context() as machine:
        machine.setattr(clock, "SYNCHRONISED", pathlib.Path("/nowhere"))
        machine.setattr(clock, "_kernel_clock_in_step", lambda: False)
        async with Counter(shop=SETTINGS, auto=False, more=[READERS["nfcpy"]()]) as counter:
            await counter.start()
            await stock_the_shelf(counter)
            yield counter


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def tablet(counter: Counter, browser: Browser) -> AsyncIterator[WebTill]:
    """A tablet that is paired, at the open till, with Anna, who may everything."""
    async with await browser.new_context() as context:
        page = await context.new_page()
        page.set_default_timeout(15_000)
        expect.set_options(timeout=15_000)
        await page.emulate_media(reduced_motion="reduce")
        till = WebTill(page, counter)
        await till.open(await till_address(counter))
        await till.shows("sign_on")
        await till.sign_on("Anna", "2580")
        assert await till.open_till(FLOAT), "the date is not sure"
        yield till


@pytest_asyncio.fixture(loop_scope="package")
async def till(tablet: WebTill) -> AsyncIterator[WebTill]:
    page = tablet.page
    await page.set_viewport_size({"width": TABLET["width"], "height": TABLET["height"]})
    tablet.said.clear()
    yield tablet
    await page.evaluate("document.querySelectorAll('dialog').forEach((each) => each.close())")
    # A browser notes each refusal and each line that breaks; the page itself says nothing.
    assert [text for text in tablet.said if "Failed to load resource" not in text] == []
