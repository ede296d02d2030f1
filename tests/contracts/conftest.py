"""The two kinds of database that the office's store is proved on."""

from collections.abc import Iterator

import pytest

from tests.central_office.desk import Desk, NewDatabase
from tests.central_office.postgresql import Server, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgresql() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    if request.param == "postgresql":
        running: Server = request.getfixturevalue("server")
        return running.new_database
    return lambda: str(tmp_path_factory.mktemp("office") / "office.db")


@pytest.fixture
def desk(new_database: NewDatabase) -> Iterator[Desk]:
    desk = Desk(new_database())
    yield desk
    desk.store.close()
