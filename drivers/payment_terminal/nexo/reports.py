"""From a terminal's reports to the family's values: how it is, its totals, a card that was read."""

from drivers.payment_terminal import (
    AcquiredCard,
    BrandTotal,
    ReconciliationResult,
    TerminalState,
    TerminalStatus,
)
from drivers.payment_terminal.nexo.cards import brand_of, entry_mode_of, masked_number
from drivers.payment_terminal.nexo.results import sentence_of
from drivers.wire.nexo.amounts import minor_amount
from drivers.wire.nexo.parts import CardData
from drivers.wire.nexo.services import (
    CardAcquisitionResponse,
    DiagnosisResponse,
    ReconciliationResponse,
    TransactionTotals,
)
from drivers.wire.nexo.words import ErrorCondition, GlobalStatus, Result, TransactionType

_STATES: dict[str, TerminalState] = {
    GlobalStatus.OK: TerminalState.IDLE,
    GlobalStatus.BUSY: TerminalState.BUSY,
    ErrorCondition.IN_PROGRESS: TerminalState.BUSY,
    ErrorCondition.LOGGED_OUT: TerminalState.LOGGED_OUT,
    GlobalStatus.MAINTENANCE: TerminalState.MAINTENANCE,
    GlobalStatus.UNREACHABLE: TerminalState.OUT_OF_ORDER,
}
_SIGNS: dict[str, int] = {
    TransactionType.DEBIT: 1,
    TransactionType.CREDIT: -1,
    TransactionType.REVERSE_DEBIT: -1,
    TransactionType.REVERSE_CREDIT: 1,
}


def terminal_status(answer: DiagnosisResponse, poi_id: str) -> TerminalStatus:
    """Return how the terminal is."""
    word = answer.poi_status.global_status if answer.poi_status else answer.response.error_condition
    healthy = answer.response.result == Result.SUCCESS and word is None
    unknown = TerminalState.IDLE if healthy else TerminalState.OUT_OF_ORDER
    return TerminalStatus(
        state=_STATES.get(word or "", unknown),
        status_code=word or "",
        message=sentence_of(answer.response),
        terminal_id=poi_id,
    )


def reconciliation_result(
    answer: ReconciliationResponse, currency: str, poi_id: str
) -> ReconciliationResult:
    """Return the totals; what was given back counts against what was paid.

    Raises:
        WireError: An amount that cannot be one.
    """
    totals = tuple(_brand_total(each, currency) for each in answer.transaction_totals)
    number = answer.poi_reconciliation_id
    return ReconciliationResult(
        approved=answer.response.result == Result.SUCCESS,
        result_code=answer.response.result,
        message=sentence_of(answer.response),
        currency=currency,
        total=sum(total.amount for total in totals),
        totals=totals,
        terminal_id=poi_id,
        trace_number=None if number is None else str(number),
    )


def acquired_card(answer: CardAcquisitionResponse) -> AcquiredCard:
    """Return the card that was read."""
    data = answer.payment_instrument_data
    card = (data.card_data if data else None) or CardData()
    return AcquiredCard(
        payment_card=card.payment_brand is not None,
        card_pseudonym=card.payment_token.token_value if card.payment_token else None,
        card_brand=brand_of(card.payment_brand),
        masked_pan=masked_number(card.masked_pan),
        entry_mode=entry_mode_of(card, None),
    )


def _brand_total(totals: TransactionTotals, currency: str) -> BrandTotal:
    count, amount = 0, 0
    for each in totals.payment_totals:
        sign = _SIGNS.get(each.transaction_type, 0)
        amount += sign * minor_amount(each.transaction_amount, totals.payment_currency or currency)
        count += each.transaction_count if sign else 0
    return BrandTotal(brand_of(totals.card_brand) or "", count, amount)
