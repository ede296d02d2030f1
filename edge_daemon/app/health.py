"""How the box is, in one answer: what works, what needs a hand, and what to do about it."""

from edge_daemon.api import Health, JournalHealth, RelayHealth
from edge_daemon.certificates import BoxCertificate
from edge_daemon.clock import ClockState
from edge_daemon.devices import Devices
from edge_daemon.journal import Journal
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
        payments: Payments,
        relay: Relay | None,
        master_data: MasterData,
        certificate: BoxCertificate | None,
    ) -> None:
        self._version = version
        self._journal = journal
        self._devices = devices
        self._payments = payments
        self._relay = relay
        self._master_data = master_data
        self._certificate = certificate

    async def __call__(self) -> Health:
        """Put the answer together."""
        failure = self._journal.failed.result() if self._journal.failed.done() else None
        problems = [] if failure is None else [str(failure)]
        problems += await self._problems() if failure is None else []
        clock = self._journal.clock
        return Health(
            status="failed" if failure else "degraded" if problems else "ok",
            edge_id=self._journal.identity.edge_id,
            version=self._version,
            now_us=clock.now_us(),
            clock_state=clock.state(),
            journal=JournalHealth(
                position=str(self._journal.head.position),
                problem=str(failure) if failure else None,
            ),
            relay=self._relay_health(),
            problems=tuple(problems),
        )

    async def _problems(self) -> list[str]:
        problems = [
            f"Payment {one.id} of {one.amount} {one.currency} minor units on {one.terminal} is"
            f" {one.state}: {one.message or 'look at the terminal.'}"
            for one in await self._payments.open()
            if one.approved is None and (one.needs_person or one.state == "IN_DOUBT")
        ]
        problems += [
            f"The card payment {one.id} over {one.amount} {one.currency} minor units was approved,"
            f" and the sale {one.transaction_id} ended without it: give the money back."
            for one in await self._payments.refunds_due()
        ]
        problems += [
            f"{device.name}: {device.reason}" for device in self._devices.states() if device.reason
        ]
        if self._relay is not None:
            state = self._relay.state()
            told = (state.alarm, state.note, self._relay.certificate_warning())
            problems += [text for text in dict.fromkeys(told) if text]
        problems += [
            f"The central office's {name} was not taken: {reason}"
            for name, reason in self._master_data.rejected.items()
        ]
        if self._certificate is not None and self._certificate.problem is not None:
            problems.append(self._certificate.problem)
        if self._journal.reserve_in_use:
            problems.append(
                "The disk is full. Open sales can end, and new ones are refused: make room."
            )
        if self._journal.damage is not None:
            problems.append(f"The journal is damaged: {self._journal.damage}. Call support.")
        if self._journal.clock.state() is ClockState.STEPPED:
            problems.append("The clock has stepped. Check the date.")
        return problems

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
            note=state.note or None,
            alarm=state.alarm or None,
            versions=self._master_data.versions,
        )
