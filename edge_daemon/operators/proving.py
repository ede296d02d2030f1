"""Who somebody is: checked before anything is written, journalled without the secret.

The PIN is blanked before the body is hashed or kept: a hash of four digits hides nothing. Tries of
one operator come one after the other, and after a few wrong ones none is taken for a while; that
is counted in the journal, so a restart forgets nothing.
"""

import asyncio
import sqlite3
from typing import NamedTuple

from edge_daemon.clock import MINUTE_US
from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotAllowedError
from edge_daemon.journal import Journal
from edge_daemon.operators.presence import failures_of
from edge_daemon.operators.requests import Proof
from edge_daemon.operators.staff import Staff
from edge_daemon.records.master_data import Operator
from edge_daemon.records.payloads import Json, OperatorMethod, Outcome, OutcomeState
from edge_daemon.records.verifiers import badge_reference

BLANK = "*"
"""In the place of a PIN or of what a badge says."""
WRONG_PIN = "Operator or PIN are not right. Try again."
WRONG_BADGE = "Nobody has this badge. Use another one, or the PIN."


class Proven(NamedTuple):
    """Who it was, and how that was shown; nobody where it was not.

    Attributes:
        counted: Whose PIN it should have been, where that is somebody.
    """

    operator: Operator | None
    method: OperatorMethod
    counted: str | None = None

    def outcome(self, intent_id: str) -> Outcome:
        """The end of an act that began so."""
        answer: Json = {}
        if self.operator is not None:
            answer["operator_id"] = self.operator.operator_id
            if self.method is OperatorMethod.PIN:
                answer["right_pin_of"] = self.operator.operator_id
            return Outcome(intent_id=intent_id, state=OutcomeState.FINISHED, answer=answer)
        answer["problem"] = WRONG_PIN if self.method is OperatorMethod.PIN else WRONG_BADGE
        if self.counted is not None:
            answer["wrong_pin_of"] = self.counted
        return Outcome(intent_id=intent_id, state=OutcomeState.NOT_DONE, answer=answer)


def blanked(body: Json) -> Json:
    """The body without what somebody must not read."""
    return {name: BLANK if name in ("pin", "badge") else value for name, value in body.items()}


class Proving:
    """Checks PINs and badges."""

    def __init__(self, configuration: Configuration, journal: Journal, staff: Staff) -> None:
        self._settings = configuration.operators
        self._journal = journal
        self._staff = staff
        self._turns: dict[str, asyncio.Lock] = {}

    async def prove(self, proof: Proof) -> Proven:
        """Find out who it is.

        Raises:
            InvalidRequestError: Neither a PIN with its operator nor a badge was given.
            NotAllowedError: Too many PINs were wrong: it says until when none is taken.
        """
        now = self._journal.clock.now_us()
        if proof.badge is not None and proof.pin is None:
            return self.by_reference(badge_reference(proof.badge), OperatorMethod.BADGE)
        if proof.pin is None or proof.operator_id is None or proof.badge is not None:
            raise InvalidRequestError(
                "Say who it is: the operator's id with the PIN, or what the badge says.", "$.pin"
            )
        name, pin = proof.operator_id, proof.pin
        known = self._staff.find(name, now)
        if known is not None:
            until = await self._journal.query(lambda c: self.locked_until(c, name))
            if until is not None:
                minutes = -(-(until - now) // MINUTE_US)
                raise NotAllowedError(
                    f"Too many PINs of {name} were wrong: wait {minutes} minute(s), or use the"
                    " badge."
                )
        operator = await asyncio.to_thread(self._staff.by_pin, name, pin, now)
        return Proven(operator, OperatorMethod.PIN, None if known is None else name)

    def by_reference(self, reference: str, method: OperatorMethod) -> Proven:
        """Find out whose badge it is."""
        return Proven(self._staff.by_badge(reference, self._journal.clock.now_us()), method)

    def turn(self, operator_id: str | None) -> asyncio.Lock:
        """One try after the other, of each operator."""
        return self._turns.setdefault(operator_id or "", asyncio.Lock())

    def locked_until(self, connection: sqlite3.Connection, operator_id: str) -> int | None:
        """Until when no PIN of theirs is taken, microseconds since 1970 UTC."""
        failures = failures_of(connection, operator_id)
        if failures.tries < self._settings.pin_attempts:
            return None
        until = failures.last_at + self._settings.lock_minutes * MINUTE_US
        return until if until > self._journal.clock.now_us() else None
