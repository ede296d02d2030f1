"""What registers ask of a till, and what they are told. Money in minor units."""

from typing import Annotated, Literal

import msgspec

from edge_daemon.drawers import DrawerOpening
from edge_daemon.errors import InvalidRequestError
from edge_daemon.printing import PrintJob
from edge_daemon.records.payloads import (
    Denomination,
    PeriodReport,
    TenderControlKind,
    TenderType,
    TillSessionEvent,
)

AMOUNT_LIMIT = 10**11
"""A thousand million: more is a typing error."""
Amount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_LIMIT)]
Ulid = Annotated[str, msgspec.Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$(?!\n)")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
OperatorId = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every request has in common.

    Attributes:
        workstation: The register at which it is asked.
        operator_id: Pseudonym of who asks.
        approval_id: A manager's approval, where the operator has no right to this.
    """

    workstation: str
    operator_id: OperatorId | None = None
    approval_id: Ulid | None = None


class Pieces(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many coins or notes of one value."""

    value: Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_LIMIT)]
    count: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class TillOpeningRequest(Request, frozen=True, kw_only=True):
    """Open a till.

    Attributes:
        opening_float: The money that lies in the drawer to begin with; 0 where it is not said.
        denominations: The same, piece by piece.
        open_drawer: To put it in.
    """

    opening_float: Amount | None = None
    denominations: tuple[Pieces, ...] | None = None
    open_drawer: bool = False


MOVEMENTS = {
    "loan": TenderControlKind.TENDER_LOAN,
    "pickup": TenderControlKind.TENDER_PICKUP,
    "safe_drop": TenderControlKind.SAFE_DROP,
    "paid_in": TenderControlKind.PAID_IN,
    "paid_out": TenderControlKind.PAID_OUT,
    "deposit": TenderControlKind.DEPOSIT,
}
"""The journal's words for a register's."""


class MoneyMovementRequest(Request, frozen=True, kw_only=True):
    """Bring money to the drawer, or take some away.

    Attributes:
        kind: `loan` (more change), `pickup`, `safe_drop`, `paid_in`, `paid_out`, `deposit` (to
            the bank).
        reason: In the shop's own code; `expense` for money that somebody will claim.
        document_ref: The slip of an expense; needed with the reason `expense`.
        bag_id: The bag that goes to the bank; needed with `deposit`.
        counterpart_session: The other till, where money goes from one to the other.
        open_drawer: False where the drawer is open already.
    """

    kind: Literal["loan", "pickup", "safe_drop", "paid_in", "paid_out", "deposit"]
    amount: Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_LIMIT)]
    reason: Code
    tender_type: TenderType = "Cash"
    document_ref: Code | None = None
    bag_id: Code | None = None
    denominations: tuple[Pieces, ...] | None = None
    counterpart_session: Ulid | None = None
    open_drawer: bool = True


class TillCountRequest(Request, frozen=True, kw_only=True):
    """Say what was counted.

    Attributes:
        kind: `check` in between; `settle` to close the till.
        blind: Whoever counted did not see what should be there.
        counted: The sum; or
        denominations: piece by piece.
        currency: The shop's own where it is not said.
        reason: Why it differs, where that is known.
        recount_reason: Why it is counted again, though nothing has moved since it was settled.
    """

    kind: Literal["check", "settle"]
    blind: bool = False
    tender_type: TenderType = "Cash"
    currency: Currency | None = None
    counted: Amount | None = None
    denominations: tuple[Pieces, ...] | None = None
    reason: Reason | None = None
    recount_reason: Reason | None = None


CHANGES = {
    "suspend": TillSessionEvent.SUSPEND,
    "resume": TillSessionEvent.RESUME,
    "blind_close": TillSessionEvent.BLIND_CLOSE,
    "close": TillSessionEvent.CLOSE,
}
"""The journal's words for a register's."""


class TillChangeRequest(Request, frozen=True, kw_only=True):
    """Suspend, resume or close a till.

    Attributes:
        event: `blind_close` ends selling and leaves the counting for later; `close` ends it all.
        reason: Why the count differs from what should be there; needed then.
    """

    event: Literal["suspend", "resume", "blind_close", "close"]
    reason: Reason | None = None


