"""The two kinds of database that the office's store is proved on."""

import functools
from collections.abc import Iterator

import pytest

from central_office.loading import load
from simulators.chain.chain import Plan, deliveries
from tests.central_office.desk import NOW, Desk, NewDatabase
from tests.central_office.postgresql import Server, postgresql

KINDS = ["sqlite", "postgresql"]
PLAN = Plan(stores=3, days=29, receipts=3)


@functools.cache
def chain() -> tuple[bytes, ...]:
    """The entries of a month of three shops, in the order of their arrival."""
    return tuple(line for _, lines in deliveries(PLAN) for line in lines)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgresql(in_memory=True) as running:
        yield running


@pytest.fixture(params=KINDS)
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewDatabase]:
    if request.param == "sqlite":
        yield lambda: str(tmp_path_factory.mktemp("office") / "office.db")
        return
    server: Server = request.getfixturevalue("server")
    given: list[str] = []

    def empty() -> str:
        given.append(server.empty_database())
        return given[-1]

    yield empty
    for address in given:
        server.take_back(address)


@pytest.fixture
def desk(new_database: NewDatabase) -> Iterator[Desk]:
    desk = Desk(new_database())
    yield desk
    desk.store.close()


def fresh_address(request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> str:
    """A new database of the fixture's kind, which nobody else gets later."""
    if request.param == "sqlite":
        return str(factory.mktemp("office") / "office.db")
    server: Server = request.getfixturevalue("server")
    return server.new_database()


@pytest.fixture(scope="session", params=KINDS)
def chain_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the chain in it, for all who only read."""
    desk = Desk(fresh_address(request, tmp_path_factory))
    load(desk.store, chain(), NOW, lambda _: None)
    desk.store.close()
    return desk.address
