"""Closing a terminal's period: once under a register's id, its totals on disk before its end."""

import asyncio
import sqlite3

import msgspec

from drivers.errors import DeviceError, Outcome
from drivers.payment_terminal import ReconciliationResult
from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_meant
from edge_daemon.devices import Devices
from edge_daemon.errors import NotAllowedError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, OpenIntent, Order, Spawn
from edge_daemon.payments.projection import open_payments
from edge_daemon.payments.reconciliations import (
    Reconciliation,
    find_reconciliation,
    terminal_totals,
)
from edge_daemon.payments.requests import ReconciliationOrder
from edge_daemon.records.payloads import Json, PaymentEvent, PaymentState

VERB = "reconciliation"
KIND = "reconciliations"


class Closing:
    """The part of the payments' room that ends a terminal's day."""

    def __init__(
        self, configuration: Configuration, journal: Journal, devices: Devices, spawn: Spawn
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._devices = devices
        self._acts = Acts(journal, spawn)

    async def put(
        self, resource_id: str, request: ReconciliationOrder, body: Json
    ) -> asyncio.Task[None] | None:
        """Close a terminal's period once. See `ActRoom`.

        Raises:
            InvalidRequestError: No terminal is meant.
            NotFoundError: There is no such terminal or workstation.
            NotAllowedError: A payment there has no end yet: its money would be in the totals.
            RequestConflictError: The id was used with another body.
        """
        terminal = device_meant(
            self._configuration,
            "payment_terminal",
            device=request.terminal,
            workstation=request.workstation,
        )
        order = Order(
            verb=VERB,
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )

        async def perform(intent_id: str) -> None:
            await self._close(order, intent_id, terminal)

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            _refuse_while_open(connection, terminal)
            event = self._event(order, intent_id, terminal, PaymentState.CREATED)
            return [order.draft(event)]

        return await self._acts.begin(order, perform, together=together)

    async def get(self, resource_id: str) -> Reconciliation | None:
        """The reconciliation as it stands, or None when there is none of that id."""
        return await self._journal.query(lambda c: find_reconciliation(c, resource_id))

    async def recover(self) -> None:
        """At start: an end of day that was cut off is not repeated; a person looks at its slip."""
        for intent in await self._acts.open_intents(VERB):
            found = await self.get(intent.resource_id)
            if found is not None:
                await self._give_up(intent, found)

    async def _close(self, order: Order, intent_id: str, terminal: str) -> None:
        async def append(state: PaymentState, **more: object) -> None:
            event = self._event(order, intent_id, terminal, state)
            await self._journal.append(order.draft(msgspec.structs.replace(event, **more)))

        async def commit(result: ReconciliationResult) -> None:
            await append(PaymentState.RESULT_RECEIVED, totals=terminal_totals(result))

        try:
            device = self._devices.payment_terminal(terminal)
            await append(PaymentState.SENT)
            result = await device.reconciliation(commit)
        except DeviceError as error:
            unknown = error.outcome is Outcome.UNKNOWN
            state = PaymentState.MANUAL_REVIEW if unknown else PaymentState.NOT_PROCESSED
            await append(state, detail={"message": str(error)})
            return
        detail = {"message": result.message, "receipt_text": result.receipt_text}
        if result.approved:
            await append(PaymentState.CONFIRMED, totals=terminal_totals(result), detail=detail)
        else:
            await append(PaymentState.DECLINED, detail=detail)

    async def _give_up(self, intent: OpenIntent, found: Reconciliation) -> None:
        sent = found.state is not PaymentState.CREATED
        event = PaymentEvent(
            payment_id=found.id,
            intent_id=intent.intent_id,
            kind="Reconciliation",
            state=PaymentState.MANUAL_REVIEW if sent else PaymentState.NOT_PROCESSED,
            requested_amount=0,
            currency=found.currency,
            device_id=found.terminal,
            resolution=_CUT_OFF if sent else None,
        )
        await self._journal.append(
            Draft(
                payload=event,
                workstation_id=intent.workstation,
                operator_id=intent.operator_id,
                api_idempotency_key=intent.resource_id,
            )
        )

    def _event(
        self, order: Order, intent_id: str, terminal: str, state: PaymentState
    ) -> PaymentEvent:
        return PaymentEvent(
            payment_id=order.resource_id,
            intent_id=intent_id,
            kind="Reconciliation",
            state=state,
            requested_amount=0,
            currency=self._configuration.shop.currency,
            device_id=terminal,
        )


_CUT_OFF = "The box was restarted during the end of day. Compare with the terminal's slip."


def _refuse_while_open(connection: sqlite3.Connection, terminal: str) -> None:
    others = open_payments(connection, terminal)
    if others:
        raise NotAllowedError(
            f"The payment {others[0].payment_id} on this terminal is {others[0].state}. Resolve it"
            " first: its money would be in the totals."
        )
