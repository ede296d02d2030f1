"""Money in a drawer without a sale: brought, taken away, counted."""

import asyncio
import sqlite3

import msgspec

from edge_daemon.claims import Right
from edge_daemon.config import Configuration
from edge_daemon.drawers.openings import opening_of_intent
from edge_daemon.errors import InvalidRequestError
from edge_daemon.journal import Draft, Journal
from edge_daemon.records.payloads import Json, TenderControl, TillCount, TillCountKind
from edge_daemon.tills.acting import TillActs, in_session
from edge_daemon.tills.reading import present_count
from edge_daemon.tills.requests import (
    MOVEMENTS,
    MoneyMovement,
    MoneyMovementRequest,
    TillCounted,
    TillCountRequest,
    counted_sum,
)
from edge_daemon.tills.rules import refuse_movement, refuse_recount, the_session
from edge_daemon.tills.sessions import expected_amount, find_count, settled

MOVEMENT = ("move_money", "till_movements")
COUNT = ("count_till", "till_counts")
"""The verb, and the kind of the resource."""


class Money:
    """The part of the tills' room that moves and counts money."""

    def __init__(self, configuration: Configuration, journal: Journal, acts: TillActs) -> None:
        self._configuration = configuration
        self._journal = journal
        self._acts = acts

    async def put_movement(
        self, session_id: str, movement_id: str, request: MoneyMovementRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Bring money or take some away, once.

        Raises:
            InvalidRequestError: An expense without its slip, a deposit without its bag, pieces
                that are not the sum.
            NotFoundError: There is no such shift.
            NotAllowedError: It is not open, or who asks may not pay money out.
            RequestConflictError: The id was used with another body.
        """
        await self._journal.query(lambda c: the_session(c, session_id))
        workstation = self._configuration.workstation(request.workstation)
        fact = self._control(request)
        rights = [Right.PAID_OUT] if request.kind == "paid_out" else []
        order = self._acts.order(MOVEMENT, movement_id, request, body, session_id=session_id)

        def facts(connection: sqlite3.Connection) -> list[Draft]:
            refuse_movement(the_session(connection, session_id))
            return [in_session(order, session_id, fact)]

        drawer = workstation.cash_drawer if request.open_drawer else None
        allow = self._acts.allow(order, request, *rights)
        return await self._acts.begin(order, allow, facts, drawer=drawer)

    async def movement(self, movement_id: str) -> MoneyMovement | None:
        """The movement as it stands, or None when there is none of that id."""
        _, kind = MOVEMENT
        intent = await self._acts.known(kind, movement_id)
        if intent is None:
            return None
        asked = msgspec.json.decode(intent.request)
        request = msgspec.convert(asked["request"], MoneyMovementRequest)
        return MoneyMovement(
            id=movement_id,
            session=asked["session"],
            finished=not self._acts.running(kind, movement_id),
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
        await self._journal.query(lambda c: the_session(c, session_id))
        counted, pieces = counted_sum(request.counted, request.denominations, "$.counted")
        order = self._acts.order(COUNT, count_id, request, body, session_id=session_id)
        currency = request.currency or self._configuration.shop.currency
        kind = TillCountKind.SETTLE if request.kind == "settle" else TillCountKind.CHECK
        reasons = (request.recount_reason, request.reason)

        def facts(connection: sqlite3.Connection) -> list[Draft]:
            expected = expected_amount(connection, session_id, request.tender_type, currency)
            settles = kind is TillCountKind.SETTLE and request.recount_reason is None
            before = settled(connection, session_id, request.tender_type, currency)
            row = the_session(connection, session_id)
            refuse_recount(row, before if settles else None, expected)
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
            return [in_session(order, session_id, fact)]

        return await self._acts.begin(order, self._acts.allow(order, request), facts)

    async def count(self, count_id: str) -> TillCounted | None:
        """The count, or None when there is none of that id."""
        row = await self._journal.query(lambda connection: find_count(connection, count_id))
        return None if row is None else present_count(row)

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
