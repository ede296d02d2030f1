"""The daemon: start-up reads as a list, shut-down is its mirror.

    lock · journal · state · events · devices · rooms · recovery · relay · API · ready

Everything that must not be lost is in the journal, so there is no good order for a crash: at the
next start the rooms end what was left open, before the first register is served.
"""

import asyncio
import contextlib
import functools
import importlib.metadata
import logging
import signal
import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from edge_daemon.api import ApiParts, PairingDoor, Trust, create_api
from edge_daemon.app import memory
from edge_daemon.app.books import open_journal
from edge_daemon.app.health import HealthCheck
from edge_daemon.app.lock import lock_directory
from edge_daemon.app.metrics import Metrics
from edge_daemon.app.network_door import (
    NetworkDoor,
    authority_fingerprint,
    certificate_source,
)
from edge_daemon.app.news import news_of
from edge_daemon.app.notify import Notifier
from edge_daemon.app.tasks import Tasks
from edge_daemon.catalogue import Catalogue, ItemKey
from edge_daemon.certificates import BoxCertificate
from edge_daemon.clock import Clock
from edge_daemon.config import Configuration
from edge_daemon.config.local_door import LocalDoor, write_local_door
from edge_daemon.devices import Devices, DeviceState, Patience, Readiness, ScanMeanings
from edge_daemon.displays import Displays
from edge_daemon.drawers import Drawers
from edge_daemon.errors import JournalError
from edge_daemon.events import EventStream
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.upkeep import Upkeep
from edge_daemon.logs import RecentLines
from edge_daemon.master_data import GIFT_CARDS, OPERATORS, ORDERS, STOCK, MasterData
from edge_daemon.measures import Histogram
from edge_daemon.operators import Hours, Operators, Staff
from edge_daemon.pairing import Pairing, Refusals, TokenBook, new_token
from edge_daemon.payments import (
    Closing,
    PaymentOrders,
    Payments,
    Terminals,
    Tracing,
)
from edge_daemon.printing import Printing
from edge_daemon.readers import BadgeTap, Readers, SignedOn
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import DeviceEvent, SystemEvent
from edge_daemon.relay import About, Relay
from edge_daemon.sales import GiftCards, ReceiptLinks, Sales, WebOrders, gift_card_index
from edge_daemon.sales.projection import unfinished_sales
from edge_daemon.state import StateStore
from edge_daemon.stock import Booking, StockCounts, StockRoom, stock_index
from edge_daemon.tills import Dating, Money, OpenSale, Reports, TillActs, Tills
from edge_daemon.web import Access, Caller, Gate, HttpServer, Rights, Tickets, bind

if TYPE_CHECKING:
    from edge_daemon.doors import Doors

_log = logging.getLogger(__name__)

GRACE_SECONDS = 5.0
"""For acts under way when the daemon is asked to stop; a terminal may still be at work."""


