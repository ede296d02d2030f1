"""What registers ask about people, and what they are told. No answer holds a PIN."""

from typing import Annotated, Literal

import msgspec

from edge_daemon.claims import Right

OperatorId = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
Pin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3,12}$(?!\n)")]
Badge = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Ulid = Annotated[str, msgspec.Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$(?!\n)")]
Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who somebody is: an operator's id with the PIN, or what a badge says.

    Attributes:
        operator_id: Needed with a PIN; a badge says it by itself.
        pin: Never journalled, logged or kept.
        badge: As scanned or tapped; only its hash is compared.
    """

    workstation: str
    operator_id: OperatorId | None = None
    pin: Pin | None = None
    badge: Badge | None = None


class SignOnRequest(Proof, frozen=True, kw_only=True):
    """Sign on at a register; who was signed on there before is signed off."""


class SignOffRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign whoever is at a register off."""

    workstation: str
    operator_id: OperatorId | None = None


class ApprovalRequest(Proof, frozen=True, kw_only=True):
    """A manager lets somebody do one thing once.

    Attributes:
        operator_id, pin, badge: The manager's.
        rights: What is approved.
        asked_by: For whom it is; anybody at the workstation where it is not said.
        act_id: The id that the act has; any act that needs these rights where it is not said.
        reason: Why.
    """

    rights: Annotated[tuple[Right, ...], msgspec.Meta(min_length=1, max_length=16)]
    asked_by: OperatorId | None = None
    act_id: Ulid | None = None
    reason: Reason | None = None


class WorkingTimeRequest(Proof, frozen=True, kw_only=True):
    """Clock in or out, begin or end a break, or correct an earlier moment by a new entry.

    Attributes:
        event: What is done now; `correction` says that an earlier one was at another moment.
        corrects: The id of the working time that was wrong; of a correction.
        corrected_at: When it really was, microseconds since 1970 UTC; of a correction.
        reason: Of a correction.
        approval_id: A manager's, for somebody who may not correct hours.
    """

    event: Literal["clock_in", "clock_out", "break_start", "break_end", "correction"]
    corrects: Ulid | None = None
    corrected_at: Moment | None = None
    reason: Reason | None = None
    approval_id: Ulid | None = None


class SignOn(msgspec.Struct, frozen=True, kw_only=True):
    """One try to sign on.

    Attributes:
        state: `signed_on` or `refused`.
        operator_id: Who it was; absent where it was refused.
        name, roles, rights: Of that person.
        problem: What to tell the clerk.
    """

    id: str
    state: str
    finished: bool = True
    workstation: str
    operator_id: str | None = None
    name: str | None = None
    roles: tuple[str, ...] = ()
    rights: tuple[Right, ...] = ()
    problem: str | None = None


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is signed on at the workstation any more."""

    id: str
    finished: bool = True
    workstation: str
    operator_id: str | None = None


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A manager's word: name its id as `approval_id` in the act.

    Attributes:
        state: `granted`, `used` or `refused`.
        expires_at: Microseconds since 1970 UTC.
        problem: What to tell the clerk.
    """

    id: str
    state: str
    finished: bool = True
    workstation: str
    rights: tuple[Right, ...] = ()
    approved_by: str | None = None
    asked_by: str | None = None
    expires_at: int | None = None
    problem: str | None = None


class WorkingTime(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of somebody's day at work.

    Attributes:
        state: `booked` or `refused`.
        occurred_at: When; as corrected, where that was done. Microseconds since 1970 UTC.
        corrected_by: The id of the correction that counts.
    """

    id: str
    state: str
    finished: bool = True
    operator_id: str | None = None
    event: str
    occurred_at: int | None = None
    corrects: str | None = None
    corrected_by: str | None = None
    reason: str | None = None
    problem: str | None = None


class OperatorView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may use the registers.

    Attributes:
        workstation: Where they are signed on now.
        working: `in`, `break` or `out`, by their last working time.
        locked_until: No PIN is taken before, microseconds since 1970 UTC.
    """

    operator_id: str
    name: str
    roles: tuple[str, ...]
    rights: tuple[Right, ...]
    workstation: str | None = None
    working: str = "out"
    locked_until: int | None = None


class ShiftView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of today's roster, and whether they are there."""

    operator_id: str
    name: str
    location_id: str
    start: int
    end: int
    role: str | None = None
    working: str = "out"
