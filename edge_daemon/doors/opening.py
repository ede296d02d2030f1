"""All doors as one server."""

import asyncio
import dataclasses
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Self

from drivers.scale import Weighing
from drivers.scanner import Scan
from edge_daemon.config import Configuration, Door, DoorsSettings
from edge_daemon.config.doors import split_address
from edge_daemon.devices import Devices
from edge_daemon.displays import Displays
from edge_daemon.doors.admission import Admission
from edge_daemon.doors.desk import Desk, DeskParts
from edge_daemon.doors.epos import Epos
from edge_daemon.doors.exchange import Service
from edge_daemon.doors.front import Front
from edge_daemon.doors.happenings import Happenings
from edge_daemon.doors.hw_proxy import HwProxy, Transactions
from edge_daemon.doors.iot import Iot
from edge_daemon.doors.iot_payments import IotParts, IotPayments
from edge_daemon.doors.iot_scales import IotScales
from edge_daemon.doors.memory import DoorMemory
from edge_daemon.doors.scans import Mailbox
from edge_daemon.doors.webprnt import WebPrnt
from edge_daemon.drawers import Drawers
from edge_daemon.events import EventStream
from edge_daemon.journal import Journal
from edge_daemon.journal.acts import Spawn
from edge_daemon.payments import PaymentOrders, Payments
from edge_daemon.printing import Printing
from edge_daemon.records import JournalEntry
from edge_daemon.scopes import Scope
from edge_daemon.state import StateStore
from edge_daemon.web import HttpServer, bind
from edge_daemon.web.access import Refusal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DoorRooms:
    """What stands behind the doors: the rooms of the daemon."""

    configuration: Configuration
    journal: Journal
    state: StateStore
    events: EventStream
    devices: Devices
    printing: Printing
    drawers: Drawers
    displays: Displays
    payments: Payments
    payment_orders: PaymentOrders
    operator_at: Callable[[str], Awaitable[str | None]]
    tls: ssl.SSLContext | None
    refused: Callable[[Refusal], None]
    spawn: Spawn


class Doors:
    """The doors of the configuration, on their own sockets.

    Attributes:
        front: What is served.
        servers: Where: by plain HTTP, and with TLS.
    """

    def __init__(self, settings: DoorsSettings, rooms: DoorRooms, memory: DoorMemory) -> None:
        doors = rooms.configuration.door
        self._rooms = rooms
        self._desk = Desk(
            DeskParts(
                rooms.configuration,
                rooms.devices,
                rooms.printing,
                rooms.drawers,
                rooms.displays,
                memory,
                rooms.operator_at,
                rooms.refused,
            )
        )
        self._transactions = Transactions(memory, rooms.payment_orders, rooms.spawn)
        self._mailboxes = {
            door.name: Mailbox(door.name, door.stale_scan_seconds, rooms.events.publish)
            for door in doors
        }
        self._iot = self._make_iot(memory)
        hosts = (*settings.allowed_hosts, rooms.configuration.local_name)
        self.front = Front(Admission(doors, hosts), self._services(), rooms.refused)
        self.servers = [HttpServer(self.front, _bound(settings.listen))]
        if settings.listen_tls:
            tls = _bound(settings.listen_tls)
            self.servers.append(HttpServer(self.front, tls, tls=rooms.tls))

    def _services(self) -> dict[str, Service]:
        rooms = self._rooms
        return {
            "hw_proxy": HwProxy(
                rooms.configuration,
                rooms.devices,
                self._desk,
                self._transactions,
                self._mailboxes,
            ),
            "iot": self._iot,
            "epos": Epos(self._desk),
            "webprnt": WebPrnt(self._desk),
        }

    def _make_iot(self, memory: DoorMemory) -> Iot:
        rooms = self._rooms
        happenings = {
            door.name: Happenings(
                door.name, rooms.journal.clock, door.stale_scan_seconds, rooms.events.publish
            )
            for door in rooms.configuration.door
        }
        box, currency = rooms.configuration.edge.id, rooms.configuration.shop.currency
        parts = IotParts(memory, happenings, rooms.spawn, box, currency)
        payments = IotPayments(parts, rooms.payment_orders, rooms.payments)
        return Iot(self._desk, parts, payments, IotScales(parts, rooms.devices))

    @classmethod
    async def open(cls, rooms: DoorRooms) -> Self | None:
        """Open the configured doors; None where there is none. Nothing is served yet.

        Raises:
            EdgeError: An address cannot be had.
        """
        settings = rooms.configuration.doors
        if settings is None or not rooms.configuration.door:
            return None
        memory = await DoorMemory.open(rooms.state, rooms.journal.clock)
        doors = cls(settings, rooms, memory)
        await doors._transactions.load()
        return doors

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where the doors are: host and port, those with TLS last."""
        return [address for server in self.servers for address in server.addresses]

    async def serve(self) -> None:
        """Serve until cancelled."""
        self._rooms.journal.on_append(self._notice)
        self._rooms.devices.subscribe_events(self._hear)
        try:
            async with asyncio.TaskGroup() as group:
                for server in self.servers:
                    group.create_task(server.serve())
        finally:
            self._desk.pictures.close()

    def _notice(self, entries: Iterable[JournalEntry]) -> None:
        self._transactions.notice(entries)
        self._iot.notice(entries)

    def _hear(self, device: str, family: str, event: object) -> None:
        if not isinstance(event, Scan | Weighing):
            return
        for door in self._listening(device, family):
            if isinstance(event, Weighing):
                self._iot.weigh(door, device, event)
            elif door.kind == "iot":
                self._iot.hear(door, device, event)
            elif door.kind == "hw_proxy":
                self._mailboxes[door.name].put(event)

    def _listening(self, device: str, family: str) -> list[Door]:
        """The doors whose workstation has that scanner or scale and that may hear it.

        None while a register has the device to itself.
        """
        if self._rooms.devices.leases.holder(device) is not None:
            return []
        doors = [each for each in self._rooms.configuration.door if Scope.SCAN in each.scopes]
        return [door for door in doors if self._desk.device(door, family) == device]


def _bound(places: Sequence[str]) -> list[socket.socket]:
    return [each for place in places for each in bind(*split_address(place))]
