"""From the terminal's fields to the family's values.

Source: the values of AE, AF, CC and CI that akretion/caisse-ap-ip names.
"""

from drivers.payment_terminal import EntryMode, PaymentResult, TerminalRequest
from drivers.wire.caisse_ap import Answer, Failure, Outcome

SENTENCES: dict[str, str] = {
    Failure.REFUSED: "Declined.",
    Failure.FORBIDDEN: "The terminal does not allow this.",
    Failure.TIMED_OUT: "Nobody paid in time.",
    Failure.MISSING_FIELD: "The payment terminal misses data in this request.",
    Failure.ABANDONED: "Cancelled.",
}
_CANCELLED: frozenset[str] = frozenset({Failure.TIMED_OUT, Failure.ABANDONED})
_BRANDS = {"001": "CB", "00B": "CB", "002": "American Express", "00D": "American Express"}
"""CC: the kinds of cards that the source names, in the slot and contactless."""
_ENTRY_MODES = {True: EntryMode.CHIP, False: EntryMode.CONTACTLESS, None: None}


def payment_result(answer: Answer, request: TerminalRequest) -> PaymentResult:
    """Return what the terminal answered. It knows no receipt and no number of its own."""
    approved = answer.outcome is Outcome.DONE
    code = answer.outcome.value if approved or answer.failure is None else answer.failure
    declined = SENTENCES.get(code, f"Declined. The terminal answered with code {code}.")
    return PaymentResult(
        approved=approved,
        cancelled=not approved and code in _CANCELLED,
        result_code=code,
        message="Approved." if approved else declined,
        requested_amount=request.amount,
        authorised_amount=answer.request.amount if approved else None,
        currency=answer.request.currency,
        merchant_id=answer.contract_number,
        authorization_code=answer.authorisation_number,
        card_brand=_BRANDS.get(answer.payment_kind or ""),
        application_id=answer.application_id,
        masked_pan=answer.card_pan,
        entry_mode=_ENTRY_MODES[answer.contact],
    )
