"""The till's shift: opened with a float on a sure date, suspended, closed when it is counted.

Every entry of a register carries the shift that is open at its drawer; the journal stamps it
(`session_finder`). How an act is done: `acting`; what a till permits: `rules`.
"""

import asyncio
import sqlite3
from collections.abc import Callable

from edge_daemon.claims import Right
from edge_daemon.clock import ClockState
from edge_daemon.config import Configuration
from edge_daemon.errors import NotAllowedError
from edge_daemon.journal import Draft, Journal
from edge_daemon.records.payloads import (
    DateConfirmed,
    Json,
    TenderControl,
    TenderControlKind,
    TillSession,
    TillSessionEvent,
)
from edge_daemon.tills.acting import TillActs, in_session
from edge_daemon.tills.dating import Dating
from edge_daemon.tills.ports import OpenSales
from edge_daemon.tills.reading import KIND, present_session, workstations_of
from edge_daemon.tills.requests import (
    CHANGES,
    TillChangeRequest,
    TillOpeningRequest,
    TillSessionState,
    counted_sum,
)
from edge_daemon.tills.rules import (
    refuse_open_sales,
    refuse_second,
    refuse_state,
    refuse_uncounted,
    the_session,
)
from edge_daemon.tills.sessions import (
    drawer_key,
    find_session,
    last_sessions,
    running_session,
)

OPENING = ("open_till", KIND)
CHANGE = ("change_till", "till_changes")
"""The verb, and the kind of the resource."""


def session_finder(
    configuration: Configuration,
) -> Callable[[sqlite3.Connection, str], str | None]:
    """The shift in which a workstation's entry falls: the journal's stamp."""
    drawers = {
        each.name: drawer_key(each.name, each.cash_drawer) for each in configuration.workstations
    }

    def session_of(connection: sqlite3.Connection, workstation: str) -> str | None:
        drawer = drawers.get(workstation)
        if drawer is None:
            return None
        found = running_session(connection, workstation, drawer)
        return None if found is None else found.session_id

    return session_of


class Tills:
    """The room of the till's day."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        acts: TillActs,
        dating: Dating,
        open_sales: OpenSales,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._acts = acts
        self._dating = dating
        self._open_sales = open_sales

    async def put(
        self, resource_id: str, request: TillOpeningRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Open a till once. See `ActRoom`.

        Raises:
            InvalidRequestError: The pieces are not the float.
            NotFoundError: There is no such workstation.
            NotAllowedError: A shift runs at this drawer, or nobody has confirmed the date.
            RequestConflictError: The id was used with another body.
        """
        workstation = self._configuration.workstation(request.workstation)
        drawer = drawer_key(workstation.name, workstation.cash_drawer)
        said = 0 if request.denominations is None else None
        amount, pieces = counted_sum(
            said if request.opening_float is None else request.opening_float,
            request.denominations,
            "$.opening_float",
        )
        known = await self._acts.known(KIND, resource_id)
        date = await self._dated() if known is None else None
        order = self._acts.order(OPENING, resource_id, request, body)

        def facts(connection: sqlite3.Connection) -> list[Draft]:
            refuse_second(running_session(connection, workstation.name, drawer), workstation)
            session = TillSession(
                event=TillSessionEvent.OPEN,
                session_id=resource_id,
                drawer_id=drawer,
                date_confirmed=date,
            )
            opening_float = TenderControl(
                kind=TenderControlKind.OPENING_FLOAT,
                tender_type="Cash",
                amount=amount,
                currency=self._configuration.shop.currency,
                reason_code="opening_float",
                denominations=pieces,
            )
            return [in_session(order, resource_id, each) for each in (session, opening_float)]

        wanted = workstation.cash_drawer if request.open_drawer else None
        allow = self._acts.allow(order, request)
        return await self._acts.begin(order, allow, facts, drawer=wanted)

    async def get(self, resource_id: str) -> TillSessionState | None:
        """The shift as it stands, or None when there is none of that id."""
        running = self._acts.running(KIND, resource_id)

        def read(connection: sqlite3.Connection) -> TillSessionState | None:
            row = find_session(connection, resource_id)
            if row is None:
                return None
            return present_session(connection, self._configuration, row, running=running)

        return await self._journal.query(read)

    async def last(self, limit: int) -> list[TillSessionState]:
        """The newest shifts, newest first."""

        def read(connection: sqlite3.Connection) -> list[TillSessionState]:
            return [
                present_session(
                    connection,
                    self._configuration,
                    row,
                    running=self._acts.running(KIND, row.session_id),
                )
                for row in last_sessions(connection, limit)
            ]

        return await self._journal.query(read)

    async def put_change(
        self, session_id: str, change_id: str, request: TillChangeRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Suspend, resume or close a till, once. Read the shift afterwards.

        Raises:
            NotFoundError: There is no such shift.
            NotAllowedError: Its state does not permit this, it is not counted, or sales are open;
                the message says what to do first.
            RequestConflictError: The id was used with another body.
        """
        await self._journal.query(lambda c: the_session(c, session_id))
        order = self._acts.order(CHANGE, change_id, request, body, session_id=session_id)
        event = CHANGES[request.event]
        ends = event in (TillSessionEvent.CLOSE, TillSessionEvent.BLIND_CLOSE)

        def facts(connection: sqlite3.Connection) -> list[Draft]:
            row = the_session(connection, session_id)
            refuse_state(row, event)
            if ends:
                sellers = workstations_of(self._configuration, row)
                refuse_open_sales(connection, row, self._open_sales(connection, sellers))
            if event is TillSessionEvent.CLOSE:
                currency = self._configuration.shop.currency
                refuse_uncounted(connection, row, currency, request.reason)
            fact = TillSession(
                event=event,
                session_id=session_id,
                drawer_id=row.drawer_id,
                reason=request.reason,
            )
            return [in_session(order, session_id, fact)]

        allow = self._acts.allow(order, request, *([Right.CLOSE] if ends else []))
        return await self._acts.begin(order, allow, facts)

    # --- for others ---

    def admit(self, connection: sqlite3.Connection, workstation: str) -> None:
        """Let a sale begin at this workstation, inside its transaction.

        Raises:
            NotAllowedError: Its till is suspended, or the shop wants one open and none is.
        """
        found = self._configuration.workstation(workstation)
        row = running_session(connection, workstation, drawer_key(workstation, found.cash_drawer))
        if row is not None and row.state == "suspended":
            raise NotAllowedError("The till is suspended: resume it first.")
        if row is None and self._configuration.till.require_session:
            raise NotAllowedError("No till is open here: open it first, with its float.")

    async def recover(self) -> None:
        """At start: what was said stands; only a drawer may have been left unknown."""
        await self._acts.recover()

    async def _dated(self) -> DateConfirmed | None:
        state = self._journal.clock.state()
        if state not in (ClockState.SYNCED, ClockState.CONFIRMED):
            raise NotAllowedError(
                "Nobody keeps the box's clock in step: confirm the date first, then open the till."
                " GET /v1/clock says what there is to choose from."
            )
        return await self._dating.confirmed()
