"""What became of a payment whose end was lost.

The terminal's last transaction is compared with the numbers that were journalled before the
payment was sent:

    the terminal shows                                    then
    another terminal id                                   Unknown (it was swapped)
    nothing                                               Unknown
    with a received result: it                            Processed
    that, over another amount than was asked for          Unknown
    that, about another payment than was asked for        Unknown
    with a received result: a reversal that names it,
        or the number before it                           Reversed (a no: NotProcessed)
    the same number and trace as before                   NotProcessed
    the same number, another trace                        Unknown (numbers began anew)
    the next number, another amount or currency           Unknown (somebody else's)
    the next number, another kind of transaction          Unknown (somebody else's)
    the next number, from before the request was sent     Unknown (somebody else's)
    the next number, equal in all that                    Processed
    that, but a no had been received                      Unknown (somebody else's)
    any other number                                      Unknown

"Next" counts over the wrap of the four digits: 9999 is followed by 0001.

A reversal names what it takes back; a payment names nothing. What sets an amount free may show
zero. A partial approval is ours when what was approved and what it says is still to be paid make
up what was asked for.

Times are compared without their year, which ZVT does not tell, and with patience for a terminal
whose clock is not quite right.

An honest doubt: the wrap is not in the manual.

Source: ZVT PA00P015 rev. 13.08, 06 20 and chapter 4.
"""

import contextlib
import datetime as dt

import msgspec

from drivers.payment_terminal import (
    CancelPreAuthorisationRequest,
    FollowUpRequest,
    NotProcessed,
    PaymentRequest,
    PaymentResult,
    Processed,
    ReversalRequest,
    Reversed,
    TerminalRequest,
    TransactionStatus,
    Unknown,
)
from drivers.wire.zvt import codes

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
    answer = _resolve_unheard(request, shown)
    if isinstance(answer, Processed) and _said_no(received):
        return Unknown(
            "The terminal had said no, and now shows a booking of the same amount. Read its "
            "journal.",
            shown,
        )
    return answer


def following(receipt_number: str) -> str:
    """Return the receipt number after this one."""
    number = int(receipt_number)
    return f"{1 if number >= HIGHEST_RECEIPT_NUMBER else number + 1:04d}"


def _resolve_received(
    request: TerminalRequest, received: PaymentResult, shown: PaymentResult
) -> TransactionStatus:
    if _names(shown, received):
        return Reversed(shown)
    if shown.receipt_number == received.receipt_number and _same_booking(shown, received):
        if isinstance(request, FollowUpRequest) and names_another(request, shown.original_trace):
            return Unknown("The terminal kept what is about another payment.", shown)
        if not _amount_fits(request, shown):
            return Unknown("The terminal kept another amount than it was asked for.", shown)
        return Processed(_as_asked(request, shown))
    if _is_the_one_before(request, shown):
        return Reversed() if received.approved else NotProcessed()
    return Unknown("The terminal's last transaction is another one. Read its journal.", shown)


def _resolve_unheard(request: TerminalRequest, shown: PaymentResult) -> TransactionStatus:
    before = request.last_receipt_number
    if before is None or not before.isdecimal():
        return Unknown("No earlier receipt number of this terminal is known to compare.", shown)
    if _is_the_one_before(request, shown):
        return NotProcessed()
    if shown.receipt_number == before:
        return Unknown("The terminal has begun to number its receipts anew.", shown)
    if shown.receipt_number != following(before):
        return Unknown(
            f"The terminal's last receipt is {shown.receipt_number}; {following(before)} would "
            "be this payment's. Read its journal.",
            shown,
        )
    stranger = _stranger(request, shown)
    return Unknown(stranger, shown) if stranger else Processed(_as_asked(request, shown))


def _said_no(received: PaymentResult | None) -> bool:
    """True after a no that stays one; after a wrong PIN the customer may try again."""
    if received is None or received.approved:
        return False
    return received.result_code != f"{codes.WRONG_PIN:02X}"


def _is_the_one_before(request: TerminalRequest, shown: PaymentResult) -> bool:
    """True when the terminal shows what it showed before; an equal number may be a new one."""
    if shown.receipt_number != request.last_receipt_number:
        return False
    known = request.last_trace_number
    return known is None or shown.trace_number is None or shown.trace_number == known


def _stranger(request: TerminalRequest, shown: PaymentResult) -> str | None:
    """Say why what stands in the payment's place cannot be it."""
    if not _may_name(request, shown.original_trace):
        return "The terminal's last transaction is about another payment. Read its journal."
    if shown.currency != request.currency or not _amount_fits(request, shown):
        return "In this payment's place the terminal shows another amount."
    if _before(shown.terminal_time, request.sent_at):
        return "The terminal's last transaction is older than this payment."
    return None


def _may_name(request: TerminalRequest, original_trace: str | None) -> bool:
    """True when the shown transaction refers to what the request is about, or neither does."""
    if not isinstance(request, FollowUpRequest):
        return original_trace is None
    if original_trace is None:
        return not isinstance(request, ReversalRequest)
    return not names_another(request, original_trace)


def names_another(request: FollowUpRequest, original_trace: str | None) -> bool:
    """True when a result says that it is about another transaction than was asked for.

    Receipt numbers can begin anew with every end of day; trace numbers tell them apart.
    """
    return None not in {original_trace, request.original_trace_number} and (
        original_trace != request.original_trace_number
    )


def _amount_fits(request: TerminalRequest, shown: PaymentResult) -> bool:
    if shown.requested_amount == request.amount:
        return True
    if isinstance(request, CancelPreAuthorisationRequest):
        return shown.requested_amount == 0
    partial = isinstance(request, PaymentRequest) and request.allow_partial
    rest = shown.remaining_amount
    return partial and rest is not None and shown.requested_amount + rest == request.amount


def _as_asked(request: TerminalRequest, shown: PaymentResult) -> PaymentResult:
    """The terminal shows what it booked; what was asked for is known better here."""
    return msgspec.structs.replace(shown, requested_amount=request.amount)


def _names(shown: PaymentResult, received: PaymentResult) -> bool:
    return shown.original_trace is not None and shown.original_trace == received.trace_number


def _same_booking(shown: PaymentResult, received: PaymentResult) -> bool:
    """True unless the number was used again: a trace number counts what was taken back, too."""
    if None not in {shown.trace_number, received.trace_number}:
        return shown.trace_number == received.trace_number
    return _same_money(shown, received)


def _same_money(shown: PaymentResult, received: PaymentResult) -> bool:
    booked = received.authorised_amount
    amount = received.requested_amount if booked is None else booked
    return (shown.requested_amount, shown.currency) == (amount, received.currency)


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
