"""The till's day: opened with a float, counted, closed; each once, each in one commit.

Theory of operation. What is said about a till is true when it is in the journal, so the intent,
the fact and everything that it is checked against share one transaction: two registers at one
drawer cannot open it twice, and no sale slips in between a count and the close. Only the drawer
comes afterwards, and nothing that it does can undo the fact. Every entry of a register carries the
shift that is open at its drawer; the journal stamps it (`session_finder`).
"""

import asyncio
import dataclasses
import sqlite3
from collections.abc import Callable

import msgspec

from edge_daemon.claims import Check, Claim, Right
from edge_daemon.clock import ClockState
from edge_daemon.config import Configuration
from edge_daemon.drawers import Drawers, Opening
from edge_daemon.drawers.openings import opening_of_intent
from edge_daemon.errors import InvalidRequestError, NotAllowedError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, OpenIntent, Order, Spawn
from edge_daemon.records.payloads import (
    DateConfirmed,
    Json,
    Outcome,
    OutcomeState,
    TenderControl,
    TenderControlKind,
    TillCount,
    TillCountKind,
    TillSession,
    TillSessionEvent,
)
from edge_daemon.tills.dating import Dating
from edge_daemon.tills.ports import OpenSales
from edge_daemon.tills.reading import KIND, present_count, present_session, workstations_of
from edge_daemon.tills.requests import (
    CHANGES,
    MOVEMENTS,
    MoneyMovement,
    MoneyMovementRequest,
    Request,
    TillChangeRequest,
    TillCounted,
    TillCountRequest,
    TillOpeningRequest,
    TillSessionState,
    counted_sum,
)
from edge_daemon.tills.rules import (
    refuse_movement,
    refuse_open_sales,
    refuse_recount,
    refuse_second,
    refuse_state,
    refuse_uncounted,
    the_session,
)
from edge_daemon.tills.sessions import (
    SessionRow,
    drawer_key,
    expected_amount,
    find_count,
    find_session,
    last_sessions,
    running_session,
    settled,
)

