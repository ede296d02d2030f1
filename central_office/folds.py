"""From entries to projections: the one place where it happens.

A fold is a pure function of what is known and one more entry. Folds run in the order of arrival,
inside the transaction that stores the entry, and a rebuild runs them again in the same order: so
it gives equal tables. Training counts nowhere but in its own numbers.
"""

from typing import Generic, NamedTuple, TypeVar

import msgspec

from central_office.lines import Line
from edge_daemon.records import GENESIS_HASH, RecordError
from edge_daemon.records.messages import Resume, encode_message
from edge_daemon.records.payloads import (
    PaymentEvent,
    PaymentState,
    PeriodReport,
    PeriodReportKind,
    RetailTransaction,
    SystemEvent,
    TillSession,
    TillSessionEvent,
    TransactionStatus,
    TransactionType,
    UnresolvedPayment,
    WorkstationNumbers,
)
from edge_daemon.records.turnover import FINISHED, turnover_of

AMOUNT_LIMIT = 10**12
"""Minor units. More than this in one sale is no amount: sums have to stay within 64 bits."""
TEXT_LIMIT = 64
_COUNTS = {TransactionStatus.COMPLETED: 1, TransactionStatus.POST_VOIDED: -1}
"""A post-void is the reversal of a finished transaction, all of its amounts negated."""
_SALES = {TransactionType.SALE, TransactionType.RETURN, TransactionType.EXCHANGE}
_TOTALS = ("grand_total_sales", "grand_total_returns", "grand_total_net", "open_session")
_MONEY = {PaymentState.CONFIRMED, PaymentState.APPROVED}
_RESOLVED = _MONEY | {
    PaymentState.DECLINED,
    PaymentState.NOT_PROCESSED,
    PaymentState.REVERSED,
}


class _Totals(msgspec.Struct, frozen=True, gc=False):
    gross: int


class _SaleLine(msgspec.Struct, frozen=True, gc=False):
    line_type: str
    voided: bool
    extended_amount: int


class Sale(msgspec.Struct, frozen=True, gc=False):
    """What folds look at in a `RetailTransaction`; most entries are one, with all of its lines."""

    transaction_type: TransactionType
    status: TransactionStatus
    currency: str
    totals: _Totals
    line_items: tuple[_SaleLine, ...] = ()
    sequence_number: int | None = None


Folded = Sale | PeriodReport | TillSession | PaymentEvent | SystemEvent
PayloadKind = TypeVar("PayloadKind")


class _Entry(msgspec.Struct, Generic[PayloadKind], frozen=True, gc=False):
    """What folds look at in an entry; the rest is not decoded."""

    workstation_id: str
    business_day_date: str
    occurred_at: int
    training: bool
    payload: PayloadKind


Entry = _Entry[Folded]
_decoders: dict[str, msgspec.json.Decoder[Entry]] = {
    RetailTransaction.__name__: msgspec.json.Decoder(_Entry[Sale]),
    PeriodReport.__name__: msgspec.json.Decoder(_Entry[PeriodReport]),
    TillSession.__name__: msgspec.json.Decoder(_Entry[TillSession]),
    PaymentEvent.__name__: msgspec.json.Decoder(_Entry[PaymentEvent]),
    SystemEvent.__name__: msgspec.json.Decoder(_Entry[SystemEvent]),
}


class SalesRow(NamedTuple):
    """What one entry adds to the totals of a store, business day and currency (minor units)."""

    organization: str
    store: str
    business_day_date: str
    currency: str
    sales: int
    gross: int


class ResumeState(msgspec.Struct, kw_only=True):
    """With what a blank card in this edge's box would go on, kept from entry to entry.

    Attributes:
        epoch, seq, hash, occurred_at: The last entry of the epoch that was begun last, unless that
            one began blank: it has to go on from here.
        began_blank: The last epoch that follows none although another was known; empty once an
            epoch that follows one has begun.
        workstations: By their name.
        unresolved_payments: By `payment_id`.
    """

    epoch: str = ""
    seq: int = 0
    hash: str = GENESIS_HASH
    occurred_at: int | None = None
    began_blank: str = ""
    workstations: dict[str, WorkstationNumbers] = {}
    unresolved_payments: dict[str, UnresolvedPayment] = {}

    def message(self) -> bytes:
        """The retained message for the edge."""
        message = Resume(
            epoch=self.epoch,
            seq=self.seq,
            hash=self.hash,
            workstations=tuple(self.workstations.values()),
            unresolved_payments=tuple(self.unresolved_payments.values()),
            occurred_at=self.occurred_at,
            began_blank=self.began_blank or None,
        )
        return encode_message(message)


