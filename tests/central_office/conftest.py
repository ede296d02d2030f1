"""One office for all tests of its door that change nothing but people and keys."""

import pathlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.central_office.house import House, fill, house


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("office") / "office.db"
    fill(str(path))
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(books: pathlib.Path) -> AsyncIterator[House]:
    async with house(str(books)) as opened:
        yield opened