MOVEMENT_KIND = "till_movements"
COUNT_KIND = "till_counts"
CHANGE_KIND = "till_changes"
VERBS = ("open_till", "move_money", "count_till", "change_till")


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

    def __init__(  # noqa: PLR0913 - the rooms that it asks, each once
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        dating: Dating,
        drawers: Drawers,
        open_sales: OpenSales,
        check: Check,
        spawn: Spawn,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._dating = dating
        self._drawers = drawers
        self._open_sales = open_sales
        self._check = check
        self._acts = Acts(journal, spawn)

    # --- the shift ---

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
        order = self._order(("open_till", KIND), resource_id, request, body)

        def together(_: str, connection: sqlite3.Connection) -> list[Draft]:
            self._allow(connection, order, request)
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
            return [_in_session(order, resource_id, each) for each in (session, opening_float)]

        wanted = workstation.cash_drawer if request.open_drawer else None
        return await self._begin(order, wanted, together)

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
        await self._session(session_id)
        order = self._order(
            ("change_till", CHANGE_KIND), change_id, request, body, session_id=session_id
        )
        event = CHANGES[request.event]

        def together(_: str, connection: sqlite3.Connection) -> list[Draft]:
            ends = event in (TillSessionEvent.CLOSE, TillSessionEvent.BLIND_CLOSE)
            self._allow(connection, order, request, *([Right.CLOSE] if ends else []))
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
            return [_in_session(order, session_id, fact)]

        return await self._begin(order, None, together)

    # --- money ---

    async def put_movement(
        self, session_id: str, movement_id: str, request: MoneyMovementRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Bring money or take some away, once.

        Raises:
            InvalidRequestError: An expense without its slip, a deposit without its bag, pieces
                that are not the sum.
            NotFoundError: There is no such shift.
            NotAllowedError: It is not open.
            RequestConflictError: The id was used with another body.
        """
        await self._session(session_id)
        workstation = self._configuration.workstation(request.workstation)
        fact = self._control(request)
        rights = [Right.PAID_OUT] if request.kind == "paid_out" else []
        order = self._order(
            ("move_money", MOVEMENT_KIND), movement_id, request, body, session_id=session_id
        )

        def together(_: str, connection: sqlite3.Connection) -> list[Draft]:
            self._allow(connection, order, request, *rights)
            refuse_movement(the_session(connection, session_id))
            return [_in_session(order, session_id, fact)]

        wanted = workstation.cash_drawer if request.open_drawer else None
        return await self._begin(order, wanted, together)

    async def movement(self, movement_id: str) -> MoneyMovement | None:
        """The movement as it stands, or None when there is none of that id."""
        intent = await self._acts.known(MOVEMENT_KIND, movement_id)
        if intent is None:
            return None
        asked = msgspec.json.decode(intent.request)
        request = msgspec.convert(asked["request"], MoneyMovementRequest)
        return MoneyMovement(
            id=movement_id,
            session=asked["session"],
            finished=not self._acts.running(MOVEMENT_KIND, movement_id),
            kind=request.kind,
            tender_type=request.tender_type,
            amount=request.amount,
            reason=request.reason,
            drawer_opening=await self._journal.query(
                lambda connection: opening_of_intent(connection, intent.intent_id)
            ),
        )

    async def put_count(
        self, session_id: str, count_id: str, request: TillCountRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Take a count down, once.

        Raises:
            InvalidRequestError: Nothing was counted, or the pieces are not the sum.
            NotFoundError: There is no such shift.
            NotAllowedError: It is closed, or was counted already.
            RequestConflictError: The id was used with another body.
        """
        await self._session(session_id)
        counted, pieces = counted_sum(request.counted, request.denominations, "$.counted")
        order = self._order(
            ("count_till", COUNT_KIND), count_id, request, body, session_id=session_id
        )
        currency = request.currency or self._configuration.shop.currency
        kind = TillCountKind.SETTLE if request.kind == "settle" else TillCountKind.CHECK

        def together(_: str, connection: sqlite3.Connection) -> list[Draft]:
            self._allow(connection, order, request)
            expected = expected_amount(connection, session_id, request.tender_type, currency)
            settles = kind is TillCountKind.SETTLE and request.recount_reason is None
            before = settled(connection, session_id, request.tender_type, currency)
            refuse_recount(
                the_session(connection, session_id), before if settles else None, expected
            )
            reasons = (request.recount_reason, request.reason)
            fact = TillCount(
                kind=kind,
                blind=request.blind,
                tender_type=request.tender_type,
                currency=currency,
                denominations=pieces,
                counted=counted,
                expected=expected,
                difference=counted - expected,
                reason="; ".join(reason for reason in reasons if reason) or None,
            )
            return [_in_session(order, session_id, fact)]

        return await self._begin(order, None, together)

    async def count(self, count_id: str) -> TillCounted | None:
        """The count, or None when there is none of that id."""
        row = await self._journal.query(lambda connection: find_count(connection, count_id))
        return None if row is None else present_count(row)

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
        for intent in await self._acts.open_intents(*VERBS):
            await self._end(intent)

    # --- how ---

    async def _begin(
        self,
        order: Order,
        drawer: str | None,
        together: Callable[[str, sqlite3.Connection], list[Draft]],
    ) -> asyncio.Task[None] | None:
        """Intent and fact in one commit; the end there, too, where no drawer follows."""

        def all_together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            facts = together(intent_id, connection)
            return facts if drawer else [*facts, order.draft(_finished(intent_id))]

        async def perform(intent_id: str) -> None:
            if drawer is not None:
                opening = Opening(
                    intent_id=intent_id, drawer=drawer, cause="Control", draft=order.draft
                )
                await self._drawers.open(opening, asyncio.get_running_loop().time())
                await self._journal.append(order.draft(_finished(intent_id)))

        return await self._acts.begin(order, perform, together=all_together)

    async def _end(self, intent: OpenIntent) -> None:
        draft = Draft(
            payload=_finished(intent.intent_id),
            workstation_id=intent.workstation,
            operator_id=intent.operator_id,
            api_idempotency_key=intent.resource_id,
        )
        found = await self._journal.query(lambda c: opening_of_intent(c, intent.intent_id))
        drawer = next(
            (
                each.cash_drawer
                for each in self._configuration.workstations
                if each.name == intent.workstation
            ),
            None,
        )
        if found is None and drawer is not None:
            opening = Opening(
                intent_id=intent.intent_id,
                drawer=drawer,
                cause="Control",
                draft=lambda payload: dataclasses.replace(draft, payload=payload),
            )
            await self._drawers.note_unknown(opening)
        await self._journal.append(draft)

    async def _dated(self) -> DateConfirmed | None:
        state = self._journal.clock.state()
        if state not in (ClockState.SYNCED, ClockState.CONFIRMED):
            raise NotAllowedError(
                "Nobody keeps the box's clock in step: confirm the date first, then open the till."
                " GET /v1/clock says what there is to choose from."
            )
        return await self._dating.confirmed()

    def _allow(
        self, connection: sqlite3.Connection, order: Order, request: Request, *rights: Right
    ) -> None:
        claim = Claim(
            rights=frozenset(rights),
            workstation=request.workstation,
            operator_id=request.operator_id,
            approval_id=request.approval_id,
            resource=(order.resource_kind, order.resource_id),
        )
        self._check(connection, claim)

    def _control(self, request: MoneyMovementRequest) -> TenderControl:
        if request.kind == "deposit" and request.bag_id is None:
            raise InvalidRequestError("A deposit needs the number of its bag.", "$.bag_id")
        if request.reason == "expense" and request.document_ref is None:
            raise InvalidRequestError("An expense needs its slip.", "$.document_ref")
        amount, pieces = counted_sum(request.amount, request.denominations, "$.amount")
        return TenderControl(
            kind=MOVEMENTS[request.kind],
            tender_type=request.tender_type,
            amount=amount,
            currency=self._configuration.shop.currency,
            reason_code=request.reason,
            document_ref=request.document_ref,
            bag_id=request.bag_id,
            denominations=pieces,
            counterpart_session=request.counterpart_session,
        )

    def _order(
        self,
        act: tuple[str, str],
        resource_id: str,
        request: Request,
        body: Json,
        *,
        session_id: str | None = None,
    ) -> Order:
        verb, kind = act
        self._configuration.workstation(request.workstation)
        kept = body if session_id is None else {"session": session_id, "request": body}
        return Order(
            verb=verb,
            resource_kind=kind,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=kept,
            request=kept,
        )

    async def _session(self, session_id: str) -> SessionRow:
        return await self._journal.query(lambda connection: the_session(connection, session_id))


def _finished(intent_id: str) -> Outcome:
    return Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)


def _in_session(
    order: Order, session_id: str, fact: TillSession | TenderControl | TillCount
) -> Draft:
    return dataclasses.replace(order.draft(fact), till_session_id=session_id)
