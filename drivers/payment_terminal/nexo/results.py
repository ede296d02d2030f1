"""From a terminal's answers to the family's values.

Source: Adyen/adyen-openapi json/TerminalAPI-v1.json; names and codes in AdditionalResponse from
recorded messages.
"""

import enum

from drivers.payment_terminal import (
    PaymentResult,
    TerminalRequest,
)
from drivers.payment_terminal.nexo.cards import (
    brand_of,
    entry_mode_of,
    masked_number,
    verification_of,
)
from drivers.wire.nexo.amounts import minor_amount
from drivers.wire.nexo.pairs import pairs_of, receipt_text
from drivers.wire.nexo.parts import CardData, PaymentReceipt, PoiData, Response
from drivers.wire.nexo.payments import PaymentResponse, ReversalResponse
from drivers.wire.nexo.words import DocumentQualifier, ErrorCondition, Result
from drivers.wire.redaction import redact_text


class Verdict(enum.Enum):
    """What an answer says about the money."""

    APPROVED = enum.auto()
    DECLINED = enum.auto()
    NOT_STARTED = enum.auto()
    UNCERTAIN = enum.auto()
    """It says neither: the terminal has to be asked."""


NOT_STARTED = frozenset(
    {
        ErrorCondition.BUSY,
        ErrorCondition.LOGGED_OUT,
        ErrorCondition.MESSAGE_FORMAT,
        ErrorCondition.NOT_ALLOWED,
        ErrorCondition.UNAVAILABLE_SERVICE,
    }
)
CANCELLED = frozenset({ErrorCondition.ABORTED, ErrorCondition.CANCEL})

_KNOWN = frozenset(ErrorCondition)
_SENTENCES: dict[str, str] = {
    ErrorCondition.ABORTED: "The payment was aborted.",
    ErrorCondition.BUSY: "The payment terminal serves another request. Wait until it has ended.",
    ErrorCondition.CANCEL: "The customer cancelled.",
    ErrorCondition.DEVICE_OUT: "The payment terminal is out of order.",
    ErrorCondition.IN_PROGRESS: "The payment terminal is still at work.",
    ErrorCondition.INVALID_CARD: "This card cannot be used.",
    ErrorCondition.LOGGED_OUT: "The payment terminal wants a login first.",
    ErrorCondition.NOT_ALLOWED: "The payment terminal does not allow this.",
    ErrorCondition.NOT_FOUND: "The payment terminal does not know this transaction.",
    ErrorCondition.PAYMENT_RESTRICTION: "This card may not pay for this.",
    ErrorCondition.REFUSAL: "Declined by the bank.",
    ErrorCondition.UNREACHABLE_HOST: "The payment terminal cannot reach the bank.",
    ErrorCondition.WRONG_PIN: "The PIN was wrong.",
}


def verdict_of(response: Response) -> Verdict:
    """Return what an answer says about the money.

    A failure for a reason that nobody knows is no decline: "Communication timeout" has been seen.
    """
    if response.result in {Result.SUCCESS, Result.PARTIAL}:
        return Verdict.APPROVED
    condition = response.error_condition
    if response.result != Result.FAILURE or condition == ErrorCondition.IN_PROGRESS:
        return Verdict.UNCERTAIN
    if condition in NOT_STARTED:
        return Verdict.NOT_STARTED
    return Verdict.DECLINED if condition is None or condition in _KNOWN else Verdict.UNCERTAIN


def sentence_of(response: Response) -> str:
    """Return what to tell the clerk: our words, then the terminal's."""
    if response.result in {Result.SUCCESS, Result.PARTIAL}:
        return ""
    condition = response.error_condition or response.result
    sentence = _SENTENCES.get(condition, f"The payment terminal answers: {condition}.")
    pairs = pairs_of(response.additional_response)
    said = pairs.get("refusalReason") or pairs.get("message")
    if not pairs:
        said = response.additional_response
    return redact_text(f"{sentence} The terminal says: {said}" if said else sentence)