class Daemon:
    """An open daemon: its parts, wired.

    Attributes:
        addresses: Where the API listens: host and port.
    """

    def __init__(
        self, configuration: Configuration, journal: Journal, state: StateStore, tokens: TokenBook
    ) -> None:
        self.configuration = configuration
        self.journal = journal
        self.state = state
        self.upkeep = Upkeep(journal, configuration.state_directory / "journal.key")
        self.tasks = Tasks()
        self.events = EventStream(journal.clock)
        self.devices = Devices(
            configuration.devices,
            clock=journal.clock,
            publish=self.events.publish,
            record=self._record,
            patience=Patience(),
            meanings=ScanMeanings.of(configuration),
        )
        spawn = self.tasks.spawn
        self.printing = Printing(configuration, journal, state, self.devices, spawn)
        self.master_data = MasterData(state)
        self.staff = Staff(configuration, self.master_data)
        self.operators = Operators(configuration, journal, self.staff, spawn)
        check = self.operators.rights.check
        self.hours = Hours(
            configuration,
            journal,
            staff=self.staff,
            proving=self.operators.proving,
            check=check,
            spawn=spawn,
        )
        self.stock_index = stock_index(state, self.master_data)
        booking = Booking(configuration, journal, check=check, spawn=spawn, item_of=self._item_of)
        self.stock = StockRoom(configuration, journal, self.stock_index, booking)
        self.stock_counts = StockCounts(configuration, journal, booking)
        self.drawers = Drawers(configuration, journal, self.devices, spawn, check=check)
        self.displays = Displays(configuration, self.devices, spawn)
        self.payments = Payments(journal, self.devices, spawn)
        self.payment_orders = PaymentOrders(configuration, journal, self.payments, spawn)
        self.closing = Closing(configuration, journal, self.devices, spawn)
        self.tracing = Tracing(self.devices)
        self.dating = Dating(journal, spawn)
        till_acts = TillActs(configuration, journal, drawers=self.drawers, check=check, spawn=spawn)
        self.money = Money(configuration, journal, till_acts)
        self.tills = Tills(
            configuration, journal, acts=till_acts, dating=self.dating, open_sales=_open_sales
        )
        self.reports = Reports(
            configuration, journal, printing=self.printing, check=check, spawn=spawn
        )
        self.catalogue = Catalogue(configuration.state_directory, self.master_data)
        self.gift_card_index = gift_card_index(state, self.master_data)
        self.sales = Sales(
            configuration,
            journal,
            payments=self.payments,
            drawers=self.drawers,
            printing=self.printing,
            spawn=spawn,
            links=ReceiptLinks(state, configuration.shop),
            articles=self.catalogue,
            orders=WebOrders(self.master_data),
            gift_cards=GiftCards(configuration, journal, self.gift_card_index),
            admit=self.tills.admit,
            check=check,
        )
        self.readers = Readers(configuration, state, self.devices, self._sign_on, spawn)
        self.logs = RecentLines(journal.clock.now_us)
        self.relay = self._relay()
        self.certificate = self._certificate()
        self.health = HealthCheck(
            version(),
            journal=journal,
            devices=self.devices,
            drawers=self.drawers,
            payments=self.payments,
            relay=self.relay,
            master_data=self.master_data,
            certificate=self.certificate,
        )
        self.refusals = Refusals(journal, spawn)
        self.pairing = Pairing(configuration, journal, tokens, self.refusals.note)
        gate = self._gate(tokens)
        api = configuration.api
        self.server = HttpServer(gate, bind(api.host, api.port), on_stop=self._end_streams)
        self.network_door = self._network_door(gate)
        self._open_local_door(tokens)
        self.doors: Doors | None = None

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where the API listens."""
        return self.server.addresses

    async def open_doors(self) -> None:
        """Open the doors for tills of other makers, where any are configured.

        Raises:
            EdgeError: An address cannot be had.
        """
        if not self.configuration.door:
            return
        from edge_daemon.doors import DoorRooms, Doors  # noqa: PLC0415 - XML only where needed

        self.doors = await Doors.open(
            DoorRooms(
                configuration=self.configuration,
                journal=self.journal,
                state=self.state,
                events=self.events,
                devices=self.devices,
                printing=self.printing,
                drawers=self.drawers,
                displays=self.displays,
                payments=self.payments,
                payment_orders=self.payment_orders,
                operator_at=self.operators.at,
                tls=None if self.certificate is None else self.certificate.context,
                refused=self.refusals.note,
                spawn=self.tasks.spawn,
            )
        )

    async def recover(self) -> None:
        """End what the last life left open: the rooms first, then the sales over them."""
        await self.master_data.load()
        await self.operators.recover()
        await self.stock_index.load()
        await self.gift_card_index.load()
        await self.catalogue.open()
        await self.dating.recover()
        await self.payments.recover()
        await self.payment_orders.recover()
        await self.closing.recover()
        await self.printing.recover()
        await self.drawers.recover()
        await self.tills.recover()
        await self.reports.recover()
        await self.sales.recover()

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            JournalError: The disk has broken its promise.
        """
        self.journal.on_append(self._tell_registers)
        self.master_data.on_change(self._take_over)
        self.journal.on_append(self.displays.notice)
        self.devices.subscribe_events(self._hear)
        self.devices.subscribe_states(self._see)
        with self.logs.listening():
            await self._run_all()

    async def _run_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_journal(), name="journal watch")
            group.create_task(self.upkeep.run(), name="journal upkeep")
            group.create_task(self.devices.run(), name="devices")
            group.create_task(self.payments.resolution.run(), name="resolution")
            group.create_task(self.catalogue.run(), name="catalogue")
            if self.relay is not None:
                group.create_task(self.relay.run(), name="relay")
            group.create_task(self.server.serve(), name="api")
            if self.doors is not None:
                group.create_task(self.doors.serve(), name="doors")
            if self.network_door is not None:
                group.create_task(self.network_door.run(), name="network door")

    async def close(self) -> None:
        """Close what `opened` opened, in reverse."""
        self.displays.close()
        await self.tasks.close(GRACE_SECONDS)
        with contextlib.suppress(JournalError):
            await self.journal.append(Draft(payload=SystemEvent(event="Stop")))
        self.printing.close()
        await self.catalogue.close()
        await self.state.close()
        await self.journal.close()

    def _relay(self) -> Relay | None:
        settings = self.configuration.relay
        if settings is None:
            return None
        return Relay(self.journal, settings, about=self._about, downstream=self.master_data)

    def _about(self) -> About:
        devices = {state.name: str(state.state) for state in self.devices.states()}
        return About(version(), devices)

    def _certificate(self) -> BoxCertificate | None:
        settings = self.configuration.api.tls
        if settings is None:
            return None
        source = certificate_source(self.configuration, settings)
        certificate = BoxCertificate(source, self.journal.clock.now_us)
        certificate.open()
        return certificate

    def _network_door(self, gate: Gate) -> NetworkDoor | None:
        settings = self.configuration.api.tls
        if settings is None or self.certificate is None:
            return None
        return NetworkDoor(
            self.configuration, settings, self.certificate, gate, on_stop=self._end_streams
        )

    def _gate(self, tokens: TokenBook) -> Gate:
        api = self.configuration.api
        tickets = Tickets(tokens)
        requests = Histogram("method", "route")
        parts = ApiParts(
            configuration=self.configuration,
            journal=self.journal,
            events=self.events,
            devices=self.devices,
            leases=self.devices.leases,
            printing=self.printing,
            drawers=self.drawers,
            displays=self.displays,
            payments=self.payments,
            payment_orders=self.payment_orders,
            closing=self.closing,
            terminals=Terminals(self.devices),
            tracing=self.tracing,
            sales=self.sales,
            catalogue=self.catalogue,
            dating=self.dating,
            tills=self.tills,
            money=self.money,
            reports=self.reports,
            operators=self.operators,
            hours=self.hours,
            stock=self.stock,
            stock_counts=self.stock_counts,
            tickets=tickets,
            pairing=PairingDoor(
                self.configuration,
                self.pairing,
                self.printing,
                url=self._url,
                authority=self._fingerprint,
            ),
            rights=Rights(self.refusals.note),
            trust=self._trust,
            health=self.health,
            logs=self.logs,
            metrics=Metrics(
                health=self.health,
                requests=requests,
                journal=self.journal,
                devices=self.devices,
                events=self.events,
                printing=self.printing,
                payments=self.payments,
            ),
        )
        access = Access(
            tokens=tokens,
            tickets=tickets,
            hosts=frozenset(
                (
                    *api.allowed_hosts,
                    *([self.configuration.local_name] if api.tls else []),
                    *self.configuration.shop.digital_receipt_hosts,
                )
            ),
            origins=frozenset(api.allowed_origins),
            refused=self.refusals.note,
        )
        return Gate(create_api(parts, version=version()), access, requests)

    def _end_streams(self) -> None:
        self.events.close()
        self.tracing.close()

    def _open_local_door(self, tokens: TokenBook) -> None:
        """Let the command line in, which can read the state directory."""
        token = new_token()
        tokens.give(token, Caller("local", "this machine's administrator"), loopback_only=True)
        write_local_door(self.configuration.state_directory, LocalDoor(self._local_url(), token))

    def _local_url(self) -> str:
        """Where this machine finds the API."""
        host, port = self.addresses[0]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what is listened on
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def _url(self) -> str:
        """Where registers find the API."""
        return self._local_url() if self.network_door is None else self.network_door.url

    def _fingerprint(self) -> str:
        return "" if self.certificate is None else authority_fingerprint(self.certificate)

    def _trust(self) -> Trust | None:
        """What a tablet has to trust; nothing where the shop brings its own certificate."""
        authority = None if self.certificate is None else self.certificate.authority
        if authority is None:
            return None
        language = self.configuration.shop.language
        return Trust(authority, self._fingerprint(), self._url(), language)

    async def _watch_journal(self) -> None:
        raise await self.journal.failed

    def _tell_registers(self, entries: tuple[JournalEntry, ...]) -> None:
        for entry in entries:
            news = news_of(entry)
            if news is not None:
                self.events.publish(*news)

    async def _item_of(self, gtin: str) -> str | None:
        """Our item behind a GTIN; None where the catalogue knows none."""
        key = ItemKey(gtin=gtin)
        found = await self.catalogue.find([key], self.journal.clock.now_us())
        return found[key].item_id if key in found else None

    def _take_over(self, name: str) -> None:
        if name == OPERATORS.name:
            self.tasks.spawn(self.staff.load())
        elif name == STOCK.name:
            self.tasks.spawn(self.stock_index.refresh())
        elif name == GIFT_CARDS.name:
            self.tasks.spawn(self.gift_card_index.refresh())
        elif name == ORDERS.name:
            self.tasks.spawn(self.sales.orders.load())

    def _hear(self, device: str, family: str, event: object) -> None:
        if family == "cash_drawer":
            self.drawers.notice(device, event)
        elif family == "payment_terminal":
            self.payments.notice(device, event)
        elif family == "card_reader":
            self.readers.notice(device, event)

    async def _sign_on(self, tap: BadgeTap) -> SignedOn:
        done = await self.operators.sign_on_by_badge(*tap)
        return SignedOn(operator_id=done.operator_id, problem=done.problem)

    def _see(self, state: DeviceState) -> None:
        self.displays.see(state)
        if self.relay is not None:
            self.relay.look()
        if state.family == "cash_drawer":
            self.drawers.see(state)
        if state.family == "payment_terminal" and state.state is Readiness.ONLINE:
            self.tasks.spawn(self.payments.learn(state.name))

    def _record(self, state: DeviceState, condition: str) -> None:
        event = DeviceEvent(
            device_id=state.name, family=state.family, state=condition, detail=state.reason
        )
        self.tasks.spawn(self._append(event))

    async def _append(self, event: DeviceEvent) -> None:
        await self.journal.append(Draft(payload=event))


