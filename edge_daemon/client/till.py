"""The till's day: open, bring and take money, count, close, X and Z."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from edge_daemon.client.asking import Asking, Json, without_none
from edge_daemon.client.connection import new_id
from edge_daemon.client.values import DrawerOpening, PrintJob
from edge_daemon.records.payloads import PeriodReport as Report

Pieces = Mapping[int, int]
"""How many coins or notes of each value, in minor units."""
MovementKind = Literal["loan", "pickup", "safe_drop", "paid_in", "paid_out", "deposit"]


class ExpectedTender(msgspec.Struct, frozen=True, kw_only=True):
    """What should be there of one kind of tender."""

    tender_type: str
    currency: str
    amount: int


class TillCounted(msgspec.Struct, frozen=True, kw_only=True):
    """A count; `difference` is `counted - expected`."""

    id: str
    session: str
    finished: bool = True
    kind: str
    blind: bool
    tender_type: str
    currency: str
    counted: int
    expected: int
    difference: int
    reason: str | None = None
    occurred_at: int
    operator_id: str | None = None


class TillSession(msgspec.Struct, frozen=True, kw_only=True):
    """A till's shift.

    Attributes:
        state: `open`, `suspended`, `blind_closed` (to be counted) or `closed`.
        workstations: Everybody who sells into it.
        expected: What should be there; None while the shop counts blind and nobody has.
        problems: What a person has to know.
    """

    id: str
    state: str
    finished: bool
    drawer: str | None
    workstation: str
    workstations: tuple[str, ...]
    opened_at: int
    opened_by: str | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    opening_float: int = 0
    expected: tuple[ExpectedTender, ...] | None = None
    counts: tuple[TillCounted, ...] = ()
    carried_over: bool = False
    drawer_opening: DrawerOpening | None = None
    problems: tuple[str, ...] = ()


class MoneyMovement(msgspec.Struct, frozen=True, kw_only=True):
    """Money that was brought or taken away."""

    id: str
    session: str
    finished: bool
    kind: str
    tender_type: str
    amount: int
    reason: str
    drawer_opening: DrawerOpening | None = None


class PeriodReport(msgspec.Struct, frozen=True, kw_only=True):
    """An X or Z: `report` as the journal has it, `paper` its print."""

    id: str
    finished: bool
    occurred_at: int
    operator_id: str | None = None
    report: Report
    paper: PrintJob | None = None
    problems: tuple[str, ...] = ()


class TillSessions(msgspec.Struct, frozen=True, kw_only=True):
    """Shifts, the newest first."""

    sessions: tuple[TillSession, ...]


class PeriodReports(msgspec.Struct, frozen=True, kw_only=True):
    """Reports, the newest first."""

    reports: tuple[PeriodReport, ...]


class TimeConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word for the time.

    Attributes:
        state: `confirming`, `confirmed`, or `not_done`: look at the date and confirm it again.
    """

    id: str
    state: str
    finished: bool
    operator_id: str
    source: str
    moment_us: int


