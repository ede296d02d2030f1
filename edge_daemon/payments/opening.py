"""The first entries of a payment, before anything is sent.

`CREATED` and `SENT` go into one commit, for nothing happens between them; so do `CREATED` and the
`NOT_PROCESSED` that says why the terminal cannot be asked.
"""

import sqlite3

import msgspec

from drivers.errors import DeviceError
from edge_daemon.devices import Devices
from edge_daemon.journal import Draft
from edge_daemon.measures import OwnTime
from edge_daemon.payments.call import PaymentCall
from edge_daemon.payments.projection import TerminalNumbers, last_numbers, open_payments
from edge_daemon.records.payloads import PaymentState


class Opening:
    """Makes the first entries, inside the transaction that writes them.

    Args:
        call: The payment; its intent need not be known yet.
        problem: Why the terminal cannot be asked, as far as that is known before.
        learned: The terminal's last numbers from its own mouth; None: the journal knows them.
        own: Counts the time that the payment takes here, from now on.

    Attributes:
        numbers: The terminal's last numbers, once the entries are made and it may be asked; None
            when it may not.
    """

    def __init__(
        self,
        call: PaymentCall,
        problem: str | None,
        learned: TerminalNumbers | None,
        own: OwnTime,
    ) -> None:
        self.own = own
        self.numbers: TerminalNumbers | None = None
        self._call = call
        self._problem = problem
        self._learned = learned

    def drafts(self, connection: sqlite3.Connection, intent_id: str) -> list[Draft]:
        """Return the entries for the payment of that intent."""
        call = self._call.of_intent(intent_id)
        numbers = self._learned or last_numbers(connection, call.terminal)
        created = msgspec.structs.replace(
            call.event(PaymentState.CREATED),
            terminal_id=numbers.terminal_id,
            last_receipt_number=numbers.receipt_number,
            last_trace_number=numbers.trace_number,
        )
        reason = _blocked(connection, call) or self._problem
        if reason is None:
            self.numbers = numbers
            return [call.draft(created), call.draft(call.event(PaymentState.SENT))]
        self.numbers = None
        refused = call.event(PaymentState.NOT_PROCESSED)
        refused = msgspec.structs.replace(refused, detail={"message": reason})
        return [call.draft(created), call.draft(refused)]


def problem_with(call: PaymentCall, devices: Devices) -> str | None:
    """Why the terminal cannot be asked: it is leased, away, or not the one that knows it.

    What follows from an earlier payment is no matter of leases. Another terminal in the same
    place may have used the same number for somebody else's money.
    """
    if call.original is None:
        workstation = call.draft(call.event(PaymentState.CREATED)).workstation_id
        if refusal := devices.leases.refusal(call.terminal, workstation):
            return refusal
    try:
        device = devices.payment_terminal(call.terminal)
    except DeviceError as error:
        return str(error)
    there = device.status.terminal_id if device.status else None
    booked_by = call.original.terminal_id if call.original else None
    if None in (there, booked_by) or there == booked_by:
        return None
    return (
        f"The terminal {booked_by} booked that, and the terminal {there} stands in its place"
        " now. Do it at the old terminal itself, or pay the money back by a refund."
    )


def _blocked(connection: sqlite3.Connection, call: PaymentCall) -> str | None:
    """Why the terminal takes nothing now: another payment there has no end yet."""
    own = {call.payment_id, call.original.id if call.original else None}
    others = [row for row in open_payments(connection, call.terminal) if row.payment_id not in own]
    if not others:
        return None
    return (
        f"The terminal still has an open payment ({others[0].payment_id}, {others[0].state}). It"
        " takes no other until that one is resolved: wait, or look at the terminal's slip and"
        " decide."
    )
