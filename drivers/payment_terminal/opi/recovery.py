"""What became of a payment whose response was lost.

OPI has no question for that. A terminal that can repeat its last response is asked for it:

    it repeats                                         then
    the response to our RequestID                      Processed (not started: NotProcessed)
    that, with another amount or currency              Unknown
    the reversal that we sent for a wrong amount       Reversed
    a response with the STAN from before our request   NotProcessed
    anything else, also of another terminal            Unknown

A terminal that is still busy with the payment must say so; the setting `repeat_last_message`
claims it. A response that was received is final: no later message can change it.

Unverified, all of it.
"""

from drivers.payment_terminal import (
    NotProcessed,
    PaymentResult,
    Processed,
    Reversed,
    TerminalRequest,
    TransactionStatus,
    Unknown,
)
from drivers.payment_terminal.opi import results
from drivers.payment_terminal.opi.requests import give_back_id, request_id_of
from drivers.payment_terminal.opi.results import Verdict
from drivers.wire.opi.messages import CardServiceResponse


def differs(result: PaymentResult, request: TerminalRequest) -> bool:
    """True when something else was approved than asked for. A part may be allowed."""
    amount, partial = result.authorised_amount, getattr(request, "allow_partial", False)
    if amount is None or result.currency != request.currency:
        return True
    return amount != request.amount and not (partial and amount < request.amount)


def resolve_received(received: PaymentResult) -> TransactionStatus:
    """Judge a response that was received, without asking: the terminal's word is final."""
    if received.reversed:
        return Reversed(received)
    if not received.approved and received.authorised_amount is not None:
        return Unknown("The terminal approved another amount. Was that given back?", received)
    return Processed(received)


def resolve(request: TerminalRequest, shown: CardServiceResponse | None) -> TransactionStatus:
    """Compare the response that the terminal repeats with the request."""
    if shown is None:
        return Unknown("The terminal repeats nothing. Read its journal or its slip.")
    result = results.payment_result(shown, request)
    if request.terminal_id and result.terminal_id and result.terminal_id != request.terminal_id:
        return Unknown("This is another terminal than the one that was asked to pay.", result)
    if shown.request_id == request_id_of(request.payment_id):
        return _ours(request, shown, result)
    if shown.request_id == request_id_of(give_back_id(request.payment_id)) and result.approved:
        return Reversed(result)
    if request.last_trace_number and result.trace_number == request.last_trace_number:
        return NotProcessed()
    return Unknown("The terminal's last transaction is another one. Read its journal.", result)


def _ours(
    request: TerminalRequest, shown: CardServiceResponse, result: PaymentResult
) -> TransactionStatus:
    match results.verdict_of(shown):
        case Verdict.NOT_STARTED:
            return NotProcessed()
        case Verdict.UNCERTAIN:
            return Unknown("The terminal's answer is not known here. Read its journal.", result)
        case Verdict.APPROVED if differs(result, request):
            return Unknown("The terminal approved another amount than asked for.", result)
    return Processed(result)