def _open_sales(connection: sqlite3.Connection, workstations: Sequence[str]) -> list[OpenSale]:
    return [OpenSale(*row) for row in unfinished_sales(connection, workstations)]


@contextlib.asynccontextmanager
async def opened(configuration: Configuration, clock: Clock | None = None) -> AsyncIterator[Daemon]:
    """Open a daemon: everything is recovered, and nothing is served yet.

    Raises:
        EdgeError: It cannot start; the message says what to do.
    """
    with lock_directory(configuration.state_directory) as _:
        journal = await open_journal(configuration, clock)
        state = await StateStore.open(
            configuration.state_directory / "state.db", make_room=journal.make_room
        )
        daemon = Daemon(configuration, journal, state, await _tokens(configuration, state, journal))
        start = SystemEvent(
            event="Start", software_version=version(), config_hash=configuration.hash
        )
        await journal.append(Draft(payload=start))
        await daemon.recover()
        await daemon.open_doors()
        try:
            yield daemon
        finally:
            await daemon.close()


async def _tokens(configuration: Configuration, state: StateStore, journal: Journal) -> TokenBook:
    book = await TokenBook.open(state, journal.clock)
    token = configuration.api.read_token()
    if token is not None:
        book.give(token, Caller("configured", "the token of the configuration"))
    return book


