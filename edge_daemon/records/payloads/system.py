"""The daemon itself, and who may use it."""

from edge_daemon.records.payloads.payload import Json, Payload


class SystemEvent(Payload, frozen=True, kw_only=True):
    """The daemon itself: `Start`, `Stop`, `EpochStart`, `Checkpoint`, `ClockStep`, ….

    `EpochStart` is `seq` 1 of every epoch. It links the epoch before, and `carried_over` holds
    what the epoch begins with, so that a rebuild needs nothing but entries.
    """

    event: str
    software_version: str | None = None
    config_hash: str | None = None
    clock_step_us: int | None = None
    previous_epoch: str | None = None
    previous_seq: int | None = None
    previous_hash: str | None = None
    reason: str | None = None
    note: str | None = None
    carried_over: Json | None = None
    result: str | None = None
    key_id: str | None = None
    signature: str | None = None
    fork: Json | None = None


class AccessEvent(Payload, frozen=True, kw_only=True):
    """Who was let in, refused, shut out; acts of an administrator. Never the token itself."""

    event: str
    subject: str
    scopes: tuple[str, ...] | None = None
    origin: str | None = None
    source_address: str | None = None
    act: str | None = None
    reason: str
    count: int | None = None
