"""What the terminal says: its responses, and the receipts in them."""

import urllib.parse
from dataclasses import dataclass

from drivers.wire.nexo.parts import (
    CardData,
    OutputContent,
    OutputText,
    PaymentInstrumentData,
    PaymentReceipt,
    PoiData,
    Response,
    SensitiveCardData,
    TransactionIdentification,
)
from drivers.wire.nexo.payments import (
    AmountsResp,
    EchoedSaleData,
    PaymentAcquirerData,
    PaymentRequest,
    PaymentResponse,
    PaymentResult,
    ReversalResponse,
)
from drivers.wire.nexo.words import (
    AuthenticationMethod,
    DocumentQualifier,
    EntryMode,
    ErrorCondition,
    OutputFormat,
    PaymentInstrumentType,
    Result,
)
from simulators.nexo_terminal.books import Entry
from simulators.nexo_terminal.model import Model, major
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.customer import Presented

MERCHANT_ID = "SimulatedMerchantPOS"
BRANDS = {
    "girocard": "girocard",
    "mastercard": "mc",
    "visa": "visa",
    "maestro": "maestro",
    "empty": "mc",
}


def failure(condition: str, message: str = "") -> Response:
    """Return a no."""
    said = urllib.parse.urlencode({"message": message}) if message else None
    return Response(result=Result.FAILURE, error_condition=condition, additional_response=said)


def refusal(request: PaymentRequest, entry: Entry, response: Response) -> PaymentResponse:
    """Return a PaymentResponse that says no."""
    return PaymentResponse(response=response, sale_data=_sale(request), poi_data=poi_data(entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What is unusual about a yes."""

    partial: bool = False
    offline: bool = False
    signed: bool = False
    amount_told: bool = True


def approval(
    request: PaymentRequest, entry: Entry, move: Presented, model: Model, kind: Approval
) -> PaymentResponse:
    """Return a PaymentResponse that says yes."""
    card = CARDS[move.card]
    reference = entry.tender.partition(".")[2]
    additional = {
        "tid": model.poi_id.partition("-")[2],
        "AID": card.application_id,
        "transactionType": "GOODS_SERVICES",
        "pspReference": reference,
        "applicationPreferredName": card.name,
        "offline": "true" if kind.offline else "false",
        "posEntryMode": "CLESS_CHIP" if move.contactless else "ICC",
        "cardHolderVerificationMethodResults": "1F0302" if move.contactless else "020000",
        "refusalReasonRaw": "APPROVED",
    }
    methods = () if move.contactless else (AuthenticationMethod.ONLINE_PIN,)
    if kind.signed:
        methods = (AuthenticationMethod.PAPER_SIGNATURE,)
    return PaymentResponse(
        response=Response(
            result=Result.PARTIAL if kind.partial else Result.SUCCESS,
            additional_response=urllib.parse.urlencode(additional, quote_via=urllib.parse.quote),
        ),
        sale_data=_sale(request),
        poi_data=poi_data(entry),
        payment_result=PaymentResult(
            payment_instrument_data=PaymentInstrumentData(
                payment_instrument_type=PaymentInstrumentType.CARD,
                card_data=CardData(
                    payment_brand=BRANDS[move.card],
                    masked_pan=card.masked_pan or None,
                    entry_mode=(EntryMode.CONTACTLESS if move.contactless else EntryMode.ICC,),
                    card_country_code="056",
                    sensitive_card_data=SensitiveCardData(card_seq_numb="01"),
                ),
            ),
            amounts_resp=(
                AmountsResp(currency=entry.currency, authorized_amount=major(entry.amount))
                if kind.amount_told
                else None
            ),
            online_flag=not kind.offline,
            authentication_method=(
                (AuthenticationMethod.PAPER_SIGNATURE,) if kind.signed else methods
            ),
            payment_acquirer_data=PaymentAcquirerData(
                merchant_id=MERCHANT_ID,
                acquirer_poi_id=model.poi_id,
                acquirer_transaction_id=TransactionIdentification(
                    transaction_id=reference, time_stamp=entry.at
                ),
                approval_code=f"{entry.id:06d}",
            ),
        ),
        payment_receipt=_receipts(entry, move, model, signed=kind.signed),
    )


def given_back(entry: Entry, response: Response) -> ReversalResponse:
    """Return a ReversalResponse."""
    success = response.result == Result.SUCCESS
    return ReversalResponse(
        response=response,
        poi_data=poi_data(entry),
        reversed_amount=major(entry.amount) if success else None,
    )


def power_cut() -> Response:
    """Return what becomes of a payment whose terminal lost its power."""
    return failure(ErrorCondition.ABORTED, "The terminal was switched off")


def _sale(request: PaymentRequest) -> EchoedSaleData:
    named = request.sale_data.sale_transaction_id
    return EchoedSaleData(
        sale_transaction_id=TransactionIdentification(
            transaction_id=named.transaction_id, time_stamp=named.time_stamp
        )
    )


def poi_data(entry: Entry) -> PoiData:
    """Return the terminal's name for what it did."""
    return PoiData(
        poi_transaction_id=TransactionIdentification(
            transaction_id=entry.tender, time_stamp=entry.at
        ),
        poi_reconciliation_id=1000,
    )


def _receipts(
    entry: Entry, move: Presented, model: Model, *, signed: bool
) -> tuple[PaymentReceipt, ...]:
    kinds = (
        (DocumentQualifier.CASHIER_RECEIPT, "KOPIE WINKEL"),
        (DocumentQualifier.CUSTOMER_RECEIPT, "KOPIE KLANT"),
    )
    return tuple(
        PaymentReceipt(
            document_qualifier=qualifier,
            required_signature_flag=signed and qualifier == DocumentQualifier.CASHIER_RECEIPT,
            output_content=OutputContent(
                output_format=OutputFormat.TEXT,
                output_text=tuple(_lines(title, entry, move, model)),
            ),
        )
        for qualifier, title in kinds
    )


def _lines(title: str, entry: Entry, move: Presented, model: Model) -> list[OutputText]:
    card = CARDS[move.card]
    rows = [
        {"key": "header1"},
        {"name": title, "key": "title"},
        {"key": "filler"},
        {"name": "Datum", "value": entry.at[:10], "key": "txdate"},
        {"name": "Kaart", "value": card.printed_pan, "key": "pan"},
        {"name": card.name, "key": "preferredName"},
        {"name": "AID", "value": card.application_id, "key": "aid"},
        {"name": "TID", "value": model.poi_id, "key": "tid"},
        {"name": "Tender", "value": entry.tender.partition(".")[0], "key": "txRef"},
        {"key": "filler"},
        {
            "name": "TOTAAL",
            "value": f"€\xa0{entry.amount // 100},{entry.amount % 100:02d}",
            "key": "totalAmount",
        },
        {"name": "AKKOORD", "key": "approved"},
    ]
    return [
        OutputText(text=urllib.parse.urlencode(row, quote_via=urllib.parse.quote)) for row in rows
    ]
