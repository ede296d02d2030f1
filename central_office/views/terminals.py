"""Card tenders beside what the terminals counted, and the payments that nobody has settled."""

from collections.abc import Iterator

import msgspec

from central_office.folds import ResumeState
from central_office.reading import Reader
from central_office.views.paging import Computed, Scope, View, total

_BOTH = (
    "(SELECT organization, store, business_day_date, terminal_id, currency, number AS tenders,"
    " amount AS tendered, 0 AS bookings, 0 AS booked, 0 AS reconciliations"
    " FROM cards WHERE standalone = 0 UNION ALL"
    " SELECT organization, store, business_day_date, terminal_id, currency, 0, 0, number, amount,"
    " 1 FROM reconciliations) AS counted"
)


class CardTotals(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal's day: the tills' card tenders and the terminal's own totals, in minor units.

    Attributes:
        difference: `booked - tendered`; what was keyed by hand is in neither.
        reconciliations: How many totals the terminal has told, one for each card brand.
    """

    business_day_date: str
    store: str
    terminal_id: str
    currency: str
    tenders: int
    tendered: int
    bookings: int
    booked: int
    difference: int
    reconciliations: int


CARD_TOTALS = View(
    row=CardTotals,
    source=_BOTH,
    key=("business_day_date", "store", "terminal_id", "currency"),
    values=(
        *map(total, ("tenders", "tendered", "bookings", "booked")),
        total("booked - tendered"),
        total("reconciliations"),
    ),
)
_STATES = (
    "SELECT edges.store, edges.edge_id, resumes.state FROM resumes JOIN edges ON edges.edge_id ="
    " resumes.edge_id WHERE edges.organization = ? AND edges.store = ? ORDER BY edges.edge_id"
)
_CLOSED = (
    "SELECT 1 FROM z_reports WHERE organization = ? AND store = ? AND edge_id = ? AND"
    " occurred_at > ? LIMIT 1"
)
_decoder = msgspec.json.Decoder(ResumeState)


class PaymentInDoubt(msgspec.Struct, frozen=True, kw_only=True):
    """A payment whose outcome is not known, until its box or a person says it.

    Attributes:
        since: Microseconds since 1970 UTC.
        requested_amount: Minor units.
        is_closed: The box has made a Z since: the day to which it belongs is over.
    """

    store: str
    edge_id: str
    payment_id: str
    since: int
    transaction_id: str | None
    terminal_id: str
    device_id: str | None
    kind: str
    state: str
    currency: str | None
    requested_amount: int
    is_closed: bool


def _unresolved(read: Reader, scope: Scope) -> Iterator[PaymentInDoubt]:
    """Of all days: a payment in doubt does not go away with its day."""
    for store in scope.named(read):
        states = list(read(_STATES, (scope.organization, store)))
        for _, edge_id, state in states:
            for payment in _decoder.decode(bytes(state)).unresolved_payments.values():
                key = (scope.organization, store, edge_id, payment.since)
                yield PaymentInDoubt(
                    store=store,
                    edge_id=edge_id,
                    payment_id=payment.payment_id,
                    since=payment.since,
                    transaction_id=payment.transaction_id,
                    terminal_id=payment.terminal_id,
                    device_id=payment.device_id,
                    kind=payment.kind,
                    state=payment.state,
                    currency=payment.currency,
                    requested_amount=payment.requested_amount,
                    is_closed=any(True for _ in read(_CLOSED, key)),
                )


UNRESOLVED_PAYMENTS = Computed(
    row=PaymentInDoubt, key=("store", "since", "payment_id"), work_out=_unresolved
)
