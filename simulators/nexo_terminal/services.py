"""What is asked of the terminal besides payments."""

from typing import Protocol

from drivers.wire.nexo.members import Members
from drivers.wire.nexo.parts import CardData, PaymentInstrumentData, PaymentToken, Response
from drivers.wire.nexo.services import (
    CardAcquisitionRequest,
    CardAcquisitionResponse,
    DiagnosisRequest,
    DiagnosisResponse,
    DisplayRequest,
    DisplayResponse,
    EnableServiceRequest,
    EnableServiceResponse,
    LoginRequest,
    LoginResponse,
    LogoutRequest,
    LogoutResponse,
    OutputResult,
    PaymentTotals,
    PoiSoftware,
    PoiStatus,
    PoiSystemData,
    ReconciliationRequest,
    ReconciliationResponse,
    TransactionTotals,
)
from drivers.wire.nexo.words import (
    EntryMode,
    ErrorCondition,
    GlobalStatus,
    PaymentInstrumentType,
    Result,
    TransactionType,
)
from simulators.control import Faults
from simulators.nexo_terminal import answers
from simulators.nexo_terminal.books import Books, Entry
from simulators.nexo_terminal.model import Model, major, moment
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.customer import Customer, Gone

SUCCESS = Response(result=Result.SUCCESS)
SOFTWARE_VERSION = "1.0"


class Terminal(Protocol):
    """What the services need of their terminal."""

    faults: Faults
    books: Books
    customer: Customer
    model: Model
    step: str

    @property
    def busy(self) -> bool:
        """True while a payment or a card acquisition runs."""
        ...

    def show(self, step: str) -> None:
        """Tell where the running request stands."""
        ...


class Services:
    """Answers questions to the terminal itself.

    Attributes:
        acquiring: The sale whose card is being read; an abort names it.
        displayed: What a till had it show last.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.acquiring: str | None = None
        self.displayed: list[str] = []

    async def take(self, body: Members | None) -> Members | None:
        """Return the answer; None to what is not known here."""
        match body:
            case CardAcquisitionRequest():
                return await self._acquire(body)
            case ReconciliationRequest():
                return self._reconcile(body)
            case DisplayRequest():
                return self._show(body)
            case _:
                return self._tell(body)

    def _tell(self, body: Members | None) -> Members | None:
        match body:
            case DiagnosisRequest():
                return DiagnosisResponse(response=SUCCESS, poi_status=self._status())
            case LoginRequest():
                return self._login()
            case LogoutRequest():
                self._terminal.faults.switch("logged_out", on=True)
                return LogoutResponse(response=SUCCESS)
            case EnableServiceRequest():
                return EnableServiceResponse(response=SUCCESS)
            case _:
                return None

    def _status(self) -> PoiStatus:
        status = GlobalStatus.OK
        if self._terminal.busy:
            status = GlobalStatus.BUSY
        if "maintenance" in self._terminal.faults:
            status = GlobalStatus.MAINTENANCE
        return PoiStatus(global_status=status)

    def _login(self) -> LoginResponse:
        self._terminal.faults.switch("logged_out", on=False)
        software = PoiSoftware(
            manufacturer_id="Simulator",
            application_name="nexo_terminal",
            software_version=SOFTWARE_VERSION,
            certification_code="none",
        )
        return LoginResponse(
            response=SUCCESS,
            poi_system_data=PoiSystemData(
                date_time=moment()[0], poi_software=software, poi_status=self._status()
            ),
        )

    def _show(self, request: DisplayRequest) -> DisplayResponse:
        self.displayed = [
            piece.text
            for output in request.display_output
            for piece in output.output_content.output_text
        ]
        return DisplayResponse(
            output_result=tuple(
                OutputResult(
                    device=output.device, info_qualify=output.info_qualify, response=SUCCESS
                )
                for output in request.display_output
            )
        )

    async def _acquire(self, request: CardAcquisitionRequest) -> CardAcquisitionResponse:
        terminal = self._terminal
        if terminal.busy:
            return CardAcquisitionResponse(response=answers.failure(ErrorCondition.BUSY))
        self.acquiring = request.sale_data.sale_transaction_id.transaction_id
        terminal.show("waiting_for_card")
        move = await terminal.customer.move(terminal.model.card_patience)
        terminal.show("idle")
        self.acquiring = None
        if isinstance(move, Gone):
            return CardAcquisitionResponse(response=answers.failure(ErrorCondition.CANCEL))
        card = CARDS[move.card]
        data = CardData(
            payment_brand=answers.BRANDS.get(move.card),
            masked_pan=card.masked_pan or None,
            entry_mode=(EntryMode.CONTACTLESS if move.contactless else EntryMode.ICC,),
            payment_token=PaymentToken(token_value=f"SIM{move.card.upper()}"),
        )
        return CardAcquisitionResponse(
            response=SUCCESS,
            payment_instrument_data=PaymentInstrumentData(
                payment_instrument_type=PaymentInstrumentType.CARD, card_data=data
            ),
        )

    def _reconcile(self, request: ReconciliationRequest) -> ReconciliationResponse:
        if self._terminal.busy:
            return ReconciliationResponse(response=answers.failure(ErrorCondition.BUSY))
        period = self._terminal.books.close_period()
        brands: dict[str, list[Entry]] = {}
        for entry in period:
            if entry.kind != "reversal":
                brands.setdefault(entry.card, []).append(entry)
        return ReconciliationResponse(
            response=SUCCESS,
            reconciliation_type=request.reconciliation_type,
            poi_reconciliation_id=1000,
            transaction_totals=tuple(
                _totals(card, entries, self._terminal.model.currency)
                for card, entries in brands.items()
            ),
        )


def _totals(card: str, entries: list[Entry], currency: str) -> TransactionTotals:
    kinds = (("payment", TransactionType.DEBIT), ("refund", TransactionType.CREDIT))
    counted = []
    for kind, word in kinds:
        amounts = [entry.amount for entry in entries if entry.kind == kind]
        if amounts:
            counted.append(
                PaymentTotals(
                    transaction_type=word,
                    transaction_count=len(amounts),
                    transaction_amount=major(sum(amounts)),
                )
            )
    return TransactionTotals(
        payment_instrument_type=PaymentInstrumentType.CARD,
        card_brand=answers.BRANDS[card],
        payment_currency=currency,
        payment_totals=tuple(counted),
    )
