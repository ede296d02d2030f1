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
    more = {
        "poi_transaction_id": result.poi_transaction_id,
        "terminal_time": result.terminal_time,
        "host_code": result.host_code,
        "error_condition": result.error_condition,
    }
    return {
        **{name: value for name, value in more.items() if value is not None},
        "card": msgspec.to_builtins(card),
        "result_code": result.result_code,
        "message": result.message,
    }
