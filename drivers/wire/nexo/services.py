"""What is asked of the terminal itself, and what it says unasked.

Source: Adyen/adyen-openapi json/TerminalAPI-v1.json.
"""

from decimal import Decimal

from drivers.wire.nexo.members import Members
from drivers.wire.nexo.parts import (
    DisplayOutput,
    Language,
    PaymentInstrumentData,
    PoiData,
    Response,
    SaleData,
    Text,
    Timestamp,
)
from drivers.wire.nexo.words import ReconciliationType, TransactionAction


class DiagnosisRequest(Members, frozen=True, kw_only=True):
    """Ask how the terminal is."""

    host_diagnosis_flag: bool = False


class PoiStatus(Members, frozen=True, kw_only=True):
    """How the terminal is."""

    global_status: str
    printer_status: str | None = None


class DiagnosisResponse(Members, frozen=True, kw_only=True):
    """How the terminal is."""

    response: Response
    poi_status: PoiStatus | None = None


class SaleSoftware(Members, frozen=True, kw_only=True):
    """Who wrote the till."""

    manufacturer_id: Text
    application_name: Text
    software_version: Text
    certification_code: Text


class LoginRequest(Members, frozen=True, kw_only=True):
    """Register the till."""

    date_time: Timestamp
    sale_software: SaleSoftware
    operator_language: Language


class PoiSoftware(Members, frozen=True, kw_only=True):
    """Which software the terminal runs."""

    application_name: str | None = None
    software_version: str | None = None
    manufacturer_id: str | None = None
    certification_code: str | None = None


class PoiSystemData(Members, frozen=True, kw_only=True):
    """What the terminal says of itself."""

    date_time: str | None = None
    poi_software: PoiSoftware | None = None
    poi_status: PoiStatus | None = None


class LoginResponse(Members, frozen=True, kw_only=True):
    """Whether the till is registered."""

    response: Response
    poi_system_data: PoiSystemData | None = None


class LogoutRequest(Members, frozen=True, kw_only=True):
    """End the registration."""

    maintenance_allowed: bool = False


class LogoutResponse(Members, frozen=True, kw_only=True):
    """Whether it is ended."""

    response: Response


class DisplayRequest(Members, frozen=True, kw_only=True):
    """Show something; sent by both sides."""

    display_output: tuple[DisplayOutput, ...]


class OutputResult(Members, frozen=True, kw_only=True):
    """Whether it was shown."""

    device: str
    info_qualify: str
    response: Response


class DisplayResponse(Members, frozen=True, kw_only=True):
    """Whether all of it was shown."""

    output_result: tuple[OutputResult, ...] = ()


class EventNotification(Members, frozen=True, kw_only=True):
    """What the terminal says unasked."""

    time_stamp: str | None = None
    event_to_notify: str
    event_details: str | None = None
    rejected_message: str | None = None
    maintenance_required_flag: bool = False


class EnableServiceRequest(Members, frozen=True, kw_only=True):
    """Let the customer begin before the amount is known, or stop that."""

    transaction_action: TransactionAction


class EnableServiceResponse(Members, frozen=True, kw_only=True):
    """Whether it is so."""

    response: Response


class CardAcquisitionTransaction(Members, frozen=True, kw_only=True):
    """What the card is read for."""

    total_amount: Decimal | None = None


class CardAcquisitionRequest(Members, frozen=True, kw_only=True):
    """Read a card without a payment."""

    sale_data: SaleData
    card_acquisition_transaction: CardAcquisitionTransaction


class CardAcquisitionResponse(Members, frozen=True, kw_only=True):
    """A card that was read without a payment."""

    response: Response
    poi_data: PoiData | None = None
    payment_instrument_data: PaymentInstrumentData | None = None


class ReconciliationRequest(Members, frozen=True, kw_only=True):
    """Close the period."""

    reconciliation_type: ReconciliationType


class PaymentTotals(Members, frozen=True, kw_only=True):
    """How many and how much of one kind."""

    transaction_type: str
    transaction_count: int
    transaction_amount: Decimal


class TransactionTotals(Members, frozen=True, kw_only=True):
    """The totals of one card brand."""

    payment_instrument_type: str | None = None
    card_brand: str | None = None
    payment_currency: str | None = None
    payment_totals: tuple[PaymentTotals, ...] = ()


class ReconciliationResponse(Members, frozen=True, kw_only=True):
    """The totals of the period."""

    response: Response
    reconciliation_type: str | None = None
    poi_reconciliation_id: int | None = None
    transaction_totals: tuple[TransactionTotals, ...] = ()