def payment_result(
    answer: PaymentResponse, request: TerminalRequest, poi_id: str, service_id: str
) -> PaymentResult:
    """Return what a PaymentResponse says.

    Raises:
        WireError: An approved amount that cannot be one.
    """
    result, additional = answer.payment_result, pairs_of(answer.response.additional_response)
    acquirer = result.payment_acquirer_data if result else None
    amounts = result.amounts_resp if result else None
    card = _card(answer)
    approved = verdict_of(answer.response) is Verdict.APPROVED
    currency = (amounts.currency if amounts else None) or request.currency
    return PaymentResult(
        approved=approved,
        cancelled=answer.response.error_condition in CANCELLED,
        result_code=answer.response.result,
        error_condition=answer.response.error_condition,
        host_code=additional.get("refusalReasonRaw"),
        message=sentence_of(answer.response),
        requested_amount=request.amount,
        authorised_amount=(
            minor_amount(amounts.authorized_amount, currency) if approved and amounts else None
        ),
        currency=currency,
        terminal_id=poi_id,
        merchant_id=acquirer.merchant_id if acquirer else None,
        receipt_number=_tender(answer.poi_data),
        trace_number=_acquirer_reference(answer.poi_data) or additional.get("pspReference"),
        poi_transaction_id=_poi_transaction_id(answer.poi_data),
        protocol_trace_id=service_id,
        authorization_code=(acquirer.approval_code if acquirer else None)
        or additional.get("authCode"),
        card_brand=brand_of(card.payment_brand or additional.get("paymentMethod")),
        application_label=additional.get("applicationPreferredName")
        or additional.get("applicationLabel"),
        application_id=additional.get("AID"),
        masked_pan=masked_number(card.masked_pan),
        card_sequence=card.sensitive_card_data.card_seq_numb if card.sensitive_card_data else None,
        card_pseudonym=card.payment_token.token_value if card.payment_token else None,
        entry_mode=entry_mode_of(card, additional.get("posEntryMode")),
        cvm=verification_of(
            answer.payment_result, additional.get("cardHolderVerificationMethodResults")
        ),
        offline_approved=_offline(answer, additional.get("offline")) if approved else None,
        terminal_time=_timestamp(answer.poi_data),
        receipt_text_merchant=receipt_text(
            answer.payment_receipt, DocumentQualifier.CASHIER_RECEIPT
        ),
        receipt_text_customer=receipt_text(
            answer.payment_receipt, DocumentQualifier.CUSTOMER_RECEIPT
        ),
        signature_required=approved and _signed(answer.payment_receipt),
    )


def reversal_result(
    answer: ReversalResponse, request: TerminalRequest, poi_id: str, service_id: str
) -> PaymentResult:
    """Return what a ReversalResponse says; it gives back all of the original."""
    approved = answer.response.result == Result.SUCCESS
    return PaymentResult(
        approved=approved,
        result_code=answer.response.result,
        error_condition=answer.response.error_condition,
        message=sentence_of(answer.response),
        requested_amount=request.amount,
        authorised_amount=request.amount if approved else None,
        currency=request.currency,
        terminal_id=poi_id,
        receipt_number=_tender(answer.poi_data),
        trace_number=_acquirer_reference(answer.poi_data),
        original_trace=getattr(request, "original_trace_number", None),
        poi_transaction_id=_poi_transaction_id(answer.poi_data),
        protocol_trace_id=service_id,
        terminal_time=_timestamp(answer.poi_data),
        receipt_text_merchant=receipt_text(
            answer.payment_receipt, DocumentQualifier.CASHIER_RECEIPT
        ),
        receipt_text_customer=receipt_text(
            answer.payment_receipt, DocumentQualifier.CUSTOMER_RECEIPT
        ),
    )


def _card(answer: PaymentResponse) -> CardData:
    data = answer.payment_result.payment_instrument_data if answer.payment_result else None
    return (data.card_data if data else None) or CardData()


def _poi_transaction_id(data: PoiData | None) -> str | None:
    return data.poi_transaction_id.transaction_id if data else None


def _tender(data: PoiData | None) -> str | None:
    return (_poi_transaction_id(data) or "").partition(".")[0] or None


def _acquirer_reference(data: PoiData | None) -> str | None:
    return (_poi_transaction_id(data) or "").partition(".")[2] or None


def _timestamp(data: PoiData | None) -> str | None:
    return data.poi_transaction_id.time_stamp if data else None


def _offline(answer: PaymentResponse, word: str | None) -> bool | None:
    if word is not None:
        return word == "true"
    online = answer.payment_result.online_flag if answer.payment_result else None
    return None if online is None else not online


def _signed(receipts: tuple[PaymentReceipt, ...]) -> bool:
    return any(receipt.required_signature_flag for receipt in receipts)
