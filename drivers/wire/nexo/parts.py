"""What messages are made of: headers, references, results, texts and cards.

Requests are written in the vocabularies' enums; what a terminal says is kept as text. Members that
nothing here uses are left out.

Source: Adyen/adyen-openapi json/TerminalAPI-v1.json.
"""

from typing import Annotated

import msgspec

from drivers.wire.nexo.members import Members
from drivers.wire.nexo.words import Category

Text = Annotated[str, msgspec.Meta(min_length=1)]
ServiceId = Annotated[str, msgspec.Meta(min_length=1, max_length=10)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$")]
Timestamp = Annotated[
    str,
    msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$"),
]

PROTOCOL_VERSION = "3.0"


class MessageHeader(Members, frozen=True, kw_only=True):
    """Who says what to whom. A response echoes it with another MessageType."""

    protocol_version: str | None = None
    message_class: Text
    message_category: Text
    message_type: Text
    service_id: ServiceId | None = None
    device_id: ServiceId | None = None
    sale_id: Text
    poi_id: Text


class TransactionIdentification(Members, frozen=True, kw_only=True):
    """The name that one side gave a transaction, and when."""

    transaction_id: Text
    time_stamp: str


class SaleTransactionIdentification(Members, frozen=True, kw_only=True):
    """As above, with a time that is one: what we say of ourselves."""

    transaction_id: Text
    time_stamp: Timestamp


class MessageReference(Members, frozen=True, kw_only=True):
    """Which earlier message is meant."""

    message_category: Category | None = None
    service_id: ServiceId | None = None
    device_id: ServiceId | None = None
    sale_id: Text | None = None
    poi_id: Text | None = None


class Response(Members, frozen=True, kw_only=True):
    """How it ended, and why."""

    result: str
    error_condition: str | None = None
    additional_response: str | None = None


class OutputText(Members, frozen=True, kw_only=True):
    """A piece of text; its line ends behind it unless said otherwise."""

    text: str
    character_style: str | None = None
    end_of_line_flag: bool = True


class PredefinedContent(Members, frozen=True, kw_only=True):
    """A text by its name; Adyen puts `event=…&TransactionID=…` in there."""

    reference_id: Text
    language: str | None = None


class OutputContent(Members, frozen=True, kw_only=True):
    """What is shown or printed."""

    output_format: str
    predefined_content: PredefinedContent | None = None
    output_text: tuple[OutputText, ...] = ()


class DisplayOutput(Members, frozen=True, kw_only=True):
    """Something for a display."""

    device: Text
    info_qualify: Text
    output_content: OutputContent
    response_required_flag: bool = True
    minimum_display_time: Annotated[int, msgspec.Meta(ge=0, le=999)] = 0


class PaymentReceipt(Members, frozen=True, kw_only=True):
    """A receipt for the till's printer."""

    document_qualifier: str
    output_content: OutputContent
    required_signature_flag: bool = False


class SaleData(Members, frozen=True, kw_only=True):
    """What the till says of its sale."""

    sale_transaction_id: SaleTransactionIdentification
    operator_id: Text | None = None
    sale_reference_id: Text | None = None
    sale_to_acquirer_data: Text | None = None


class PoiData(Members, frozen=True, kw_only=True):
    """The terminal's name for what it did."""

    poi_transaction_id: TransactionIdentification
    poi_reconciliation_id: int | None = None


class SensitiveCardData(Members, frozen=True, kw_only=True):
    """Of what a terminal sends under this name, only the card's sequence number is read."""

    card_seq_numb: str | None = None


class PaymentToken(Members, frozen=True, kw_only=True):
    """A pseudonym of the card."""

    token_requested_type: str | None = None
    token_value: str


class CardData(Members, frozen=True, kw_only=True):
    """The card, its number masked."""

    payment_brand: str | None = None
    masked_pan: str | None = None
    entry_mode: tuple[str, ...] = ()
    card_country_code: str | None = None
    sensitive_card_data: SensitiveCardData | None = None
    payment_token: PaymentToken | None = None


class PaymentInstrumentData(Members, frozen=True, kw_only=True):
    """What was paid with."""

    payment_instrument_type: str | None = None
    card_data: CardData | None = None
