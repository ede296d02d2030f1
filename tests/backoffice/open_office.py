"""An office that receives from a broker and shows its pages: a chain's last days, until yesterday.

What its shops do today waits here, and is sent when a test wants it.
"""

import contextlib
import datetime as dt
import itertools
import pathlib
from collections.abc import AsyncIterator, Sequence

import msgspec

from central_office.access.passwords import hashed
from central_office.access.people import Person, save_person
from central_office.access.rights import Role
from central_office.api.serving import OfficeServer
from central_office.ingest import Limits
from central_office.loading import load
from central_office.master_lists import EVERY_STORE, ListKey
from central_office.settings import HttpSettings, OfficeSettings
from central_office.sql_tables import Session
from central_office.store import open_store
from edge_daemon.records import decode_entry, encode_entry
from edge_daemon.records.master_data import Catalogue, ProductGroup
from simulators.broker import Broker
from simulators.chain.chain import Plan, deliveries
from simulators.chain.shelf import catalogue
from tests.central_office.boxes import Box, line, sold
from tests.relaying import Tap, office

ORGANIZATION = "chain-1"
PASSWORD = "a password of ten"  # noqa: S105 - of people who never were
TODAY = dt.date(2026, 3, 10)
"""In the chain and in the browser."""
NOW_US = int(dt.datetime(2026, 3, 10, 6, tzinfo=dt.UTC).timestamp()) * 1_000_000
DAYS = 9
PLAN = Plan(
    stores=2, days=DAYS, receipts=12, outages=0, first_day=TODAY - dt.timedelta(days=DAYS - 1)
)


_WHOLE = msgspec.json.decode(catalogue(), type=Catalogue)
CATALOGUE = msgspec.structs.replace(
    _WHOLE,
    items=_WHOLE.items[:-1],
    groups=tuple(ProductGroup(id=one.id, name=f"Shelf of {one.id}") for one in _WHOLE.groups),
)
"""All that the shops sell, but for the last article, which nobody has named."""

ELSEWHERE = "store-003"
"""Sells in another money."""


class _Place(msgspec.Struct):
    edge_id: str
    retail_store_id: str
    entry_type: str


class OpenOffice:
    """An office with its door open.

    Attributes:
        url: Of its pages.
    """

    def __init__(self, server: OfficeServer, broker: Broker, waiting: Sequence[bytes]) -> None:
        self._server = server
        self._broker = broker
        self._waiting = list(waiting)
        self.url = server.url

    async def person(self, name: str, role: Role, stores: tuple[str, ...] | None = None) -> None:
        """Somebody who may log in with `PASSWORD`."""
        made = Person(name=name, organization=ORGANIZATION, role=role, stores=stores, created_at=1)
        kept = hashed(PASSWORD)

        def save(session: Session) -> None:
            save_person(session, made, kept)

        await self._server.parts.change_access(save)

    async def fork(self) -> None:
        """Let a box tell two stories of its next entry, as after a backup that was put back.

        What it would have told after that is not told: nothing of it would be booked.
        """
        line = next(line for line in self._waiting if b'"edge-store-002"' in line)
        self._waiting = [one for one in self._waiting if b'"edge-store-002"' not in one]
        entry = decode_entry(line)
        other = msgspec.structs.replace(entry, occurred_at=entry.occurred_at + 1)
        async with Tap(self._broker.port, "nothing") as tap:
            for told in (line, encode_entry(other)):
                topic = f"pos/v1/{ORGANIZATION}/store-002/edge-store-002/journal"
                await tap.publish(topic, told)

    async def next_sale(self) -> None:
        """Let the shops go on until something more is sold; it reaches the broker."""
        async with Tap(self._broker.port, "nothing") as tap:
            while self._waiting:
                line = self._waiting.pop(0)
                place = msgspec.json.decode(line, type=_Place)
                shop = f"{ORGANIZATION}/{place.retail_store_id}/{place.edge_id}"
                await tap.publish(f"pos/v1/{shop}/journal", line)
                if place.entry_type == "RetailTransaction":
                    return


def abroad() -> Box:
    """A shop beyond the border: its one sale, and what a newer version of a box wrote."""
    box = Box(ELSEWHERE, organization=ORGANIZATION)
    sale = sold("abroad-1", line("postcard", 1_000, 12_100, stock_effect=False), currency="CHF")
    day = (TODAY - dt.timedelta(days=2)).isoformat()
    box.write("RetailTransaction", sale, at=NOW_US - 2 * 86_400_000_000, business_day_date=day)
    box.write("LoyaltyEvent", {"points": 5}, at=NOW_US, business_day_date=day)
    return box


@contextlib.asynccontextmanager
async def open_office(database: pathlib.Path) -> AsyncIterator[OpenOffice]:
    """Take the days before today in, and open."""
    past: list[list[bytes]] = []
    today: list[list[bytes]] = []
    for day, lines in deliveries(PLAN):
        (today if day == TODAY else past).append(lines)
    store = open_store(str(database), Limits())
    try:
        load(store, itertools.chain.from_iterable(past), NOW_US, lambda _: None)
        store.keep(ListKey(ORGANIZATION, EVERY_STORE, "catalogue"), CATALOGUE, 1)
        load(store, abroad().lines, NOW_US, lambda _: None)
    finally:
        store.close()
    async with Broker(kind="mosquitto") as broker, office(database, broker.port) as receiving:
        await receiving.ready.wait()
        settings = OfficeSettings(database=str(database), http=HttpSettings(port=0))
        async with OfficeServer(settings, receiving.do) as server:
            receiving.on_booked = server.parts.news.look_now
            opened = OpenOffice(server, broker, [*itertools.chain.from_iterable(today)])
            await opened.person("olga", Role.OWNER)
            yield opened
