"""The records: what a journal entry holds, encoded once and kept as bytes for ever.

The hash of an entry is SHA-256 over exactly its bytes; the bytes name the previous hash. Nobody
decodes and encodes again in order to check. `envelope` has the entry, `payloads` what it states.
"""

from edge_daemon.records.envelope import (
    ENTRY_LIMIT,
    GENESIS_HASH,
    SCHEMA_VERSION,
    EntryTooLargeError,
    JournalEntry,
    Position,
    RecordError,
    decode_entry,
    encode_entry,
    entry_hash,
    new_ulid,
    request_hash,
)

__all__ = [
    "ENTRY_LIMIT",
    "GENESIS_HASH",
    "SCHEMA_VERSION",
    "EntryTooLargeError",
    "JournalEntry",
    "Position",
    "RecordError",
    "decode_entry",
    "encode_entry",
    "entry_hash",
    "new_ulid",
    "request_hash",
]
