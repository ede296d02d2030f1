"""Messages beside the journal, between one edge and the central office (JSON, decoded strictly).

The edge is named in the topic. Only `Ack` proves delivery.
"""

import enum
from typing import Annotated, Any, TypeVar

import msgspec

from edge_daemon.records.envelope import RecordError
from edge_daemon.records.payloads import UnresolvedPayment, WorkstationNumbers

Hash = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[0-9a-f]{64}\Z",
        extra_json_schema={"pattern": "^[0-9a-f]{64}$"},  # what JSON Schema's dialect can read
    ),
]
Epoch = Annotated[str, msgspec.Meta(min_length=26, max_length=26)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

Version = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
SchemaVersion = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
MESSAGE_LIMIT = 262_144
"""Bytes of any message: 256 KiB, as of an entry."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every message has in common: encoding. Unknown fields are ignored."""


class EdgeState(enum.StrEnum):
    """Whether an edge has a connection."""

    ONLINE = "online"
    OFFLINE = "offline"


class Status(Message, frozen=True, kw_only=True):
    """Edge to office, retained; the last will is the same with `offline` and no head.

    Attributes:
        connection: Names one connection, so that an old will cannot pass for news.
        epoch, seq, hash: Head of the journal. The office answers with `Ack` or `Replay`.
        versions: What the edge holds of the office's sets and configuration, by name.
        rejected: What it did not take of them, by name, and why.
        devices: State of each device, by its configured name.
        software_version: Of the daemon.
    """

    state: EdgeState
    connection: int
    epoch: Epoch | None = None
    seq: Seq | None = None
    hash: Hash | None = None
    versions: dict[str, int] | None = None
    rejected: dict[str, str] | None = None
    devices: dict[str, str] | None = None
    software_version: str | None = None


class Ack(Message, frozen=True, kw_only=True):
    """Office to edge, retained: it has committed all up to here, and holds the same chain.

    Attributes:
        up_to_seq: 0, with a hash of 64 zeros, when the office has nothing of this epoch.
        alarm: What keeps the office from taking more of this epoch in, for a person to read.
    """

    epoch: Epoch
    up_to_seq: Seq
    hash: Hash
    alarm: str | None = None


class Replay(Message, frozen=True, kw_only=True):
    """Office to edge: send this range again, both ends included."""

    epoch: Epoch
    from_seq: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    to_seq: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Resume(Message, frozen=True, kw_only=True):
    """Office to edge, retained: with this a blank card in a dead Pi sells again.

    Attributes:
        epoch, seq, hash: The last entry that the office holds of this edge.
        unresolved_payments: With the terminal's last numbers.
        occurred_at: When that entry happened, in microseconds since 1970 UTC: a clock that is
            earlier is wrong.
        began_blank: An epoch of this edge that follows none although the office knew `epoch`: its
            box began without the office's word, and its numbers may repeat others.
    """

    epoch: Epoch
    seq: Seq
    hash: Hash
    workstations: tuple[WorkstationNumbers, ...]
    unresolved_payments: tuple[UnresolvedPayment, ...]
    occurred_at: int | None = None
    began_blank: Epoch | None = None


class Manifest(Message, frozen=True, kw_only=True):
    """Office to every edge of a store, retained, after its chunks: what makes one whole set.

    Attributes:
        hash: SHA-256 over the bytes of the chunks' payloads, in order.
        schema_version: Of the lists. An edge that knows only earlier ones keeps what it has.
    """

    version: Version
    hash: Hash
    chunk_count: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    schema_version: SchemaVersion = 1


class Config(Message, frozen=True, kw_only=True):
    """Office to every edge of a store, retained: what the office may set."""

    version: Version
    settings: dict[str, Any]
    schema_version: SchemaVersion = 1


MessageKind = TypeVar("MessageKind", bound=Message)
_encoder = msgspec.json.Encoder()


def encode_message(message: Message) -> bytes:
    """Encode a message for its topic."""
    return _encoder.encode(message)


def decode_message(kind: type[MessageKind], payload: bytes) -> MessageKind:
    """Read a message.

    Raises:
        RecordError: The bytes are no such message, or too many.
    """
    if len(payload) > MESSAGE_LIMIT:
        raise RecordError(f"{len(payload)} bytes are more than a {kind.__name__} may have.")
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"These bytes are no {kind.__name__}: {error}") from error
