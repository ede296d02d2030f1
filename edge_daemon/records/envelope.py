"""The entry around a payload: encoded once, and then only ever read.

Theory of operation. `encode_entry` makes compact UTF-8 JSON. Those bytes are stored, relayed and
stored again; their SHA-256 is the entry's hash. The hash is not inside. `prev_hash` is the hash
of the entry with the previous `seq` of the same edge and epoch, 64 zeros at `seq` 1. So a changed
byte anywhere breaks the chain from there on, and a verifier in any language needs a JSON parser
and SHA-256. The bytes hold no line feed (compact JSON escapes control characters), which lets the
relay join entries by one. Nobody here can see a fork that was made before the office looked; the
office's acknowledgement is what protects the last entry.
"""

import hashlib
import os
from typing import Any, NamedTuple, Self

import msgspec

from edge_daemon.records.payloads import PAYLOADS, Payload, UnknownPayload

SCHEMA_VERSION = 1
ENTRY_LIMIT = 262_144
"""Bytes of one entry at most: it must fit every broker (NATS takes 1 MiB by default)."""
GENESIS_HASH = "0" * 64
"""`prev_hash` of the first entry of an epoch."""


class RecordError(ValueError):
    """Raised when bytes are no journal entry; the message says what is wrong with them."""


class EntryTooLargeError(ValueError):
    """Raised when an entry would pass `ENTRY_LIMIT`. It was not written."""


class Position(NamedTuple):
    """A place in a journal, written `EPOCH.SEQ`. Epochs have no order among themselves."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `EPOCH.SEQ`.

        Raises:
            ValueError: It is not of that form; the message shows one that is.
        """
        epoch, dot, seq = text.partition(".")
        if not dot or len(epoch) != 26 or not seq.isascii() or not seq.isdigit():  # noqa: PLR2004 - ULID
            raise ValueError(
                f"A position is EPOCH.SEQ, such as 01M7YHX2VZ5DZ1A5H8NV9ADAZQ.17, not {text!r}."
            )
        return cls(epoch, int(seq))


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: the envelope and its payload. Field order is the order in the bytes.

    Attributes:
        schema_version: Of the record set.
        entry_type: Which payload.
        entry_id: ULID; a resend has identical bytes.
        edge_id: The daemon that wrote it; `office` is the central office's own chain.
        epoch: ULID of this life of the journal. Never compared for order.
        seq: 1, 2, 3 and so on, without a gap in an epoch.
        prev_hash: SHA-256 of the entry before; 64 zeros at `seq` 1.
        organization_id: The business.
        retail_store_id: The shop; its GLN where it has one.
        workstation_id: The register.
        business_day_date: `YYYY-MM-DD`; the day that it counts for.
        till_session_id: ULID of the shift.
        operator_id: A pseudonym; the name is only in the staff list.
        occurred_at: Microseconds since 1970 UTC, by the edge's clock.
        utc_offset_min: Minutes from UTC to local time at that moment.
        clock_state: `synced`, `confirmed`, `free_running` or `stepped`.
        training: Training counts nowhere.
        api_idempotency_key: The ULID of the register's call, on all entries of that call.
    """

    schema_version: int = SCHEMA_VERSION
    entry_type: str
    entry_id: str
    edge_id: str
    epoch: str
    seq: int
    prev_hash: str
    organization_id: str
    retail_store_id: str
    workstation_id: str
    business_day_date: str
    till_session_id: str | None
    operator_id: str | None
    occurred_at: int
    utc_offset_min: int
    clock_state: str
    training: bool
    api_idempotency_key: str | None
    payload: Payload

    @property
    def position(self) -> Position:
        """Where the entry stands."""
        return Position(self.epoch, self.seq)


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """`JournalEntry` with its payload still as bytes."""

    schema_version: int
    entry_type: str
    entry_id: str
    edge_id: str
    epoch: str
    seq: int
    prev_hash: str
    organization_id: str
    retail_store_id: str
    workstation_id: str
    business_day_date: str
    till_session_id: str | None = None
    operator_id: str | None = None
    occurred_at: int
    utc_offset_min: int
    clock_state: str
    training: bool
    api_idempotency_key: str | None = None
    payload: msgspec.Raw


_encoder = msgspec.json.Encoder()
_envelope_decoder = msgspec.json.Decoder(_Envelope)
_payload_decoders = {name: msgspec.json.Decoder(kind) for name, kind in PAYLOADS.items()}
_object_decoder = msgspec.json.Decoder(dict[str, Any])
_sorted_encoder = msgspec.json.Encoder(order="sorted")


def encode_entry(entry: JournalEntry) -> bytes:
    """Encode an entry for good.

    Raises:
        EntryTooLargeError: More than `ENTRY_LIMIT` bytes.
    """
    data = _encoder.encode(entry)
    if len(data) > ENTRY_LIMIT:
        raise EntryTooLargeError(
            f"This entry has {len(data)} bytes; {ENTRY_LIMIT} are the limit. Send less at once."
        )
    return data


def decode_entry(data: bytes) -> JournalEntry:
    """Read an entry. Fields that this version does not know are ignored, not refused.

    Raises:
        RecordError: The bytes are no entry.
    """
    try:
        envelope = _envelope_decoder.decode(data)
        payload = _decode_payload(envelope.entry_type, envelope.payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"These bytes are no journal entry: {error}") from error
    fields = {name: getattr(envelope, name) for name in _Envelope.__struct_fields__}
    return JournalEntry(**{**fields, "payload": payload})


def _decode_payload(entry_type: str, raw: msgspec.Raw) -> Payload:
    decoder = _payload_decoders.get(entry_type)
    if decoder is None:
        return UnknownPayload(fields=_object_decoder.decode(raw))
    return decoder.decode(raw)


def entry_hash(data: bytes) -> str:
    """SHA-256 over exactly the entry's bytes, lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def request_hash(body: object) -> str:
    """SHA-256 of an untyped JSON body, re-encoded compactly with sorted keys.

    Taken before any default is added, so that an upgrade makes no false conflict.
    """
    return hashlib.sha256(_sorted_encoder.encode(body)).hexdigest()


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_SHIFTS = range(120, -1, -10)
"""13 pairs of digits, 10 bits each; the first two bits of the 130 are zero."""


def new_ulid(now_us: int) -> str:
    """Make an identifier for this moment: 26 characters, random in its last 16.

    Every entry needs one, and this takes half as long as python-ulid.

    Source: github.com/ulid/spec, "Encoding".
    """
    number = max(now_us, 0) // 1000 << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
