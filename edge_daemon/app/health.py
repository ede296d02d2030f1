"""How the box is, in one answer: what works, what needs a hand, and what to do about it."""

from collections.abc import Iterator

from edge_daemon.api import Finding, Health, JournalHealth, RelayHealth
from edge_daemon.certificates import BoxCertificate
from edge_daemon.clock import ClockState
from edge_daemon.devices import Devices
from edge_daemon.drawers import Drawers
from edge_daemon.journal import Journal
from edge_daemon.machine import HOT_CELSIUS, LOW_DISK_BYTES, Machine, look
from edge_daemon.master_data import MasterData
from edge_daemon.payments import Payments
from edge_daemon.relay import Relay


class HealthCheck:
    """Asks the parts, never a device: the answer comes at once."""

    def __init__(  # noqa: PLR0913 - wiring, in one place
        self,
        version: str,
        *,
        journal: Journal,
        devices: Devices,
        drawers: Drawers,
        payments: Payments,
        relay: Relay | None,
        master_data: MasterData,
        certificate: BoxCertificate | None,
    ) -> None:
        self._version = version
        self._journal = journal
        self._devices = devices
        self._drawers = drawers
        self._payments = payments
        self._relay = relay
        self._master_data = master_data
        self._certificate = certificate
        self._started_us = journal.clock.now_us()

    async def __call__(self) -> Health:
        """Put the answer together."""
        failure = self._journal.failed.result() if self._journal.failed.done() else None
        machine, database_bytes = self._machine()
        if failure is None:
            findings = [*await self._money(), *self._parts(), *self._box(machine)]
        else:
            findings = [Finding(code="journal_failed", message=str(failure))]
        clock = self._journal.clock
        return Health(
            status="failed" if failure else "degraded" if findings else "ok",
            edge_id=self._journal.identity.edge_id,
            version=self._version,
            now_us=clock.now_us(),
            clock_state=clock.state(),
            journal=JournalHealth(
                position=str(self._journal.head.position),
                database_bytes=database_bytes,
                problem=str(failure) if failure else None,
            ),
            started_us=self._started_us,
            machine=machine,
            relay=self._relay_health(),
            certificate_ends_us=self._certificate.ends_us if self._certificate else None,
            findings=tuple(findings),
            problems=tuple(finding.message for finding in findings),
        )

    def _machine(self) -> tuple[Machine | None, int]:
        """The machine, and the journal's size; a disk that is gone is told by the journal."""
        path = self._journal.path
        try:
            return look(path.parent), path.stat().st_size
        except OSError:
            return None, 0

    async def _money(self) -> list[Finding]:
        """Card payments whose end a person has to know."""
        doubts = [
            Finding(
                code="payment_in_doubt",
                subject=one.id,
                message=f"Payment {one.id} of {one.amount} {one.currency} minor units on"
                f" {one.terminal} is {one.state}: {one.message or 'look at the terminal.'}",
            )
            for one in await self._payments.open()
            if one.approved is None and (one.needs_person or one.state == "IN_DOUBT")
        ]
        refunds = [
            Finding(
                code="refund_due",
                subject=one.id,
                message=f"The card payment {one.id} over {one.amount} {one.currency} minor units"
                f" was approved, and the sale {one.transaction_id} ended without it: give the"
                " money back.",
            )
            for one in await self._payments.refunds_due()
        ]
        return doubts + refunds

    def _parts(self) -> list[Finding]:
        """Devices, the way to the office, and what came from there."""
        findings = [
            Finding(code="device", subject=device.name, message=f"{device.name}: {device.reason}")
            for device in self._devices.states()
            if device.reason
        ]
        findings += [
            Finding(code="drawer_left_open", subject=name, message=message)
            for name, message in self._drawers.left_open().items()
        ]
        if self._relay is not None:
            state = self._relay.state()
            told = (state.alarm, state.note, self._relay.certificate_warning())
            findings += [
                Finding(code="relay", message=text) for text in dict.fromkeys(told) if text
            ]
        return findings + [
            Finding(
                code="list_rejected",
                subject=name,
                message=f"The central office's {name} was not taken: {reason}",
            )
            for name, reason in self._master_data.rejected.items()
        ]

    def _box(self, machine: Machine | None) -> Iterator[Finding]:
        """The box itself."""
        if self._certificate is not None and self._certificate.problem is not None:
            yield Finding(code="certificate", message=self._certificate.problem)
        if self._journal.reserve_in_use:
            message = "The disk is full. Open sales can end, and new ones are refused: make room."
            yield Finding(code="disk_full", message=message)
        elif machine is not None and machine.disk_free < LOW_DISK_BYTES:
            megabytes = machine.disk_free // 1_000_000
            message = f"Only {megabytes} MB are left on the disk: make room, or call support."
            yield Finding(code="disk_low", message=message)
        if self._journal.damage is not None:
            message = f"The journal is damaged: {self._journal.damage}. Call support."
            yield Finding(code="journal_damaged", message=message)
        if self._journal.clock.state() is ClockState.STEPPED:
            yield Finding(code="clock_stepped", message="The clock has stepped. Check the date.")
        if machine is not None and machine.under_voltage:
            message = "The power supply is too weak. Use the official one, with its own cable."
            yield Finding(code="under_voltage", message=message)
        if machine is not None and (machine.temperature or 0) >= HOT_CELSIUS:
            message = f"The box is at {machine.temperature:.0f} °C: give it air."
            yield Finding(code="hot", message=message)

    def _relay_health(self) -> RelayHealth | None:
        if self._relay is None:
            return None
        state = self._relay.state()
        return RelayHealth(
            connected=state.connected,
            broker=state.broker,
            mqtt_version=state.mqtt_version,
            acknowledged=state.acknowledged,
            lag=state.lag,
            last_ack_at=state.last_ack_at,
            note=state.note or None,
            alarm=state.alarm or None,
            versions=self._master_data.versions,
        )
