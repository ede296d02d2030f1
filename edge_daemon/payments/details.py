"""What a `PaymentEvent` keeps of a terminal's answer."""

import msgspec

from drivers.payment_terminal import PaymentResult
from edge_daemon.records.payloads import CardDetails, Json


def detail_of(result: PaymentResult) -> Json:
    """The card's part, code and message of a result, as JSON values."""
    card = CardDetails(
        standalone=False,
        outcome="Approved" if result.approved else "Declined",
        entry_mode=result.entry_mode,
        cvm=result.cvm,
        application_id=result.application_id,
        application_label=result.application_label,
        card_brand=result.card_brand,
        masked_pan=result.masked_pan,
        authorization_code=result.authorization_code,
        terminal_id=result.terminal_id,
        merchant_id=result.merchant_id,
        stan=result.trace_number,
        offline_approved=result.offline_approved,
        receipt_text_merchant=result.receipt_text_merchant,
        receipt_text_customer=result.receipt_text_customer,
    )
    return {
        "card": msgspec.to_builtins(card),
        "result_code": result.result_code,
        "message": result.message,
    }
