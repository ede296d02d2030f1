"""The steps of one payment on their way into the journal, each where the table allows it.

That the terminal has taken the request has no effect of its own. It is written with the step that
follows; alone only when the customer takes longer than that.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable

import msgspec

from drivers.errors import DeviceError
from drivers.payment_terminal import Phase, PhaseChanged, TerminalEvent
from edge_daemon.journal import Draft, Journal
from edge_daemon.payments.call import PaymentCall
from edge_daemon.payments.projection import find_payment
from edge_daemon.payments.states import may_follow
from edge_daemon.records.payloads import Payload, PaymentEvent, PaymentState

ALONE_SECONDS = 0.1
"""How long `IN_PROGRESS` waits for company; a terminal's answer without a customer is quicker."""


class Steps:
    """Writes what becomes of one payment after it was sent."""

    def __init__(self, journal: Journal, call: PaymentCall) -> None:
        self._journal = journal
        self._call = call
        self._taken: list[PaymentEvent] = []

    async def watch(self, events: AsyncIterator[TerminalEvent]) -> None:
        """Take note when the terminal says that it has taken the request."""
        with contextlib.suppress(DeviceError):
            async for event in events:
                if isinstance(event, PhaseChanged) and event.phase is Phase.STARTED:
                    self._taken = [self._call.event(PaymentState.IN_PROGRESS)]
                    await asyncio.sleep(ALONE_SECONDS)
                    await append_possible(self._journal, self._call.draft, *self._taken)
                    return

    async def step(self, event: PaymentEvent) -> None:
        """Append a step that the table allows from where the payment stands; else it is late."""
        await append_possible(self._journal, self._call.draft, *self._taken, event)

    async def end(self, event: PaymentEvent) -> PaymentState:
        """Append an end. One that the table does not know from here is a doubt, and asked about.

        A terminal that was seen at work, and then says that it never began, is such an end.

        Returns:
            The state in which the payment is now.
        """
        doubt = self._call.event(PaymentState.IN_DOUBT)
        doubt = msgspec.structs.replace(doubt, detail=event.detail)
        appended = await append_possible(self._journal, self._call.draft, *self._taken, event)
        if event.state not in appended:
            await append_possible(self._journal, self._call.draft, doubt)
            return doubt.state
        return event.state


async def append_possible(
    journal: Journal, draft: Callable[[Payload], Draft], *events: PaymentEvent
) -> list[PaymentState]:
    """Append, in one commit, those events of one payment that the table allows in their turn.

    Returns:
        Their states.
    """
    appended: list[PaymentState] = []

    def build(connection: sqlite3.Connection) -> list[Draft]:
        row = find_payment(connection, events[0].payment_id)
        state = PaymentState(row.state) if row else None
        appended.clear()
        drafts = []
        for event in events:
            if may_follow(state, event.state):
                state = event.state
                appended.append(state)
                drafts.append(draft(event))
        return drafts

    await journal.append_from(build)
    return appended