class PeriodReportRequest(Request, frozen=True, kw_only=True):
    """Make an X or Z of a register.

    Attributes:
        kind: `X` changes nothing; `Z` ends the period.
        print: On the register's printer, where it has one.
    """

    kind: Literal["X", "Z"]
    print: bool = True


class ReportCopyRequest(Request, frozen=True, kw_only=True):
    """Print a report again, on that register's printer."""


# --- answers --------------------------------------------------------------------------------


class ExpectedTender(msgspec.Struct, frozen=True, kw_only=True):
    """What should be there of one kind of tender."""

    tender_type: str
    currency: str
    amount: int


class TillCounted(msgspec.Struct, frozen=True, kw_only=True):
    """A count.

    Attributes:
        difference: `counted - expected`.
    """

    id: str
    session: str
    finished: bool = True
    kind: str
    blind: bool
    tender_type: str
    currency: str
    counted: int
    expected: int
    difference: int
    reason: str | None = None
    occurred_at: int
    operator_id: str | None = None


class TillSessionState(msgspec.Struct, frozen=True, kw_only=True):
    """A till's shift as it stands.

    Attributes:
        id: The register's ULID.
        state: `open`, `suspended`, `blind_closed` (to be counted) or `closed`.
        finished: True when nothing is under way.
        drawer: The drawer that it belongs to; None where the register has none.
        workstation: Where it was opened; `workstations` is everybody who sells into it.
        opened_at, ended_at: Microseconds since 1970 UTC.
        expected: What should be there; absent while the shop counts blind and nobody has.
        counts: In their order; the last `settle` of a tender counts.
        carried_over: It was open on a card that was lost: what it held before is not known here.
        drawer_opening: How the drawer opened, where that was asked for.
        problems: What a person has to know.
    """

    id: str
    state: str
    finished: bool
    drawer: str | None
    workstation: str
    workstations: tuple[str, ...]
    opened_at: int
    opened_by: str | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    opening_float: int = 0
    expected: tuple[ExpectedTender, ...] | None = None
    counts: tuple[TillCounted, ...] = ()
    carried_over: bool = False
    drawer_opening: DrawerOpening | None = None
    problems: tuple[str, ...] = ()


class MoneyMovement(msgspec.Struct, frozen=True, kw_only=True):
    """Money that was brought or taken away.

    Attributes:
        finished: True when the drawer is done with, too.
        drawer_opening: How the drawer opened, where that was asked for.
    """

    id: str
    session: str
    finished: bool
    kind: str
    tender_type: str
    amount: int
    reason: str
    drawer_opening: DrawerOpening | None = None


class PeriodReportState(msgspec.Struct, frozen=True, kw_only=True):
    """An X or Z.

    Attributes:
        finished: True when it is made and printed, or cannot be printed.
        occurred_at: Microseconds since 1970 UTC.
        report: As the journal has it.
        paper: Its print; None where it was not to be printed.
        problems: What a person has to know, most urgent first.
    """

    id: str
    finished: bool
    occurred_at: int
    operator_id: str | None = None
    report: PeriodReport
    paper: PrintJob | None = None
    problems: tuple[str, ...] = ()


def counted_sum(
    amount: int | None, pieces: tuple[Pieces, ...] | None, path: str
) -> tuple[int, tuple[Denomination, ...] | None]:
    """The sum of what was counted, and its pieces as the journal keeps them.

    Raises:
        InvalidRequestError: Neither was given, or they do not agree.
    """
    if pieces is None:
        if amount is None:
            raise InvalidRequestError("Say what was counted: a sum, or piece by piece.", path)
        return amount, None
    total = sum(one.value * one.count for one in pieces)
    if amount is not None and amount != total:
        raise InvalidRequestError(
            f"The pieces come to {total} minor units, not {amount}.", "$.denominations"
        )
    if len({one.value for one in pieces}) != len(pieces):
        raise InvalidRequestError("Name each coin and note once.", "$.denominations")
    kept = tuple(Denomination(value=one.value, count=one.count) for one in pieces)
    return total, kept
