"""How every act of a till is done: asked, checked and true in one commit, the drawer afterwards.

What is said about a till is true when it is in the journal, so the intent, the fact and everything
that it is checked against share one transaction: two registers at one drawer cannot open it twice,
and no sale slips in between a count and the close. Nothing that the drawer does can undo the fact.
"""

import asyncio
import dataclasses
import sqlite3
from collections.abc import Callable

from edge_daemon.claims import Allow, Check, Claim, Right
from edge_daemon.config import Configuration
from edge_daemon.drawers import Drawers, Opening
from edge_daemon.drawers.openings import opening_of_intent
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, OpenIntent, Order, Spawn
from edge_daemon.records.payloads import (
    Json,
    Outcome,
    OutcomeState,
    TenderControl,
    TillCount,
    TillSession,
)
from edge_daemon.tills.requests import Request

VERBS = ("open_till", "move_money", "count_till", "change_till")

Facts = Callable[[sqlite3.Connection], list[Draft]]
"""What an act states, looked up and checked inside its transaction; may refuse."""


class TillActs:
    """Does the acts of the till's rooms."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        drawers: Drawers,
        check: Check,
        spawn: Spawn,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._drawers = drawers
        self._check = check
        self._acts = Acts(journal, spawn)

    def order(
        self,
        act: tuple[str, str],
        resource_id: str,
        request: Request,
        body: Json,
        *,
        session_id: str | None = None,
    ) -> Order:
        """The call of a register.

        Args:
            act: Its verb, and the kind of its resource.
            resource_id: The register's ULID.
            request: What was asked.
            body: The same, untyped.
            session_id: The shift that the address names.

        Raises:
            NotFoundError: There is no such workstation.
        """
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

    def allow(self, order: Order, request: Request, *rights: Right) -> Allow:
        """What asks, inside the act's transaction, whether the caller may do this."""
        claim = Claim(
            rights=frozenset(rights),
            workstation=request.workstation,
            operator_id=request.operator_id,
            approval_id=request.approval_id,
            resource=(order.resource_kind, order.resource_id),
        )
        return lambda connection: self._check(connection, claim)

    async def begin(
        self, order: Order, allow: Allow, facts: Facts, *, drawer: str | None = None
    ) -> asyncio.Task[None] | None:
        """Write intent and facts in one commit; the end there, too, where no drawer follows."""

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            found = facts(connection)
            return found if drawer else [*found, order.draft(_finished(intent_id))]

        async def perform(intent_id: str) -> None:
            if drawer is not None:
                opening = Opening(
                    intent_id=intent_id, drawer=drawer, cause="Control", draft=order.draft
                )
                await self._drawers.open(opening, asyncio.get_running_loop().time())
                await self._journal.append(order.draft(_finished(intent_id)))

        return await self._acts.begin(order, perform, allow=allow, together=together)

    async def known(self, kind: str, resource_id: str) -> OpenIntent | None:
        """What was asked under that id."""
        return await self._acts.known(kind, resource_id)

    def running(self, kind: str, resource_id: str) -> bool:
        """True while that act is under way."""
        return self._acts.running(kind, resource_id)

    async def recover(self) -> None:
        """At start: what was said stands; only a drawer may have been left unknown."""
        for intent in await self._acts.open_intents(*VERBS):
            await self._end(intent)

    async def _end(self, intent: OpenIntent) -> None:
        draft = Draft(
            payload=_finished(intent.intent_id),
            workstation_id=intent.workstation,
            operator_id=intent.operator_id,
            api_idempotency_key=intent.resource_id,
        )
        found = await self._journal.query(lambda c: opening_of_intent(c, intent.intent_id))
        workstations = {each.name: each for each in self._configuration.workstations}
        workstation = workstations.get(intent.workstation or "")
        if found is None and workstation is not None and workstation.cash_drawer is not None:
            opening = Opening(
                intent_id=intent.intent_id,
                drawer=workstation.cash_drawer,
                cause="Control",
                draft=lambda payload: dataclasses.replace(draft, payload=payload),
            )
            await self._drawers.note_unknown(opening)
        await self._journal.append(draft)


def in_session(
    order: Order, session_id: str, fact: TillSession | TenderControl | TillCount
) -> Draft:
    """A fact of this call that belongs to a shift, whichever is open at its drawer."""
    return dataclasses.replace(order.draft(fact), till_session_id=session_id)


def _finished(intent_id: str) -> Outcome:
    return Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)
