"""What became of a request whose end was lost: TransactionStatus, by the request's ServiceID.

The terminal names our own message, so a stranger's payment is never taken for ours. What it never
heard of, it has not done; but the message may have been on its way still, so it is asked twice.
"""

from drivers.errors import BusyError, DeviceError, OfflineError, RefusedError
from drivers.payment_terminal import (
    NotProcessed,
    PaymentResult,
    Processed,
    TerminalRequest,
    TransactionStatus,
    Unknown,
)
from drivers.payment_terminal.nexo.requests import Parties
from drivers.payment_terminal.nexo.results import (
    Verdict,
    payment_result,
    reversal_result,
    sentence_of,
    verdict_of,
)
from drivers.wire.nexo.parts import Response
from drivers.wire.nexo.payments import (
    RepeatedMessageResponse,
    TransactionStatusResponse,
)
from drivers.wire.nexo.words import ErrorCondition, Result

ANOTHER_TERMINAL = "This is another terminal than the one that was asked to pay."
FORGOTTEN = "The terminal does not know a payment any more that it had answered. Read its journal."
ANOTHER_AMOUNT = "The terminal approved another amount than asked for. Give it back, or keep it."
WITHOUT_AMOUNT = "The terminal approved it and does not say how much. Read its slip."
WITHOUT_ANSWER = "The terminal does not repeat its answer. Read its journal."


def repeated_result(
    repeated: RepeatedMessageResponse | None, request: TerminalRequest, parties: Parties
) -> tuple[Response, PaymentResult] | None:
    """Return an earlier answer as it was; None where it is not there.

    Raises:
        WireError: Its amount cannot be one.
    """
    body = repeated.repeated_response_message_body if repeated else None
    service_id = (repeated.message_header.service_id if repeated else None) or ""
    if body and body.payment_response:
        payment = body.payment_response
        return payment.response, payment_result(payment, request, parties.poi_id, service_id)
    if body and body.reversal_response:
        reversal = body.reversal_response
        return reversal.response, reversal_result(reversal, request, parties.poi_id, service_id)
    return None


def found(answer: TransactionStatusResponse) -> bool:
    """True when the terminal shows a message; False when it never heard of it."""
    return answer.response.error_condition != ErrorCondition.NOT_FOUND


def still_open(answer: TransactionStatusResponse, device: str) -> DeviceError | None:
    """Return why the terminal cannot tell yet; None when it has told."""
    if answer.response.result == Result.SUCCESS or not found(answer):
        return None
    message = sentence_of(answer.response)
    if answer.response.error_condition in {ErrorCondition.IN_PROGRESS, ErrorCondition.BUSY}:
        return BusyError(message, device=device)
    if answer.response.error_condition == ErrorCondition.UNREACHABLE_HOST:
        return OfflineError(message, device=device)
    return RefusedError(message, device=device)


def resolve(
    request: TerminalRequest, shown: tuple[Response, PaymentResult] | None
) -> TransactionStatus:
    """Say what an answer that the terminal repeats means for the request."""
    if shown is None:
        return Unknown(WITHOUT_ANSWER)
    response, result = shown
    if verdict_of(response) is Verdict.NOT_STARTED:
        return NotProcessed()
    if not result.approved:
        return Processed(result)
    if result.authorised_amount is None:
        return Unknown(WITHOUT_AMOUNT, result)
    if differs(request, result):
        return Unknown(ANOTHER_AMOUNT, result)
    return Processed(result)


def differs(request: TerminalRequest, result: PaymentResult) -> bool:
    """True when money moves that was not asked for."""
    if result.authorised_amount is None or result.currency != request.currency:
        return True
    if getattr(request, "allow_partial", False):
        return result.authorised_amount > request.amount
    return result.authorised_amount != request.amount
