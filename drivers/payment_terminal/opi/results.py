"""From the terminal's words to the family's values.

Source: the result words of tillhub/payment-engine. What each means for the money is our reading:
a word that is not in the list means that nobody knows.
"""

import enum
import re
from collections.abc import Sequence
from typing import TypeVar

from drivers.payment_terminal import (
    BrandTotal,
    CardholderVerification,
    EntryMode,
    PaymentResult,
    ReceiptKind,
    ReconciliationResult,
    TerminalRequest,
)
from drivers.payment_terminal.opi.devices import TillDevices
from drivers.wire.opi.messages import CardServiceResponse, Response, ServiceResponse, Total
from drivers.wire.opi.words import OverallResult
from drivers.wire.redaction import redact_text

Mode = TypeVar("Mode", EntryMode, CardholderVerification)

DEBIT = "Debit"
"""PaymentType of what customers paid; everything else is counted as given back. Unverified."""


class Verdict(enum.Enum):
    """What a result word means for the money."""

    APPROVED = enum.auto()
    DECLINED = enum.auto()
    NOT_STARTED = enum.auto()
    UNCERTAIN = enum.auto()


_VERDICTS: dict[str, Verdict] = {
    OverallResult.SUCCESS: Verdict.APPROVED,
    OverallResult.PARTIAL_FAILURE: Verdict.APPROVED,
    OverallResult.FAILURE: Verdict.DECLINED,
    OverallResult.DEVICE_UNAVAILABLE: Verdict.DECLINED,
    OverallResult.ABORTED: Verdict.DECLINED,
    OverallResult.TIMED_OUT: Verdict.DECLINED,
    OverallResult.UNKNOWN_CARD: Verdict.DECLINED,
    OverallResult.COMMUNICATION_ERROR: Verdict.DECLINED,
    OverallResult.BUSY: Verdict.NOT_STARTED,
    OverallResult.LOGGED_OUT: Verdict.NOT_STARTED,
    OverallResult.FORMAT_ERROR: Verdict.NOT_STARTED,
    OverallResult.PARSING_ERROR: Verdict.NOT_STARTED,
    OverallResult.VALIDATION_ERROR: Verdict.NOT_STARTED,
    OverallResult.MISSING_MANDATORY_DATA: Verdict.NOT_STARTED,
}
_SENTENCES: dict[str, str] = {
    OverallResult.SUCCESS: "Approved.",
    OverallResult.PARTIAL_FAILURE: "Approved in part.",
    OverallResult.FAILURE: "Declined.",
    OverallResult.DEVICE_UNAVAILABLE: "The terminal cannot use one of its devices.",
    OverallResult.ABORTED: "Cancelled.",
    OverallResult.TIMED_OUT: "Nobody paid in time.",
    OverallResult.UNKNOWN_CARD: "The terminal does not take this card.",
    OverallResult.COMMUNICATION_ERROR: "The terminal cannot reach its bank.",
    OverallResult.BUSY: "The payment terminal serves another request. Wait until it has ended.",
    OverallResult.LOGGED_OUT: "The till is not logged in at the payment terminal.",
    OverallResult.FORMAT_ERROR: "The payment terminal does not understand this till.",
    OverallResult.PARSING_ERROR: "The payment terminal does not understand this till.",
    OverallResult.VALIDATION_ERROR: "The payment terminal does not take this request.",
    OverallResult.MISSING_MANDATORY_DATA: "The payment terminal misses data in this request.",
}
_CANCELLED: frozenset[str] = frozenset({OverallResult.ABORTED, OverallResult.TIMED_OUT})

