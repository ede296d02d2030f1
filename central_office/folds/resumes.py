"""With what a blank card in a box would go on: numbers, totals, open shifts, payments in doubt."""

import msgspec

from central_office.folds.entries import Entry, Sale
from central_office.lines import Line
from edge_daemon.records import GENESIS_HASH
from edge_daemon.records.messages import Resume, encode_message
from edge_daemon.records.payloads import (
    PaymentEvent,
    PaymentState,
    PeriodReport,
    PeriodReportKind,
    SystemEvent,
    TillSession,
    TillSessionEvent,
    UnresolvedPayment,
    WorkstationNumbers,
)
from edge_daemon.records.turnover import FINISHED, turnover_of

_TOTALS = ("grand_total_sales", "grand_total_returns", "grand_total_net", "open_session")
_MONEY = {PaymentState.CONFIRMED, PaymentState.APPROVED}
_RESOLVED = _MONEY | {
    PaymentState.DECLINED,
    PaymentState.NOT_PROCESSED,
    PaymentState.REVERSED,
}


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
            _fold_sale(state, entry, sale)
        case PaymentEvent() as payment:
            _fold_payment(state, entry, payment)
        case PeriodReport() as report:
            _fold_report(state, entry, report)
        case TillSession() as session:
            _fold_session(state, entry, session)
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


def _fold_sale(state: ResumeState, entry: Entry, sale: Sale) -> None:
    known, number = _numbers(state, entry.workstation_id), sale.sequence_number
    changed: dict[str, int] = {}
    if number is not None:
        name = "next_training_number" if entry.training else "next_sequence_number"
        changed[name] = max(getattr(known, name), number + 1)
    if sale.status in FINISHED and not entry.training:
        more = turnover_of(sale.line_items)
        sales = (known.grand_total_sales or 0) + more.sales
        returns = (known.grand_total_returns or 0) + more.returns
        changed["grand_total_sales"], changed["grand_total_returns"] = sales, returns
        changed["grand_total_net"] = sales - returns
    if changed:
        state.workstations[entry.workstation_id] = msgspec.structs.replace(known, **changed)


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