class TillCalls(Asking):
    """The calls of the till's day."""

    async def open_till(
        self,
        opening_float: int | None = None,
        *,
        pieces: Pieces | None = None,
        open_drawer: bool = False,
        approval_id: str | None = None,
        session_id: str | None = None,
    ) -> TillSession:
        """Open our till with its float, as a sum or piece by piece."""
        body = self._said(
            opening_float=opening_float,
            denominations=_pieces(pieces),
            open_drawer=open_drawer or None,
            approval_id=approval_id,
        )
        return await self._box.act(TillSession, f"/v1/till-sessions/{session_id or new_id()}", body)

    async def time(self, register_us: int | None = None) -> Json:
        """The box's time, and whether a person has to confirm it; `register_us` is ours."""
        query = {} if register_us is None else {"register_us": register_us}
        return await self._box.get(Json, "/v1/clock", **query)

    async def confirm_time(
        self,
        source: Literal["LastEntry", "Register", "Terminal", "Keyed"],
        moment_us: int,
        *,
        reason: str | None = None,
        confirmation_id: str | None = None,
    ) -> TimeConfirmation:
        """Say what time it is, where nobody keeps the box's clock in step.

        Args:
            source: Which suggestion of `time` it is; `Keyed` for none of them.
            moment_us: Microseconds since 1970 UTC.
            reason: Why it is before the last entry; needed then.
            confirmation_id: A ULID.
        """
        body = without_none(
            operator_id=self.operator_id, source=source, moment_us=moment_us, reason=reason
        )
        path = f"/v1/clock-confirmations/{confirmation_id or new_id()}"
        return await self._box.act(TimeConfirmation, path, body)

    async def time_confirmation(self, confirmation_id: str) -> TimeConfirmation:
        """How a confirmation stands."""
        path = f"/v1/clock-confirmations/{confirmation_id}"
        return await self._box.get(TimeConfirmation, path)

    async def till_session(self, session_id: str) -> TillSession:
        """How a shift stands."""
        return await self._box.get(TillSession, f"/v1/till-sessions/{session_id}")

    async def till_sessions(self, limit: int = 20) -> tuple[TillSession, ...]:
        """The newest shifts, newest first."""
        return (await self._box.get(TillSessions, "/v1/till-sessions", limit=limit)).sessions

    async def change_till(
        self,
        session_id: str,
        event: Literal["suspend", "resume", "blind_close", "close"],
        *,
        reason: str | None = None,
        approval_id: str | None = None,
        change_id: str | None = None,
    ) -> TillSession:
        """Suspend, resume or close a till; it is closed when it is counted."""
        body = self._said(event=event, reason=reason, approval_id=approval_id)
        path = f"/v1/till-sessions/{session_id}/changes/{change_id or new_id()}"
        return await self._box.act(TillSession, path, body)

    async def move_money(  # noqa: PLR0913 - the fields of a movement
        self,
        session_id: str,
        kind: MovementKind,
        amount: int,
        reason: str,
        *,
        document_ref: str | None = None,
        bag_id: str | None = None,
        pieces: Pieces | None = None,
        counterpart_session: str | None = None,
        open_drawer: bool = True,
        movement_id: str | None = None,
    ) -> MoneyMovement:
        """Bring money to the drawer, or take some away.

        Args:
            session_id: The shift.
            kind: Which way, and where to.
            amount: Positive.
            reason: In the shop's own code; `expense` for what somebody will claim.
            document_ref: The slip of an expense.
            bag_id: Of a deposit.
            pieces: The same, piece by piece.
            counterpart_session: The other till, where money goes from one to the other.
            open_drawer: False where it is open already.
            movement_id: A ULID.
        """
        body = self._said(
            kind=kind,
            amount=amount,
            reason=reason,
            document_ref=document_ref,
            bag_id=bag_id,
            denominations=_pieces(pieces),
            counterpart_session=counterpart_session,
            open_drawer=None if open_drawer else False,
        )
        path = f"/v1/till-sessions/{session_id}/movements/{movement_id or new_id()}"
        return await self._box.act(MoneyMovement, path, body)

    async def money_movement(self, session_id: str, movement_id: str) -> MoneyMovement:
        """How a movement stands."""
        path = f"/v1/till-sessions/{session_id}/movements/{movement_id}"
        return await self._box.get(MoneyMovement, path)

    async def count_till(  # noqa: PLR0913 - the fields of a count
        self,
        session_id: str,
        kind: Literal["check", "settle"],
        counted: int | None = None,
        *,
        pieces: Pieces | None = None,
        tender_type: str | None = None,
        blind: bool = False,
        reason: str | None = None,
        recount_reason: str | None = None,
        count_id: str | None = None,
    ) -> TillCounted:
        """Say what was counted, as a sum or piece by piece, and learn what should be there."""
        body = self._said(
            kind=kind,
            counted=counted,
            denominations=_pieces(pieces),
            tender_type=tender_type,
            blind=blind or None,
            reason=reason,
            recount_reason=recount_reason,
        )
        path = f"/v1/till-sessions/{session_id}/counts/{count_id or new_id()}"
        return await self._box.act(TillCounted, path, body)

    async def till_count(self, session_id: str, count_id: str) -> TillCounted:
        """What was counted."""
        path = f"/v1/till-sessions/{session_id}/counts/{count_id}"
        return await self._box.get(TillCounted, path)

    async def make_report(
        self,
        kind: Literal["X", "Z"],
        *,
        paper: bool = True,
        approval_id: str | None = None,
        report_id: str | None = None,
    ) -> PeriodReport:
        """Make an X, which changes nothing, or a Z, which ends our period."""
        body = self._said(kind=kind, print=None if paper else False, approval_id=approval_id)
        return await self._box.act(
            PeriodReport, f"/v1/period-reports/{report_id or new_id()}", body
        )

    async def period_report(self, report_id: str) -> PeriodReport:
        """A report with all its figures."""
        return await self._box.get(PeriodReport, f"/v1/period-reports/{report_id}")

    async def period_reports(self, limit: int = 20) -> tuple[PeriodReport, ...]:
        """The newest reports, newest first; ours where we act for a workstation."""
        query = {} if self.workstation is None else {"workstation": self.workstation}
        path = "/v1/period-reports"
        return (await self._box.get(PeriodReports, path, limit=limit, **query)).reports

    async def copy_report(self, report_id: str, *, copy_id: str | None = None) -> PrintJob:
        """Print a report again, marked as a copy."""
        path = f"/v1/period-reports/{report_id}/copies/{copy_id or new_id()}"
        return await self._box.act(PrintJob, path, self._said())

    async def report_copy(self, report_id: str, copy_id: str) -> PrintJob:
        """How a copy stands."""
        return await self._box.get(PrintJob, f"/v1/period-reports/{report_id}/copies/{copy_id}")


def _pieces(pieces: Pieces | None) -> list[dict[str, int]] | None:
    if pieces is None:
        return None
    return [{"value": value, "count": count} for value, count in pieces.items()]
