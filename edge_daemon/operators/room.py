"""Operators at registers: sign on and off, and a manager's approval."""

import asyncio
import dataclasses
import sqlite3
from collections.abc import Callable

from edge_daemon.config import Configuration
from edge_daemon.errors import NotAllowedError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, OpenIntent, Order, Spawn
from edge_daemon.operators.approvals import find_approval
from edge_daemon.operators.presence import signed_on, workstations
from edge_daemon.operators.proofs import proof_of
from edge_daemon.operators.proving import Proven, Proving, blanked
from edge_daemon.operators.requests import (
    Approval,
    ApprovalRequest,
    OperatorView,
    Proof,
    SignOff,
    SignOffRequest,
    SignOn,
    SignOnRequest,
)
from edge_daemon.operators.rights import OperatorRights
from edge_daemon.operators.staff import Staff
from edge_daemon.operators.working_times import working_state
from edge_daemon.records import new_ulid
from edge_daemon.records.payloads import (
    Json,
    OperatorEvent,
    OperatorEventKind,
    OperatorMethod,
    Outcome,
    OutcomeState,
)

SIGN_ON_KIND = "sign_ons"
SIGN_OFF_KIND = "sign_offs"
APPROVAL_KIND = "approvals"


class Operators:
    """The room of who is at which register."""

    def __init__(
        self, configuration: Configuration, journal: Journal, staff: Staff, spawn: Spawn
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._staff = staff
        self._acts = Acts(journal, spawn)
        self.proving = Proving(configuration, journal, staff)
        self.rights = OperatorRights(configuration, journal.clock, staff)

    # --- signing on and off ---

    async def put_sign_on(
        self, resource_id: str, request: SignOnRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Sign somebody on, once. A wrong PIN is an answer, not an error. See `ActRoom`.

        Raises:
            InvalidRequestError: Neither a PIN with its operator nor a badge was given.
            NotFoundError: There is no such workstation.
            NotAllowedError: Too many PINs were wrong.
            RequestConflictError: The id was used with another body.
        """
        order = self._order("sign_on", SIGN_ON_KIND, resource_id, request, body)

        def facts(connection: sqlite3.Connection, proven: Proven) -> list[Draft]:
            return self._sign_on(connection, order, proven)

        return await self._prove(order, request, facts)

    async def sign_on_by_badge(self, reader: str, badge_ref: str, workstation: str) -> SignOn:
        """Sign on whose badge was tapped on a reader; the reference itself is not journalled.

        Args:
            reader: The configured card reader.
            badge_ref: What stands for the badge in the office's list.
            workstation: The register that the reader belongs to.

        Raises:
            NotFoundError: There is no such workstation.
        """
        self._configuration.workstation(workstation)
        resource_id = new_ulid(self._journal.clock.now_us())
        body: Json = {"workstation": workstation, "reader": reader, "badge": "*"}
        proven = self.proving.by_reference(badge_ref, OperatorMethod.NFC)
        order = Order(
            verb="sign_on",
            resource_kind=SIGN_ON_KIND,
            resource_id=resource_id,
            workstation=workstation,
            operator_id=None if proven.operator is None else proven.operator.operator_id,
            body=body,
            request=body,
        )
        await self._write(order, proven, lambda c, found: self._sign_on(c, order, found))
        answer = await self.sign_on(resource_id)
        assert answer is not None  # noqa: S101 - it was just written
        return answer

    async def sign_on(self, resource_id: str) -> SignOn | None:
        """How a try to sign on ended, or None when there is none of that id."""
        intent = await self._acts.known(SIGN_ON_KIND, resource_id)
        if intent is None:
            return None
        proof = await self._journal.query(lambda c: proof_of(c, intent.intent_id))
        where = intent.workstation or ""
        if proof is None or not proof.done or proof.answer.operator_id is None:
            problem = None if proof is None else proof.answer.problem
            return SignOn(id=resource_id, state="refused", workstation=where, problem=problem)
        operator_id = proof.answer.operator_id
        operator = self._staff.find(operator_id, self._journal.clock.now_us())
        return SignOn(
            id=resource_id,
            state="signed_on",
            workstation=where,
            operator_id=operator_id,
            name=operator.name if operator else None,
            roles=operator.roles if operator else (),
            rights=tuple(sorted(self._staff.rights(operator))) if operator else (),
        )

    async def put_sign_off(
        self, resource_id: str, request: SignOffRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Sign whoever is there off, once.

        Raises:
            NotFoundError: There is no such workstation.
            NotAllowedError: Nobody is signed on there.
            RequestConflictError: The id was used with another body.
        """
        self._configuration.workstation(request.workstation)
        order = Order(
            verb="sign_off",
            resource_kind=SIGN_OFF_KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            operator = signed_on(connection, request.workstation)
            if operator is None:
                raise NotAllowedError(f"Nobody is signed on at {request.workstation}.")
            fact = OperatorEvent(event=OperatorEventKind.SIGN_OFF, subject_operator_id=operator)
            done = Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)
            mine = dataclasses.replace(order, operator_id=operator)
            return [mine.draft(fact), mine.draft(done)]

        return await self._acts.begin(order, _nothing_more, together=together)

    async def sign_off(self, resource_id: str) -> SignOff | None:
        """A sign-off, or None when there is none of that id."""
        intent = await self._acts.known(SIGN_OFF_KIND, resource_id)
        if intent is None:
            return None
        return SignOff(id=resource_id, workstation=intent.workstation or "")

    async def at(self, workstation: str) -> str | None:
        """Who is signed on at a register."""
        return await self._journal.query(lambda connection: signed_on(connection, workstation))

    # --- approvals ---

    async def put_approval(
        self, resource_id: str, request: ApprovalRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Take a manager's word, once. A wrong PIN is an answer, not an error. See `ActRoom`.

        Raises:
            InvalidRequestError: Neither a PIN with its operator nor a badge was given.
            NotFoundError: There is no such workstation.
            NotAllowedError: Who it is has no right to this, or was wrong too often.
            RequestConflictError: The id was used with another body.
        """
        order = self._order("approve", APPROVAL_KIND, resource_id, request, body)

        def facts(_: sqlite3.Connection, proven: Proven) -> list[Draft]:
            if proven.operator is not None:
                missing = set(request.rights) - self._staff.rights(proven.operator)
                if missing:
                    raise NotAllowedError(
                        f"{proven.operator.operator_id} may not approve this: it needs the right"
                        f" {' and '.join(sorted(missing))}. Ask somebody else."
                    )
            return []

        return await self._prove(order, request, facts)

    async def approval(self, resource_id: str) -> Approval | None:
        """How an approval stands, or None when there is none of that id."""
        intent = await self._acts.known(APPROVAL_KIND, resource_id)
        if intent is None:
            return None
        row = await self._journal.query(lambda c: find_approval(c, resource_id))
        proof = await self._journal.query(lambda c: proof_of(c, intent.intent_id))
        if row is None or not row.granted:
            return Approval(
                id=resource_id,
                state="refused",
                workstation=intent.workstation or "",
                problem=None if proof is None else proof.answer.problem,
            )
        return Approval(
            id=resource_id,
            state="used" if row.used_id else "granted",
            workstation=row.workstation,
            rights=tuple(sorted(row.granted_rights)),
            approved_by=row.approved_by,
            asked_by=row.asked_by,
            expires_at=self.rights.expires_at(row),
        )

    # --- people ---

    async def people(self) -> list[OperatorView]:
        """Everybody who may use the registers, by name."""
        now = self._journal.clock.now_us()

        def read(connection: sqlite3.Connection) -> list[OperatorView]:
            where = workstations(connection)
            return [
                OperatorView(
                    operator_id=each.operator_id,
                    name=each.name,
                    roles=each.roles,
                    rights=tuple(sorted(self._staff.rights(each))),
                    workstation=where.get(each.operator_id),
                    working=working_state(connection, each.operator_id),
                    locked_until=self.proving.locked_until(connection, each.operator_id),
                )
                for each in self._staff.all(now)
            ]

        return await self._journal.query(read)

    async def recover(self) -> None:
        """At start: read the list. What begins here ends in its first commit."""
        await self._staff.load()

    # --- how ---

    async def _prove(
        self,
        order: Order,
        proof: Proof,
        facts: Callable[[sqlite3.Connection, Proven], list[Draft]],
    ) -> asyncio.Task[None] | None:
        """Check who it is, then write intent, facts and end in one commit."""
        known: OpenIntent | None = await self._acts.known(order.resource_kind, order.resource_id)
        if known is not None:
            return await self._acts.begin(order, _nothing_more)
        async with self.proving.turn(proof.operator_id):
            proven = await self.proving.prove(proof)
            return await self._write(order, proven, facts)

    async def _write(
        self,
        order: Order,
        proven: Proven,
        facts: Callable[[sqlite3.Connection, Proven], list[Draft]],
    ) -> asyncio.Task[None] | None:
        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            return [*facts(connection, proven), order.draft(proven.outcome(intent_id))]

        return await self._acts.begin(order, _nothing_more, together=together)

    def _sign_on(self, connection: sqlite3.Connection, order: Order, proven: Proven) -> list[Draft]:
        if proven.operator is None:
            return []
        drafts = []
        before = signed_on(connection, order.workstation or "")
        if before is not None and before != proven.operator.operator_id:
            left = OperatorEvent(event=OperatorEventKind.SIGN_OFF, subject_operator_id=before)
            drafts.append(dataclasses.replace(order, operator_id=before).draft(left))
        fact = OperatorEvent(
            event=OperatorEventKind.SIGN_ON,
            subject_operator_id=proven.operator.operator_id,
            method=proven.method,
        )
        return [*drafts, order.draft(fact)]

    def _order(self, verb: str, kind: str, resource_id: str, request: Proof, body: Json) -> Order:
        self._configuration.workstation(request.workstation)
        kept = blanked(body)
        return Order(
            verb=verb,
            resource_kind=kind,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=kept,
            request=kept,
        )


async def _nothing_more(_intent_id: str) -> None:
    """The act was its entries."""
