"""Acts: what is in a figure and has no receipt, such as money brought or a drawer opened."""

import msgspec

from central_office.views.paging import View


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done at a till without a receipt.

    Attributes:
        kind: The cause of a money movement, `TillCountSettle` or `TillCountCheck`, or the kind of a
            statistic.
        name: Its reason or product group.
        amount: Minor units, as its figure counts them; of a count the difference.
    """

    business_day_date: str
    arrival: int
    part: int
    store: str
    edge_id: str
    workstation_id: str
    operator_id: str
    till_session_id: str
    occurred_at: int
    kind: str
    name: str
    tender_type: str
    currency: str
    amount: int
    quantity_milli: int


_KEY = ("business_day_date", "arrival", "part")
_VALUES = Act.__struct_fields__[len(_KEY) :]
ACTS = View(
    row=Act,
    source="acts",
    key=_KEY,
    values=_VALUES,
    grouped=False,
    others=(
        "store",
        "edge_id",
        "workstation_id",
        "operator_id",
        "till_session_id",
        "kind",
        "name",
        "tender_type",
        "currency",
    ),
)