def read(line: Line) -> Entry | None:
    """Decode an entry that a fold looks at; None for the others.

    Raises:
        RecordError: The payload is not what its type says.
    """
    decoder = _decoders.get(line.entry_type)
    if decoder is None:
        return None
    try:
        return decoder.decode(line.data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RecordError(f"no {line.entry_type}: {error}") from error


def fold_sales(line: Line, entry: Entry) -> SalesRow | None:
    """What an entry adds to the sales totals, or None.

    Raises:
        RecordError: No total can hold its figures.
    """
    sale = entry.payload
    if entry.training or not isinstance(sale, Sale):
        return None
    count = _COUNTS.get(sale.status, 0) if sale.transaction_type in _SALES else 0
    if not count:
        return None
    day, gross = entry.business_day_date, sale.totals.gross
    if abs(gross) > AMOUNT_LIMIT or max(len(day), len(sale.currency)) > TEXT_LIMIT:
        raise RecordError("a total cannot hold these figures")
    return SalesRow(line.organization, line.store, day, sale.currency, count, gross)


def fold_resume(state: ResumeState, line: Line, entry: Entry | None) -> None:
    """Take one more entry of an edge into its `state`."""
    if entry is not None:
        _fold_figures(state, entry)
    if line.seq == 1 and _begins_blank(entry) and state.epoch:
        state.began_blank = line.epoch
    elif line.seq == 1 or line.epoch == state.epoch:
        state.epoch, state.seq, state.hash = line.epoch, line.seq, line.hash
        state.occurred_at = line.occurred_at
        if line.seq == 1:
            state.began_blank = ""


def _begins_blank(entry: Entry | None) -> bool:
    match entry and entry.payload:
        case SystemEvent(event="EpochStart", previous_epoch=None):
            return True
    return False


def _fold_figures(state: ResumeState, entry: Entry) -> None:
    match entry.payload:
        case Sale() as sale:
            if sale.sequence_number is not None:
                _fold_number(state, entry, sale.sequence_number)
            if sale.status in FINISHED and not entry.training:
                _fold_turnover(state, entry, sale)
        case PeriodReport() as report:
            _fold_report(state, entry, report)
        case TillSession() as session:
            _fold_session(state, entry, session)
        case PaymentEvent() as payment:
            _fold_payment(state, entry, payment)
        case SystemEvent(event="EpochStart", carried_over=carried) if carried is not None:
            for numbers in carried.workstations:
                known = _numbers(state, numbers.workstation_id)
                state.workstations[numbers.workstation_id] = _further(known, numbers)
            for doubt in carried.unresolved_payments:
                state.unresolved_payments.setdefault(doubt.payment_id, doubt)


def _numbers(state: ResumeState, workstation_id: str) -> WorkstationNumbers:
    return state.workstations.get(workstation_id) or WorkstationNumbers(
        workstation_id=workstation_id, next_sequence_number=1, next_training_number=1
    )


def _further(known: WorkstationNumbers, carried: WorkstationNumbers) -> WorkstationNumbers:
    """An epoch may begin behind what is known, from an old card: numbers never go back.

    Totals and the open session are those of the side whose receipt numbers are further.
    """
    ahead, behind = carried, known
    if known.next_sequence_number > carried.next_sequence_number:
        ahead, behind = known, carried
    z_number = max(ahead.next_z_number or 0, behind.next_z_number or 0) or None
    return msgspec.structs.replace(
        ahead,
        next_training_number=max(ahead.next_training_number, behind.next_training_number),
        next_z_number=z_number,
        **{name: getattr(behind, name) for name in _TOTALS if getattr(ahead, name) is None},
    )


def _fold_number(state: ResumeState, entry: Entry, number: int) -> None:
    known = _numbers(state, entry.workstation_id)
    if entry.training:
        following = max(known.next_training_number, number + 1)
        changed = msgspec.structs.replace(known, next_training_number=following)
    else:
        following = max(known.next_sequence_number, number + 1)
        changed = msgspec.structs.replace(known, next_sequence_number=following)
    state.workstations[entry.workstation_id] = changed


def _fold_turnover(state: ResumeState, entry: Entry, sale: Sale) -> None:
    known, more = _numbers(state, entry.workstation_id), turnover_of(sale.line_items)
    sales = (known.grand_total_sales or 0) + more.sales
    returns = (known.grand_total_returns or 0) + more.returns
    state.workstations[entry.workstation_id] = msgspec.structs.replace(
        known,
        grand_total_sales=sales,
        grand_total_returns=returns,
        grand_total_net=sales - returns,
    )


def _fold_report(state: ResumeState, entry: Entry, report: PeriodReport) -> None:
    if report.kind is not PeriodReportKind.Z or report.z_number is None or entry.training:
        return
    known = _numbers(state, report.figures.workstation_id)
    if report.z_number < (known.next_z_number or 0):
        return
    state.workstations[known.workstation_id] = msgspec.structs.replace(
        known,
        next_z_number=report.z_number + 1,
        grand_total_sales=report.figures.grand_total_sales,
        grand_total_returns=report.figures.grand_total_returns,
        grand_total_net=report.figures.grand_total_net,
    )


def _fold_session(state: ResumeState, entry: Entry, session: TillSession) -> None:
    ends = session.event in (TillSessionEvent.CLOSE, TillSessionEvent.BLIND_CLOSE)
    known = _numbers(state, entry.workstation_id)
    if ends and known.open_session not in (None, session.session_id):
        return
    state.workstations[entry.workstation_id] = msgspec.structs.replace(
        known, open_session=None if ends else session.session_id
    )


def _fold_payment(state: ResumeState, entry: Entry, payment: PaymentEvent) -> None:
    if payment.kind == "Reconciliation" or entry.training:
        return
    if payment.state in _RESOLVED:
        state.unresolved_payments.pop(payment.payment_id, None)
        if payment.kind == "Reversal" and payment.state in _MONEY:
            state.unresolved_payments.pop(payment.original_payment_id or "", None)
        return
    known = state.unresolved_payments.get(payment.payment_id)
    is_sent = payment.state is PaymentState.SENT
    receipt, trace = payment.last_receipt_number, payment.last_trace_number
    if known is not None:
        receipt, trace = receipt or known.last_receipt_number, trace or known.last_trace_number
    state.unresolved_payments[payment.payment_id] = UnresolvedPayment(
        payment_id=payment.payment_id,
        transaction_id=payment.transaction_id or (known.transaction_id if known else None),
        terminal_id=payment.terminal_id or (known.terminal_id if known else payment.device_id),
        device_id=payment.device_id,
        currency=payment.currency,
        kind=payment.kind,
        state=payment.state,
        requested_amount=payment.requested_amount,
        since=known.since if known and not is_sent else entry.occurred_at,
        last_receipt_number=receipt,
        last_trace_number=trace,
    )