async def serve(configuration: Configuration) -> None:
    """Run the daemon until it is told to stop (SIGTERM, SIGINT)."""
    notifier = Notifier()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(configuration) as daemon:
        running = asyncio.create_task(daemon.run())
        watchdog = asyncio.create_task(notifier.feed_watchdog(daemon.journal))
        ready = asyncio.create_task(_announce(daemon, notifier))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        notifier.stopping()
        for task in (ready, watchdog, stopped, running):
            task.cancel()
        await asyncio.gather(ready, watchdog, stopped, return_exceptions=True)
        with contextlib.suppress(asyncio.CancelledError):
            await running


def run(configuration: Configuration) -> None:
    """Run the daemon in this process until it is told to stop.

    Raises:
        EdgeError: It could not start, or its journal failed.
    """
    memory.share_one_heap()
    try:
        asyncio.run(serve(configuration))
    except* JournalError as errors:
        raise errors.exceptions[0] from None


async def _announce(daemon: Daemon, notifier: Notifier) -> None:
    await daemon.server.ready.wait()
    memory.settle()
    places = ", ".join(f"http://{host}:{port}" for host, port in daemon.addresses)
    if daemon.network_door is not None:
        await daemon.network_door.ready.wait()
        places = f"{places}, {daemon.network_door.url}"
    _log.info("ready: %s", places)
    notifier.ready(f"Listening on {places}")
    await memory.give_back()


@functools.cache
def version() -> str:
    """The installed version of the daemon."""
    return importlib.metadata.version("pos-edge")
