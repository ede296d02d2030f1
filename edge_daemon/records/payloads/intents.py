"""What is about to be done, and how it ended."""

import enum

from edge_daemon.records.payloads.payload import Json, Payload


class Intent(Payload, frozen=True, kw_only=True):
    """Written, with fsync, before any act on a device or a sale.

    Attributes:
        verb: `sale`, `tender`, `cancel`, `print`, `open_drawer`, `payment`, ….
        resource_kind: The `<things>` of the URL: `sales`, `print_jobs`, `drawer_openings`, ….
        resource_id: The client's ULID, unique per box and kind.
        workstation: Whose devices are used.
        request: The whole body as it came, redacted, print bytes replaced by their hash.
        request_hash: SHA-256 of the untyped body with sorted keys (`request_hash`).
        approved_by: The manager whose approval it used, as the box itself has checked.
    """

    verb: str
    resource_kind: str
    resource_id: str
    workstation: str | None = None
    request: Json
    request_hash: str
    approved_by: str | None = None


class OutcomeState(enum.StrEnum):
    """How an intent ended."""

    FINISHED = "Finished"
    NOT_DONE = "NotDone"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"


class Outcome(Payload, frozen=True, kw_only=True):
    """The end of an intent that has no richer record of its own."""

    intent_id: str
    state: OutcomeState
    answer: Json | None = None