_ENTRY_MODES = (
    (re.compile("nfc|contactless|rfid", re.IGNORECASE), EntryMode.CONTACTLESS),
    (re.compile("chip|icc|emv", re.IGNORECASE), EntryMode.CHIP),
    (re.compile("mag|stripe|swipe", re.IGNORECASE), EntryMode.MAGSTRIPE),
    (re.compile("man|key", re.IGNORECASE), EntryMode.MANUAL),
)
_VERIFICATIONS = (
    (re.compile("cdcvm|consumer ?device", re.IGNORECASE), CardholderVerification.CDCVM),
    (re.compile("sign", re.IGNORECASE), CardholderVerification.SIGNATURE),
    (re.compile("pin", re.IGNORECASE), CardholderVerification.PIN),
    (re.compile("no", re.IGNORECASE), CardholderVerification.NONE),
)
"""Only NFC, NoCVM and PIN were seen; the other words are read by what they contain."""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


def verdict_of(response: Response) -> Verdict:
    """Return what a response means for the money."""
    return _VERDICTS.get(response.overall_result, Verdict.UNCERTAIN)


def sentence_of(response: Response) -> str:
    """Return one sentence for the clerk, and what the terminal says itself."""
    sentence = _SENTENCES.get(response.overall_result, f"{response.overall_result}.")
    approved = verdict_of(response) is Verdict.APPROVED
    if response.error_text and not approved:
        sentence += f" The terminal says: {response.error_text}"
    return redact_text(sentence)


def payment_result(
    response: CardServiceResponse,
    request: TerminalRequest,
    devices: TillDevices | None = None,
) -> PaymentResult:
    """Return what the terminal answered; what differs from the request is not judged here."""
    approved = verdict_of(response) is Verdict.APPROVED
    authorisation = (response.authorisation_type or "").lower()
    moment = _MOMENT.match(response.timestamp or "")
    cvm = _first(_VERIFICATIONS, response.card_verification_method)
    signed = approved and cvm is CardholderVerification.SIGNATURE
    return PaymentResult(
        approved=approved,
        cancelled=response.overall_result in _CANCELLED,
        result_code=response.overall_result,
        host_code=response.action_code,
        message=sentence_of(response),
        requested_amount=request.amount,
        authorised_amount=response.amount if approved else None,
        currency=response.currency or request.currency,
        terminal_id=response.terminal_id,
        merchant_id=response.merchant,
        receipt_number=response.receipt_number or response.stan,  # a decline has a STAN alone
        trace_number=response.stan,
        protocol_trace_id=response.request_id,
        authorization_code=response.approval_code,
        card_brand=response.card_circuit,
        masked_pan=response.card_pan,
        entry_mode=_first(_ENTRY_MODES, response.card_technology_type),
        cvm=cvm,
        offline_approved=authorisation == "offline" if approved and authorisation else None,
        terminal_time=moment[0] if moment else None,
        receipt_text_merchant=devices.receipt(ReceiptKind.MERCHANT) if devices else None,
        receipt_text_customer=devices.receipt(ReceiptKind.CUSTOMER) if devices else None,
        signature_required=signed or (devices is not None and devices.signature_required),
    )


def reconciliation_result(
    response: ServiceResponse, currency: str, devices: TillDevices
) -> ReconciliationResult:
    """Return the totals: what customers paid, less what was given back."""
    return ReconciliationResult(
        approved=verdict_of(response) is Verdict.APPROVED,
        result_code=response.overall_result,
        message=sentence_of(response),
        currency=response.totals[0].currency or currency if response.totals else currency,
        total=sum(_signed(total) for total in response.totals),
        totals=tuple(
            BrandTotal(total.card_circuit, total.count, _signed(total)) for total in response.totals
        ),
        terminal_id=response.terminal_id,
        trace_number=response.stan,
        receipt_text=devices.receipt(ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER),
    )


def _signed(total: Total) -> int:
    return total.amount if total.payment_type in {DEBIT, ""} else -total.amount


def _first(patterns: Sequence[tuple[re.Pattern[str], Mode]], word: str | None) -> Mode | None:
    found = (mode for pattern, mode in patterns if pattern.search(word or ""))
    return next(found, None)
