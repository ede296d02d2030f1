"""What became of a payment whose end was lost.

The terminal's last transaction is compared with the numbers that were journalled before the
payment was sent:

    the terminal shows                                    then
    another terminal id                                   Unknown (it was swapped)
    nothing                                               Unknown
    with a received result: it                            Processed
    with a received result: a reversal that names it,
        or the number before it                           Reversed (a no: NotProcessed)
    the same number as before                             NotProcessed
    the next number, another amount or currency           Unknown (somebody else's)
    the next number, from before the request was sent     Unknown (somebody else's)
    the next number, equal in all that                    Processed
    any other number                                      Unknown

"Next" counts over the wrap of the four digits: 9999 is followed by 0001.

Times are compared without their year, which ZVT does not tell, and with patience for a terminal
whose clock is not quite right.

An honest doubt: the wrap is not in the manual.

Source: ZVT PA00P015 rev. 13.08, 06 20 and chapter 4.
"""

import contextlib
import datetime as dt

from drivers.payment_terminal import (
    NotProcessed,
    PaymentResult,
    Processed,
    Reversed,
    TerminalRequest,
    TransactionStatus,
    Unknown,
)

HIGHEST_RECEIPT_NUMBER = 9999
CLOCK_TOLERANCE = dt.timedelta(minutes=5)
"""Terminals set their clock at the daily contact with their host and drift in between."""


def resolve(
    request: TerminalRequest, received: PaymentResult | None, shown: PaymentResult | None
) -> TransactionStatus:
    """Compare what the terminal shows with what is known about a payment."""
    if shown is None or shown.receipt_number is None:
        return Unknown("The terminal shows no last transaction. Read its journal or its slip.")
    known_terminal = (received and received.terminal_id) or request.terminal_id
    if known_terminal and shown.terminal_id and shown.terminal_id != known_terminal:
        return Unknown("This is another terminal than the one that was asked to pay.", shown)
    if received is not None and received.receipt_number is not None:
        return _resolve_received(request, received, shown)
    return _resolve_unheard(request, shown)


def following(receipt_number: str) -> str:
    """Return the receipt number after this one."""
    number = int(receipt_number)
    return f"{1 if number >= HIGHEST_RECEIPT_NUMBER else number + 1:04d}"


def _resolve_received(
    request: TerminalRequest, received: PaymentResult, shown: PaymentResult
) -> TransactionStatus:
    if _names(shown, received):
        return Reversed(shown)
    if shown.receipt_number == received.receipt_number and _same_money(shown, received):
        return Processed(shown)
    if shown.receipt_number == request.last_receipt_number:
        return Reversed() if received.approved else NotProcessed()
    return Unknown("The terminal's last transaction is another one. Read its journal.", shown)


def _resolve_unheard(request: TerminalRequest, shown: PaymentResult) -> TransactionStatus:
    before = request.last_receipt_number
    if before is None or not before.isdecimal():
        return Unknown("No earlier receipt number of this terminal is known to compare.", shown)
    if shown.receipt_number == before:
        return NotProcessed()
    if shown.receipt_number != following(before):
        return Unknown(
            f"The terminal's last receipt is {shown.receipt_number}; {following(before)} would "
            "be this payment's. Read its journal.",
            shown,
        )
    stranger = _stranger(request, shown)
    return Unknown(stranger, shown) if stranger else Processed(shown)


def _stranger(request: TerminalRequest, shown: PaymentResult) -> str | None:
    """Say why what stands in the payment's place cannot be it."""
    if shown.original_trace is not None:
        return "The terminal's last transaction is a reversal. Read its journal."
    if (shown.requested_amount, shown.currency) != (request.amount, request.currency):
        return "In this payment's place the terminal shows another amount."
    if _before(shown.terminal_time, request.sent_at):
        return "The terminal's last transaction is older than this payment."
    return None


def _names(shown: PaymentResult, received: PaymentResult) -> bool:
    return shown.original_trace is not None and shown.original_trace == received.trace_number


def _same_money(shown: PaymentResult, received: PaymentResult) -> bool:
    return (shown.requested_amount, shown.currency) == (
        received.requested_amount,
        received.currency,
    )


def _before(terminal_time: str | None, sent_at: str | None) -> bool:
    """True when `MM-DDTHH:MM:SS` of the terminal is surely before the moment of sending."""
    if terminal_time is None or sent_at is None:
        return False
    sent = dt.datetime.fromisoformat(sent_at)
    shown = []
    for year in (sent.year - 1, sent.year, sent.year + 1):
        with contextlib.suppress(ValueError):
            shown.append(dt.datetime.fromisoformat(f"{year}-{terminal_time}"))
    nearest = min(shown, key=lambda moment: abs(moment - sent), default=sent)
    return nearest < sent - CLOCK_TOLERANCE
