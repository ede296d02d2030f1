"""On which day a till is opened, when nobody keeps the clock in step.

A Pi without a battery may start in the past. Then a person confirms the date, from what the last
entry, the register and the terminal suggest; from there the clock goes on, and entries say that it
was confirmed, until a time service sets it. Order comes from `seq` and never from here.
"""

import asyncio
import logging

import msgspec

from edge_daemon.clock import ClockState
from edge_daemon.errors import InvalidRequestError, NotAllowedError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, Spawn
from edge_daemon.records.payloads import DateConfirmed, Json, Outcome, OutcomeState
from edge_daemon.tills.clock_projection import VERB, last_confirmed, state_of
from edge_daemon.tills.clock_requests import (
    EARLIEST_US,
    LATEST_US,
    ClockConfirmation,
    ClockConfirmationRequest,
    ClockReading,
    Source,
    Suggestion,
    Suggestions,
)

KIND = "clock_confirmations"
REASON_LENGTH = 256
"""Characters of a reason."""
OPERATOR_LENGTH = 64
_log = logging.getLogger(__name__)


class Dating:
    """The part of the tills' room that knows which day it is."""

    def __init__(self, journal: Journal, spawn: Spawn) -> None:
        self._journal = journal
        self._acts = Acts(journal, spawn)

    async def read(
        self, *, register_us: int | None = None, terminal_us: int | None = None
    ) -> ClockReading:
        """The clock, and what a person may choose from.

        Args:
            register_us: The register's own time, microseconds since 1970 UTC.
            terminal_us: The payment terminal's, as a person reads it there.
        """
        clock = self._journal.clock
        last, now = await self._journal.last_moment(), clock.now_us()
        state = clock.state()
        said: tuple[tuple[Source, int | None], ...] = (
            ("Register", register_us),
            ("Terminal", terminal_us),
            ("LastEntry", last),
        )
        return ClockReading(
            now_us=now,
            state=state,
            business_day=clock.business_day(now),
            utc_offset_min=clock.utc_offset_min(now),
            confirmation_needed=state not in (ClockState.SYNCED, ClockState.CONFIRMED),
            suggestions=tuple(
                self._suggestion(source, moment, last)
                for source, moment in said
                if moment is not None and EARLIEST_US <= moment <= LATEST_US
            ),
        )

    async def put(
        self, resource_id: str, request: ClockConfirmationRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Take a person's word, once. See `ActRoom`.

        Raises:
            InvalidRequestError: The moment cannot be meant, or a reason is missing.
            NotAllowedError: A time service keeps the clock in step: nothing is to be confirmed.
            RequestConflictError: The id was used with another body.
        """
        asked_at = asyncio.get_running_loop().time()
        if await self._acts.known(KIND, resource_id) is None:
            await self._check(request)
        order = Order(
            verb=VERB,
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=None,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )

        async def perform(intent_id: str) -> None:
            waited = asyncio.get_running_loop().time() - asked_at
            moment_us = request.moment_us + round(waited * 1_000_000)
            try:
                await asyncio.to_thread(self._journal.clock.confirm, moment_us)
            except OSError as error:  # it counts all the same, until the daemon starts again
                _log.warning("The confirmed date cannot be kept over a restart: %s", error)
            answer = {"moment_us": moment_us}
            outcome = Outcome(intent_id=intent_id, state=OutcomeState.FINISHED, answer=answer)
            await self._journal.append(order.draft(outcome))

        return await self._acts.begin(order, perform)

    async def get(self, resource_id: str) -> ClockConfirmation | None:
        """The confirmation as it stands, or None when there is none of that id."""
        intent = await self._acts.known(KIND, resource_id)
        if intent is None:
            return None
        request = _request(intent.request)
        state = await self._journal.query(lambda c: state_of(c, intent.intent_id))
        return ClockConfirmation(
            id=resource_id,
            state=state,
            finished=state != "confirming",
            operator_id=request.operator_id,
            source=request.source,
            moment_us=request.moment_us,
        )

    async def confirmed(self) -> DateConfirmed | None:
        """What the opening of a till has to say about the date; None while the clock is synced."""
        if self._journal.clock.state() is not ClockState.CONFIRMED:
            return None
        data = await self._journal.query(last_confirmed)
        if data is None:
            return None
        request = _request(data)
        return DateConfirmed(
            operator_id=request.operator_id,
            source=request.source,
            moment=request.moment_us,
            suggested=_by_source(request.suggested),
            reason=request.reason,
        )

    async def recover(self) -> None:
        """At start: a confirmation without an end is stale by now, and is not repeated."""
        for intent in await self._acts.open_intents(VERB):
            outcome = Outcome(intent_id=intent.intent_id, state=OutcomeState.NOT_DONE)
            await self._journal.append(
                Draft(
                    payload=outcome,
                    operator_id=intent.operator_id,
                    api_idempotency_key=intent.resource_id,
                )
            )

    def _suggestion(self, source: Source, moment_us: int, last_us: int) -> Suggestion:
        return Suggestion(
            source=source,
            moment_us=moment_us,
            business_day=self._journal.clock.business_day(moment_us),
            needs_reason=moment_us < last_us,
        )

    async def _check(self, request: ClockConfirmationRequest) -> None:
        if self._journal.clock.state() is ClockState.SYNCED:
            raise NotAllowedError(
                "A time service keeps the clock in step: there is nothing to confirm."
            )
        if not 0 < len(request.operator_id) <= OPERATOR_LENGTH:
            raise InvalidRequestError(
                f"An operator's id has 1 to {OPERATOR_LENGTH} characters.", "$.operator_id"
            )
        if not EARLIEST_US <= request.moment_us <= LATEST_US:
            raise InvalidRequestError(
                "That is no moment of this century: give microseconds since 1970 UTC.",
                "$.moment_us",
            )
        if len(request.reason or "") > REASON_LENGTH:
            raise InvalidRequestError(
                f"A reason has at most {REASON_LENGTH} characters.", "$.reason"
            )
        if request.moment_us < await self._journal.last_moment() and not request.reason:
            raise InvalidRequestError(
                "That is before the last entry of the journal. Say why, or choose a later moment.",
                "$.reason",
            )


def _request(data: bytes) -> ClockConfirmationRequest:
    return msgspec.json.decode(data, type=ClockConfirmationRequest)


def _by_source(suggested: Suggestions) -> Json:
    found: tuple[tuple[Source, int | None], ...] = (
        ("LastEntry", suggested.last_entry),
        ("Register", suggested.register),
        ("Terminal", suggested.terminal),
    )
    return {source: moment for source, moment in found if moment is not None}
