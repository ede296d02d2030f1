"""What Prometheus is told, put together when it asks. No device is asked for it."""

import dataclasses
from collections.abc import Awaitable, Callable

from edge_daemon.api import Health
from edge_daemon.devices import Devices, DeviceState, Readiness
from edge_daemon.events import EventStream
from edge_daemon.journal import Journal
from edge_daemon.measures import Exposition, Histogram
from edge_daemon.payments import Payments
from edge_daemon.printing import Printing
from edge_daemon.records import Position

MICROSECONDS = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Where the measures are."""

    health: Callable[[], Awaitable[Health]]
    requests: Histogram
    journal: Journal
    devices: Devices
    events: EventStream
    printing: Printing
    payments: Payments

    async def __call__(self) -> str:
        """Write them down."""
        health = await self.health()
        page = Exposition()
        self._durations(page)
        _box(page, health)
        _devices(page, self.devices.states())
        _relay(page, health)
        page.gauge(
            "edge_daemon_event_subscribers", "Who listens now.", ({}, self.events.subscribers)
        )
        return page.text()

    def _durations(self, page: Exposition) -> None:
        page.histogram(
            "edge_daemon_request_seconds",
            "From a request to the start of its answer, the wait that it asked for included.",
            self.requests,
        )
        page.histogram(
            "edge_daemon_journal_append_seconds",
            "From the wish to write entries to their fsync.",
            self.journal.append_seconds,
        )
        page.histogram(
            "edge_daemon_print_first_byte_seconds",
            "From the wish to print to the bytes' way to the printer.",
            self.printing.first_byte_seconds,
        )
        page.histogram(
            "edge_daemon_payment_overhead_seconds",
            "Of a card payment without the terminal's own time.",
            self.payments.overhead_seconds,
        )


def _box(page: Exposition, health: Health) -> None:
    position = Position.parse(health.journal.position)
    told = {"version": health.version, "edge": health.edge_id}
    page.gauge("edge_daemon_info", "Which daemon this is.", (told, 1))
    page.gauge(
        "edge_daemon_start_time_seconds",
        "When it started, since 1970.",
        ({}, health.started_us / MICROSECONDS),
    )
    page.gauge("edge_daemon_journal_head", "The last entry's seq.", ({}, position.seq))
    page.gauge("edge_daemon_journal_bytes", "Of its database.", ({}, health.journal.database_bytes))
    counted: dict[str, int] = {}
    for finding in health.findings:
        counted[finding.code] = counted.get(finding.code, 0) + 1
    page.gauge(
        "edge_daemon_findings",
        "What needs a hand.",
        *(({"code": code}, count) for code, count in counted.items()),
    )
    states = ("synced", "confirmed", "free_running", "stepped")
    page.gauge(
        "edge_daemon_clock_state",
        "How far the clock can be trusted: 1 for the state that it is in.",
        *(({"state": each}, float(each == health.clock_state)) for each in states),
    )
    if health.certificate_ends_us is not None:
        page.gauge(
            "edge_daemon_certificate_end_seconds",
            "Until when the box's certificate is good, since 1970.",
            ({}, health.certificate_ends_us / MICROSECONDS),
        )
    _machine(page, health)


def _machine(page: Exposition, health: Health) -> None:
    machine = health.machine
    if machine is None:
        return
    for name, words, value in (
        ("disk_free_bytes", "Room where the journal is.", machine.disk_free),
        ("disk_size_bytes", "The whole of it.", machine.disk_size),
        ("memory_bytes", "What the daemon holds.", machine.memory),
        ("memory_available_bytes", "What all programs can have.", machine.memory_available),
        ("temperature_celsius", "Of the processor.", machine.temperature),
        ("under_voltage", "1 while the power supply is too weak.", machine.under_voltage),
    ):
        if value is not None:
            page.gauge(f"edge_daemon_{name}", words, ({}, float(value)))


def _devices(page: Exposition, states: list[DeviceState]) -> None:
    page.gauge(
        "edge_daemon_device_state",
        "1 for the state that a device is in.",
        *(
            (
                {"device": device.name, "family": device.family, "state": str(state)},
                float(device.state is state),
            )
            for device in states
            for state in Readiness
        ),
    )
    page.gauge(
        "edge_daemon_device_needs_hand",
        "1 while a device needs somebody: paper, a cover, a cable.",
        *(({"device": device.name}, float(bool(device.reason))) for device in states),
    )
    page.counter(
        "edge_daemon_device_reopened_total",
        "How often a device was opened again.",
        *(({"device": device.name}, device.reopened) for device in states),
    )


def _relay(page: Exposition, health: Health) -> None:
    relay = health.relay
    if relay is None:
        return
    page.gauge("edge_daemon_relay_connected", "To the broker.", ({}, float(relay.connected)))
    page.gauge("edge_daemon_relay_lag", "Entries that the office lacks.", ({}, relay.lag))
    if relay.acknowledged is not None:
        seq = Position.parse(relay.acknowledged).seq
        page.gauge("edge_daemon_relay_acknowledged", "The last seq that it has.", ({}, seq))
    if relay.last_ack_at is not None:
        page.gauge(
            "edge_daemon_relay_last_ack_seconds",
            "When it last said so, since 1970.",
            ({}, relay.last_ack_at / MICROSECONDS),
        )
