"""What the till asks, as nexo messages.

ServiceID is the key to everything that is asked later. It is made of the payment's own id, which
is in the journal before anything is sent: so after a crash the same id is made again. It is a
digest, because ten characters of a ULID may hold its time alone: 50 bits, and a terminal keeps its
messages apart for two days.
"""

import datetime as dt
import hashlib
import importlib.metadata
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.payment_terminal import FollowUpRequest, PaymentRequest, RefundRequest, TerminalRequest
from drivers.wire import WireError
from drivers.wire.nexo import payments, services
from drivers.wire.nexo.amounts import decimal_amount
from drivers.wire.nexo.envelope import Body, Message
from drivers.wire.nexo.parts import (
    PROTOCOL_VERSION,
    DisplayOutput,
    MessageHeader,
    MessageReference,
    OutputContent,
    OutputText,
    SaleData,
    SaleTransactionIdentification,
)
from drivers.wire.nexo.words import (
    Category,
    Device,
    DocumentQualifier,
    InfoQualify,
    MessageClass,
    MessageType,
    OutputFormat,
    PaymentType,
    ReconciliationType,
    ReversalReason,
    TransactionAction,
)

SERVICE_ID_LENGTH = 10
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: five bits each, and no letter that looks like a digit."""
DISTRIBUTION = "pos-edge"
PARTIAL_APPROVAL = "tenderOption=AllowPartialAuthorisation"
ABORT_REASON = "MerchantAbort"

PaymentBody = payments.PaymentRequest
ReversalBody = payments.ReversalRequest
"""The message's names are the family's as well."""

_TENDER = re.compile(r"[A-Za-z0-9]{4}00(?P<milliseconds>\d{13})(?:\.|$)")
"""A tender reference of Adyen's terminals: where it comes from, and its moment."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who speaks to whom."""

    sale_id: str
    poi_id: str

    def message(self, category: Category, service_id: str, body: Body) -> Message:
        """Return a request."""
        return Message(
            MessageHeader(
                protocol_version=PROTOCOL_VERSION,
                message_class=(
                    MessageClass.DEVICE if category is Category.DISPLAY else MessageClass.SERVICE
                ),
                message_category=category,
                message_type=MessageType.REQUEST,
                service_id=service_id,
                sale_id=self.sale_id,
                poi_id=self.poi_id,
            ),
            body,
        )

    def reference(self, category: Category, service_id: str) -> MessageReference:
        """Return what names an earlier message of this till."""
        return MessageReference(
            message_category=category,
            service_id=service_id,
            sale_id=self.sale_id,
            poi_id=self.poi_id,
        )


