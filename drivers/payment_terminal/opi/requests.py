"""What the till asks, as OPI messages.

RequestID is the key to what is asked later. It is made of the payment's own id, which is in the
journal before anything is sent: so after a crash the same id is made again.
"""

import hashlib
import secrets
import time

from drivers.payment_terminal import FollowUpRequest, RefundRequest, TerminalRequest
from drivers.payment_terminal.opi.settings import Settings
from drivers.wire import WireError
from drivers.wire.currencies import CURRENCY_NUMBERS
from drivers.wire.opi.messages import CardServiceRequest, ServiceRequest
from drivers.wire.opi.words import RequestType

REQUEST_ID_DIGITS = 8
"""As in the client that was read."""
LARGEST_AMOUNT = 10**10 - 1
"""Minor units. Not of the protocol: a till that asks for more has made a mistake."""


def request_id_of(payment_id: str) -> str:
    """Return the RequestID of a payment: always the same one."""
    number = int.from_bytes(hashlib.sha256(payment_id.encode()).digest(), "big")
    return f"{number % 10**REQUEST_ID_DIGITS:0{REQUEST_ID_DIGITS}d}"


def give_back_id(payment_id: str) -> str:
    """Return the id under which a wrong amount of this payment is given back."""
    return f"{payment_id} given back"


def service(settings: Settings, request_type: RequestType) -> ServiceRequest:
    """Return a request without a card."""
    return ServiceRequest(
        request_type=request_type,
        request_id=_any_request_id(),
        workstation_id=settings.workstation_id,
        application_sender=settings.application_sender,
        pop_id=settings.pop_id,
        timestamp=_now(),
    )


def card_service(settings: Settings, request_type: RequestType) -> CardServiceRequest:
    """Return a request about the running or the last card payment."""
    return _card(settings, request_type, _any_request_id())


def payment(settings: Settings, request: TerminalRequest) -> CardServiceRequest:
    """Return a CardPayment or a PaymentRefund.

    Raises:
        WireError: The protocol cannot carry this amount or currency.
    """
    if request.currency not in CURRENCY_NUMBERS:
        raise WireError(f"It is not known how amounts in {request.currency} are written.")
    if request.amount > LARGEST_AMOUNT:
        raise WireError("The amount is too large.")
    refund = isinstance(request, RefundRequest)
    return _card(
        settings,
        RequestType.PAYMENT_REFUND if refund else RequestType.CARD_PAYMENT,
        request_id_of(request.payment_id),
        amount=request.amount,
        currency=request.currency,
    )


def reversal(settings: Settings, request: FollowUpRequest) -> CardServiceRequest:
    """Return a PaymentReversal.

    Raises:
        WireError: It is not known what to give back.
    """
    if not request.original_trace_number:
        raise WireError("The trace number (STAN) of the original payment is not known.")
    return reversal_of(settings, request.original_trace_number, request.payment_id)


def reversal_of(settings: Settings, stan: str, payment_id: str) -> CardServiceRequest:
    """Return a PaymentReversal of what the terminal knows by its STAN."""
    return _card(
        settings,
        RequestType.PAYMENT_REVERSAL,
        request_id_of(payment_id),
        original_stan=stan,
    )


def _card(  # noqa: PLR0913 - the fields of one message, most of them by name
    settings: Settings,
    request_type: RequestType,
    request_id: str,
    *,
    amount: int | None = None,
    currency: str | None = None,
    original_stan: str | None = None,
) -> CardServiceRequest:
    return CardServiceRequest(
        request_type=request_type,
        request_id=request_id,
        workstation_id=settings.workstation_id,
        application_sender=settings.application_sender,
        pop_id=settings.pop_id,
        timestamp=_now(),
        amount=amount,
        currency=currency,
        original_stan=original_stan,
    )


def _any_request_id() -> str:
    """A RequestID for a question that nobody will ask about."""
    return f"{secrets.randbelow(10**REQUEST_ID_DIGITS):0{REQUEST_ID_DIGITS}d}"


def _now() -> str:
    """This moment, local. The terminal is told; nothing is ever decided by it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S")
