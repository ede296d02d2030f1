"""An office with a door: an invented chain in its books, people and keys, over real HTTP."""

import asyncio
import contextlib
import functools
import pathlib
from collections.abc import AsyncIterator, Sequence

import httpx

from central_office.access.keys import KeyRequest, make_key
from central_office.access.passwords import hashed
from central_office.access.people import Person, save_person
from central_office.access.rights import Right, Role
from central_office.access.sessions import begin_session
from central_office.api.books import Bookkeeper
from central_office.api.serving import OfficeServer
from central_office.ingest import Ingest, Limits
from central_office.loading import load
from central_office.settings import HttpSettings, OfficeSettings, StoreSettings
from central_office.sql_tables import Session, SqlTables
from central_office.store import open_store
from simulators.chain.chain import Plan, deliveries
from tests.central_office.boxes import Box
from tests.central_office.desk import NOW
from tests.openapi_fuzz import ask

PASSWORD = "a password of ten"  # noqa: S105 - of people who never were
ORGANIZATION = "chain-1"
SHOP = StoreSettings(id="store-001", name="Kaashandel Utrecht", address=("Oudegracht 1",))
PLAN = Plan(stores=3, days=3, receipts=6)


@functools.cache
def chain() -> tuple[bytes, ...]:
    return tuple(line for _, lines in deliveries(PLAN) for line in lines)


@functools.cache
def kept_password() -> str:
    return hashed(PASSWORD)


class Clock:
    def __init__(self) -> None:
        self.us = NOW

    def __call__(self) -> int:
        return self.us


class House:
    def __init__(self, server: OfficeServer, keeper: Bookkeeper, clock: Clock) -> None:
        self.server = server
        self.keeper = keeper
        self.clock = clock
        self.url = server.url

    async def person(
        self, name: str, role: Role, *, stores: Sequence[str] | None = None
    ) -> httpx.AsyncClient:
        """Somebody's browser, logged in."""
        made = Person(
            name=name,
            organization=ORGANIZATION,
            role=role,
            stores=None if stores is None else tuple(stores),
            created_at=NOW,
        )

        def begin(session: Session) -> str:
            save_person(session, made, kept_password())
            return begin_session(session, name, self.clock(), 3600)

        secret = await self.server.parts.change_access(begin)
        browser = self.browser()
        browser.cookies.set("office", secret, domain="127.0.0.1")
        return browser

    async def without_deliveries(self) -> None:
        """Let somebody else tell the webhooks."""
        task = self.server.tasks["deliveries"]
        task.cancel()
        await asyncio.wait([task])

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"Origin": self.url}, timeout=30)

    async def program(
        self, *rights: Right, stores: Sequence[str] | None = None, organization: str = ORGANIZATION
    ) -> httpx.AsyncClient:
        """A program with a key."""
        request = KeyRequest(
            name="program",
            organization=organization,
            rights=rights,
            stores=None if stores is None else tuple(stores),
        )
        _, secret = await self.server.parts.change_access(
            lambda session: make_key(session, request, "tests", NOW)
        )
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)


async def take_in(office: House, box: Box, *, elsewhere: bool = False) -> None:
    """As the office does on its one worker, in this process or in another one."""

    def act(session: Session) -> None:
        ingest = Ingest(SqlTables(session), NOW, Limits())
        ingest.deliver([(box.topic, b"\n".join(box.lines))])
        ingest.finish()

    await office.keeper.do(act)
    if not elsewhere:
        office.server.booked()


async def fuzz_office(office: House, directory: pathlib.Path, *options: str) -> tuple[int, str]:
    """Ask everything with every right; see `openapi_fuzz.ask`.

    Left out is what listens for ever, and what could revoke the very key that asks.
    """
    async with await office.program(*Right) as program:
        token = program.headers["Authorization"].removeprefix("Bearer ")
    document = f"{office.url}/v1/openapi.json"
    left_out = [f"--exclude-path={path}" for path in ("/v1/live", "/v1/keys/{key_id}/revoke")]
    return await ask(document, token, directory, *left_out, *options)


def fill(address: str, entries: int | None = None) -> None:
    """Take the chain in, or its first entries."""
    store = open_store(address, Limits())
    try:
        load(store, chain()[:entries], NOW, lambda _: None)
    finally:
        store.close()


@contextlib.asynccontextmanager
async def house(address: str, settings: HttpSettings | None = None) -> AsyncIterator[House]:
    """Open the door; the books have to be there."""
    clock = Clock()
    keeper = Bookkeeper(address, Limits())
    async with keeper:
        office = OfficeSettings(
            database=address,
            http=settings or HttpSettings(port=0, requests_per_minute=100_000),
            store=(SHOP,),
        )
        server = OfficeServer(office, keeper.do, now_us=clock)
        async with server:
            opened = House(server, keeper, clock)
            await opened.person("olga", Role.OWNER)
            yield opened
