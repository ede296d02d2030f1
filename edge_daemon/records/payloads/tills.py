"""Money moved without a sale, money counted, shifts."""

import enum
from typing import Annotated

from edge_daemon.records.payloads.payload import Json, Payload, one_of
from edge_daemon.records.payloads.transactions import TenderType


class Denomination(Payload, frozen=True, kw_only=True):
    """So many coins or notes of one value (minor units)."""

    value: int
    count: int


class TenderControlKind(enum.StrEnum):
    """Why money moved."""

    OPENING_FLOAT = "OpeningFloat"
    TENDER_LOAN = "TenderLoan"
    TENDER_PICKUP = "TenderPickup"
    SAFE_DROP = "SafeDrop"
    PAID_IN = "PaidIn"
    PAID_OUT = "PaidOut"
    DEPOSIT = "Deposit"


class TenderControl(Payload, frozen=True, kw_only=True):
    """Money moved without a sale.

    Attributes:
        reason_code: `expense` for money paid out that somebody will claim.
        document_ref: The attachment of an expense.
        bag_id: Of a bank deposit.
        counterpart_session: The other till of a transfer.
    """

    kind: TenderControlKind
    tender_type: TenderType
    amount: int
    currency: str
    reason_code: str
    document_ref: str | None = None
    bag_id: str | None = None
    denominations: tuple[Denomination, ...] | None = None
    counterpart_session: str | None = None


class TillCountKind(enum.StrEnum):
    """A count in between, or the final one of a shift."""

    CHECK = "Check"
    SETTLE = "Settle"


class TillCount(Payload, frozen=True, kw_only=True):
    """Money counted: `difference = counted - expected`, a fact of its own in the ledger.

    Attributes:
        blind: The cashier counted without seeing the expected amount.
    """

    kind: TillCountKind
    blind: bool
    tender_type: TenderType
    currency: str
    denominations: tuple[Denomination, ...] | None = None
    counted: int
    expected: int
    difference: int
    reason: str | None = None


class TillSessionEvent(enum.StrEnum):
    """What happened to a shift."""

    OPEN = "Open"
    SUSPEND = "Suspend"
    RESUME = "Resume"
    BLIND_CLOSE = "BlindClose"
    CLOSE = "Close"


class DateConfirmed(Payload, frozen=True, kw_only=True):
    """Who said what day it is when the clock was not synced.

    Attributes:
        moment: The one chosen, microseconds since 1970 UTC.
        suggested: What each source said, in microseconds, by its name.
        reason: Why a date before the last entry was chosen.
    """

    operator_id: str
    source: Annotated[str, one_of("LastEntry", "Register", "Terminal", "Keyed")]
    moment: int
    suggested: Json
    reason: str | None = None


class TillSession(Payload, frozen=True, kw_only=True):
    """A shift opened, suspended, resumed, closed.

    Attributes:
        session_id: Equals the envelope's `till_session_id`.
        date_confirmed: On `Open` without a synced clock.
        reason: Why the shift was suspended, or why what was counted differs from what is expected.
    """

    event: TillSessionEvent
    session_id: str
    drawer_id: str
    date_confirmed: DateConfirmed | None = None
    reason: str | None = None
