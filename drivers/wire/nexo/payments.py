"""What moves money, what stops it, and what became of it.

Source: Adyen/adyen-openapi json/TerminalAPI-v1.json.
"""

from decimal import Decimal

from drivers.wire.nexo.members import Members
from drivers.wire.nexo.parts import (
    Currency,
    MessageHeader,
    MessageReference,
    PaymentInstrumentData,
    PaymentReceipt,
    PoiData,
    Response,
    SaleData,
    SaleTransactionIdentification,
    Text,
    TransactionIdentification,
)
from drivers.wire.nexo.words import DocumentQualifier, PaymentType, ReversalReason


class AmountsReq(Members, frozen=True, kw_only=True):
    """What is to be paid."""

    currency: Currency
    requested_amount: Decimal


class PaymentTransaction(Members, frozen=True, kw_only=True):
    """The amounts of a payment."""

    amounts_req: AmountsReq


class PaymentData(Members, frozen=True, kw_only=True):
    """Which way the money goes."""

    payment_type: PaymentType | None = None
    split_payment_flag: bool = False


class PaymentRequest(Members, frozen=True, kw_only=True):
    """Ask the customer to pay."""

    sale_data: SaleData
    payment_transaction: PaymentTransaction
    payment_data: PaymentData | None = None


class AmountsResp(Members, frozen=True, kw_only=True):
    """What was approved."""

    currency: str | None = None
    authorized_amount: Decimal
    tip_amount: Decimal | None = None


class PaymentAcquirerData(Members, frozen=True, kw_only=True):
    """What the bank said."""

    merchant_id: str | None = None
    acquirer_poi_id: str | None = None
    acquirer_transaction_id: TransactionIdentification | None = None
    approval_code: str | None = None


class PaymentResult(Members, frozen=True, kw_only=True):
    """The payment, where there was one."""

    payment_type: str | None = None
    payment_instrument_data: PaymentInstrumentData | None = None
    amounts_resp: AmountsResp | None = None
    online_flag: bool | None = None
    authentication_method: tuple[str, ...] = ()
    payment_acquirer_data: PaymentAcquirerData | None = None


class EchoedSaleData(Members, frozen=True, kw_only=True):
    """The till's sale as the terminal repeats it."""

    sale_transaction_id: TransactionIdentification | None = None


class PaymentResponse(Members, frozen=True, kw_only=True):
    """How a payment ended."""

    response: Response
    sale_data: EchoedSaleData | None = None
    poi_data: PoiData | None = None
    payment_result: PaymentResult | None = None
    payment_receipt: tuple[PaymentReceipt, ...] = ()


class OriginalPoiTransaction(Members, frozen=True, kw_only=True):
    """The payment that is to be given back."""

    sale_id: Text | None = None
    poi_id: Text | None = None
    poi_transaction_id: SaleTransactionIdentification | None = None


class ReversalRequest(Members, frozen=True, kw_only=True):
    """Give a payment back; without an amount, all of it."""

    sale_data: SaleData | None = None
    original_poi_transaction: OriginalPoiTransaction
    reversed_amount: Decimal | None = None
    reversal_reason: ReversalReason


class ReversalResponse(Members, frozen=True, kw_only=True):
    """How a reversal ended."""

    response: Response
    poi_data: PoiData | None = None
    reversed_amount: Decimal | None = None
    payment_receipt: tuple[PaymentReceipt, ...] = ()


class AbortRequest(Members, frozen=True, kw_only=True):
    """Stop what an earlier message started. Answered with an empty body."""

    message_reference: MessageReference
    abort_reason: Text


class TransactionStatusRequest(Members, frozen=True, kw_only=True):
    """Ask what became of an earlier message; of the last one where none is named."""

    message_reference: MessageReference | None = None
    receipt_reprint_flag: bool = False
    document_qualifier: tuple[DocumentQualifier, ...] = ()


class RepeatedResponseMessageBody(Members, frozen=True, kw_only=True):
    """The response that was given, or lost, once more."""

    payment_response: PaymentResponse | None = None
    reversal_response: ReversalResponse | None = None


class RepeatedMessageResponse(Members, frozen=True, kw_only=True):
    """An earlier response with its header."""

    message_header: MessageHeader
    repeated_response_message_body: RepeatedResponseMessageBody


class EchoedMessageReference(Members, frozen=True, kw_only=True):
    """Which message the answer is about."""

    message_category: str | None = None
    service_id: str | None = None
    sale_id: str | None = None


class TransactionStatusResponse(Members, frozen=True, kw_only=True):
    """What became of it."""

    response: Response
    message_reference: EchoedMessageReference | None = None
    repeated_message_response: RepeatedMessageResponse | None = None
