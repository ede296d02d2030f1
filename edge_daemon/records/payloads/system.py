"""The daemon itself, and who may use it."""

from typing import Annotated

from edge_daemon.records.payloads.payload import Json, Payload, one_of
from edge_daemon.records.payloads.payments import UnresolvedPayment


class WorkstationNumbers(Payload, frozen=True, kw_only=True):
    """With what a workstation goes on: the next numbers, and totals that never go back to zero.

    Attributes:
        next_z_number: Absent where no Z was ever made.
        grand_total_sales, grand_total_returns, grand_total_net: Up to the last entry.
        open_session: `session_id` of the shift that is open.
    """

    workstation_id: str
    next_sequence_number: int
    next_training_number: int
    next_z_number: int | None = None
    grand_total_sales: int | None = None
    grand_total_returns: int | None = None
    grand_total_net: int | None = None
    open_session: str | None = None


class CarriedOver(Payload, frozen=True, kw_only=True):
    """What an epoch begins with, so that a rebuild needs nothing but entries.

    Attributes:
        source: Whence: the box's own journal, the office's `Resume`, or a person.
    """

    source: Annotated[str, one_of("journal", "Resume", "operator")]
    workstations: tuple[WorkstationNumbers, ...]
    unresolved_payments: tuple[UnresolvedPayment, ...]


class SystemEvent(Payload, frozen=True, kw_only=True):
    """The daemon itself.

    `EpochStart` is `seq` 1 of every epoch and links the epoch before it, where that is known.
    `Checkpoint` signs its own `prev_hash`, and thereby everything before it.

    Attributes:
        clock_step_us: Microseconds by which a `ClockStep` moved the clock, signed.
        reason: Of an `EpochStart`.
        note: What a person gave as the reason, or what there is to say.
        result, broken_at: Of an `IntegrityCheck`; the first bad `EPOCH.SEQ`.
        key_id: The public key, 32 bytes in hexadecimal.
        signature: Ed25519 over the 64 ASCII characters of `prev_hash`, in hexadecimal.
        fork: Of the office's decision: `edge_id`, `epoch`, `first_seq`, `last_seq`, `last_hash`
            of the branch, and the reason given.
    """

    event: Annotated[
        str,
        one_of(
            "Start",
            "Stop",
            "Upgrade",
            "ConfigChange",
            "ClockStep",
            "EpochStart",
            "IntegrityCheck",
            "BackupRestored",
            "Checkpoint",
            "EmergencyOn",
            "EmergencyOff",
            "TrainingOn",
            "TrainingOff",
            "ForkAccepted",
            "ForkRejected",
        ),
    ]
    software_version: str | None = None
    config_hash: str | None = None
    clock_step_us: int | None = None
    previous_epoch: str | None = None
    previous_seq: int | None = None
    previous_hash: str | None = None
    reason: Annotated[str, one_of("new_journal", "restored", "forked")] | None = None
    note: str | None = None
    carried_over: CarriedOver | None = None
    result: Annotated[str, one_of("intact", "broken")] | None = None
    broken_at: str | None = None
    key_id: str | None = None
    signature: str | None = None
    fork: Json | None = None


class AccessEvent(Payload, frozen=True, kw_only=True):
    """Who was let in, refused, shut out; acts of an administrator. Never the token itself.

    Attributes:
        subject: Id of the token, door or person.
        scopes: Granted, or missing.
        act: Which act of an administrator.
        count: Equal refusals, gathered into one entry a minute.
    """

    event: Annotated[str, one_of("Paired", "Refused", "Revoked", "ScopesChanged", "AdminAct")]
    subject: str
    scopes: tuple[str, ...] | None = None
    origin: str | None = None
    source_address: str | None = None
    act: str | None = None
    reason: str
    count: int | None = None