def service_id_of(payment_id: str) -> str:
    """Return the ServiceID of a payment: always the same one."""
    number = int.from_bytes(hashlib.sha256(payment_id.encode()).digest(), "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(SERVICE_ID_LENGTH))


def request_id(request: TerminalRequest) -> str:
    """Return the ServiceID of a request: the one it was given, or the payment's own."""
    return request.protocol_trace_id or service_id_of(request.payment_id)


def any_service_id() -> str:
    """Return a ServiceID for a question that nobody will ask about."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SERVICE_ID_LENGTH))


def payment(request: PaymentRequest | RefundRequest) -> PaymentBody:
    """Return a PaymentRequest.

    Raises:
        WireError: The protocol cannot carry this amount or currency.
    """
    refund = isinstance(request, RefundRequest)
    partial = isinstance(request, PaymentRequest) and request.allow_partial
    return PaymentBody(
        sale_data=_sale_data(
            request.payment_id, request.operator_id, PARTIAL_APPROVAL if partial else None
        ),
        payment_transaction=payments.PaymentTransaction(
            amounts_req=payments.AmountsReq(
                currency=request.currency,
                requested_amount=decimal_amount(request.amount, request.currency),
            )
        ),
        payment_data=payments.PaymentData(payment_type=PaymentType.REFUND) if refund else None,
    )


def reversal(request: FollowUpRequest) -> ReversalBody:
    """Return a ReversalRequest for all of the original's amount.

    Raises:
        WireError: It is not known what to give back.
    """
    original = request.original_poi_transaction_id
    moment = request.original_timestamp or tender_moment(original or "")
    if not original or not moment:
        raise WireError("The terminal's id of the original payment is not known.")
    return reversal_of(original, moment, request.payment_id, ReversalReason.MERCHANT_CANCEL)


def reversal_of(
    poi_transaction_id: str, moment: str, payment_id: str, reason: ReversalReason
) -> ReversalBody:
    """Return a ReversalRequest for what the terminal calls by this name."""
    return ReversalBody(
        sale_data=_sale_data(payment_id, None, None),
        original_poi_transaction=payments.OriginalPoiTransaction(
            poi_transaction_id=SaleTransactionIdentification(
                transaction_id=poi_transaction_id, time_stamp=moment
            )
        ),
        reversal_reason=reason,
    )


def tender_moment(poi_transaction_id: str) -> str | None:
    """Return when a tender was begun, as its reference tells, or None."""
    match = _TENDER.match(poi_transaction_id)
    return _timestamp(int(match["milliseconds"])) if match else None


def status(
    reference: MessageReference | None, *, reprint: bool
) -> payments.TransactionStatusRequest:
    """Ask what became of a message, or of the last one."""
    both = (DocumentQualifier.CASHIER_RECEIPT, DocumentQualifier.CUSTOMER_RECEIPT)
    return payments.TransactionStatusRequest(
        message_reference=reference,
        receipt_reprint_flag=reprint,
        document_qualifier=both if reprint else (),
    )


def abort(reference: MessageReference) -> payments.AbortRequest:
    """Ask to stop what a message began."""
    return payments.AbortRequest(message_reference=reference, abort_reason=ABORT_REASON)


def login() -> services.LoginRequest:
    """Register the till."""
    version = importlib.metadata.version(DISTRIBUTION)
    return services.LoginRequest(
        date_time=now(),
        sale_software=services.SaleSoftware(
            manufacturer_id=DISTRIBUTION,
            application_name=DISTRIBUTION,
            software_version=version,
            certification_code=DISTRIBUTION,
        ),
        operator_language="en",
    )


def reconciliation() -> services.ReconciliationRequest:
    """Close the till's period."""
    return services.ReconciliationRequest(
        reconciliation_type=ReconciliationType.SALE_RECONCILIATION
    )


def display(lines: Sequence[str], seconds: int) -> services.DisplayRequest:
    """Show lines to the customer."""
    return services.DisplayRequest(
        display_output=(
            DisplayOutput(
                device=Device.CUSTOMER_DISPLAY,
                info_qualify=InfoQualify.DISPLAY,
                minimum_display_time=seconds,
                response_required_flag=True,
                output_content=OutputContent(
                    output_format=OutputFormat.TEXT,
                    output_text=tuple(OutputText(text=line) for line in lines),
                ),
            ),
        )
    )


def card_acquisition(service_id: str) -> services.CardAcquisitionRequest:
    """Read a card without a payment."""
    return services.CardAcquisitionRequest(
        sale_data=_sale_data(service_id, None, None),
        card_acquisition_transaction=services.CardAcquisitionTransaction(),
    )


def end_acquisition() -> services.EnableServiceRequest:
    """Let the terminal go back to idle after a card was read."""
    return services.EnableServiceRequest(transaction_action=TransactionAction.ABORT)


def now() -> str:
    """Return this moment. The terminal is told; nothing is ever decided by it."""
    return _timestamp(time.time_ns() // 1_000_000)


def _timestamp(milliseconds: int) -> str:
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sale_data(transaction_id: str, operator_id: str | None, more: str | None) -> SaleData:
    return SaleData(
        sale_transaction_id=SaleTransactionIdentification(
            transaction_id=transaction_id, time_stamp=now()
        ),
        operator_id=operator_id or None,
        sale_to_acquirer_data=more,
    )
