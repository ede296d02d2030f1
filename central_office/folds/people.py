"""Working hours and the roster: every clocking, as it was made and as it was corrected."""

from central_office import projections as tables
from central_office.folds.entries import Entry, OperatorEvent
from central_office.folds.sheet import Place, Sheet
from edge_daemon.records.payloads import OperatorEventKind

REASON_LIMIT = 200
_SIGNED = {OperatorEventKind.SIGN_ON, OperatorEventKind.SIGN_OFF}


def fold_operator(sheet: Sheet, place: Place, entry: Entry, event: OperatorEvent) -> None:
    """Keep a clocking, a correction or a line of the roster; signing on says nothing of hours."""
    if event.event in _SIGNED:
        return
    sheet.put(
        tables.CLOCKINGS,
        (place.organization, event.subject_operator_id, entry.occurred_at, *place.order),
        (
            event.event.value,
            place.store,
            entry.business_day_date,
            entry.entry_id,
            event.corrects_entry_id,
            event.corrected_at,
            None if event.reason is None else event.reason[:REASON_LIMIT],
            event.shift_id,
            event.location_id,
            event.start,
            event.end,
        ),
    )
