"""What the doors are made of: the rooms and the stream that the app hands in."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

import msgspec

from drivers.scale import Scale
from edge_daemon.api.pairing import PairingDoor
from edge_daemon.api.trust import Trust
from edge_daemon.catalogue import Catalogue
from edge_daemon.config import Configuration
from edge_daemon.devices import DeviceState, Leases
from edge_daemon.displays import Displays
from edge_daemon.drawers import Drawers
from edge_daemon.events import EventStream
from edge_daemon.journal import Journal
from edge_daemon.logs import RecentLines
from edge_daemon.machine import Machine
from edge_daemon.operators import Hours, Operators
from edge_daemon.payments import Closing, PaymentOrders, Payments, Terminals, Tracing
from edge_daemon.printing import Printing
from edge_daemon.sales import Sales
from edge_daemon.stock import StockCounts, StockRoom
from edge_daemon.tills import Dating, Money, Reports, Tills
from edge_daemon.web import Rights, Tickets


class DevicesView(Protocol):
    """The devices as they stand."""

    def states(self) -> Sequence[DeviceState]:
        """All configured devices, in the order of the configuration."""
        ...

    def state(self, name: str) -> DeviceState:
        """One of them.

        Raises:
            NotFoundError: There is none of that name; the message says which there are.
        """
        ...

    def scale(self, name: str) -> Scale:
        """An open scale.

        Raises:
            NotFoundError: There is no scale of that name.
            OfflineError: It is not open.
        """
        ...


class JournalHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The journal.

    Attributes:
        position: `EPOCH.SEQ` of the last entry.
        database_bytes: Size of its file.
        problem: What to do about it; absent when it is well.
    """

    position: str
    database_bytes: int = 0
    problem: str | None = None


class RelayHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The way to the central office.

    Attributes:
        connected: To the broker.
        broker: `host:port`.
        mqtt_version: `5`, or `3.1.1` where the broker knows no better.
        acknowledged: `EPOCH.SEQ` up to which the office has everything.
        lag: Entries that the office has not acknowledged.
        last_ack_at: When it last acknowledged some, microseconds since 1970 UTC; absent since the
            start.
        note: What a person may want to know.
        alarm: What only a person can mend, such as a fork.
        versions: What is in force of the office's catalogue, stock, operators and configuration.
    """

    connected: bool
    broker: str
    mqtt_version: str
    acknowledged: str | None
    lag: int
    last_ack_at: int | None = None
    note: str | None = None
    alarm: str | None = None
    versions: dict[str, int] = {}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that needs a hand.

    Attributes:
        code: A word for programs, which do not have to read the sentence.
        subject: What it is about: a device's name, a payment's id; empty for the box as a whole.
        message: What is wrong and what to do.
    """

    code: Literal[
        "journal_failed",
        "payment_in_doubt",
        "refund_due",
        "device",
        "drawer_left_open",
        "relay",
        "list_rejected",
        "certificate",
        "disk_full",
        "disk_low",
        "journal_damaged",
        "clock_stepped",
        "under_voltage",
        "hot",
    ]
    subject: str = ""
    message: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the box is.

    Attributes:
        status: `ok`; `degraded`: it sells, and something needs a hand; `failed`: it cannot sell.
        edge_id: Which box.
        version: Of the daemon.
        now_us: The box's clock, microseconds since 1970 UTC.
        clock_state: How far that can be trusted.
        started_us: When the daemon started, by the same clock.
        machine: Its disk, memory, heat and power supply; absent when its disk cannot be asked.
        relay: Absent where none is configured.
        certificate_ends_us: Of the door for the network; absent where there is none.
        findings: What needs a hand, the most urgent first.
        problems: The same, the sentences alone.
    """

    status: Literal["ok", "degraded", "failed"]
    edge_id: str
    version: str
    now_us: int
    clock_state: str
    journal: JournalHealth
    started_us: int = 0
    machine: Machine | None = None
    relay: RelayHealth | None = None
    certificate_ends_us: int | None = None
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """Everything behind the doors."""

    configuration: Configuration
    journal: Journal
    events: EventStream
    devices: DevicesView
    leases: Leases
    printing: Printing
    drawers: Drawers
    displays: Displays
    payments: Payments
    payment_orders: PaymentOrders
    closing: Closing
    terminals: Terminals
    tracing: Tracing
    sales: Sales
    catalogue: Catalogue
    dating: Dating
    tills: Tills
    money: Money
    reports: Reports
    operators: Operators
    hours: Hours
    stock: StockRoom
    stock_counts: StockCounts
    tickets: Tickets
    pairing: PairingDoor
    rights: Rights
    trust: Callable[[], Trust | None]
    health: Callable[[], Awaitable[Health]]
    logs: RecentLines
    metrics: Callable[[], Awaitable[str]]
