"""What counts in a figure and has no receipt, kept one by one: so that the figure opens to it."""

from typing import NamedTuple

from central_office import projections as tables
from central_office.folds.entries import TEXT_LIMIT, Entry
from central_office.folds.sheet import Place, Sheet


class Act(NamedTuple):
    """One of them; `kind` is a money movement's cause or a statistic's kind."""

    kind: str
    name: str = ""
    tender_type: str = ""
    currency: str = ""
    amount: int = 0
    quantity_milli: int = 0


def keep_act(sheet: Sheet, place: Place, entry: Entry, act: Act) -> None:
    """Keep it beside its place."""
    sheet.put(
        tables.ACTS,
        (place.organization, *place.order),
        (
            place.store,
            entry.business_day_date,
            place.edge_id,
            entry.workstation_id,
            entry.operator_id or "",
            entry.till_session_id or "",
            entry.occurred_at,
            act.kind,
            act.name[:TEXT_LIMIT],
            *act[2:],
        ),
    )
