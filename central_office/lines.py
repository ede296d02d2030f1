"""One line of a journal message: the stored bytes of one entry, and what ingest looks at.

Only the envelope is read. A payload that this version does not understand is a fact all the same:
it is stored, acknowledged and left to a later fold.
"""

import functools
import re
from typing import Annotated

import msgspec

from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import ENTRY_LIMIT, RecordError, entry_hash

_Seq = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Moment = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Hash = Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class _Envelope(msgspec.Struct, frozen=True, gc=False):
    entry_type: str
    edge_id: str
    epoch: str
    seq: _Seq
    prev_hash: _Hash
    organization_id: str
    retail_store_id: str
    occurred_at: _Moment


class Line(msgspec.Struct, frozen=True, gc=False):
    """One entry as it came; `hash` is of `data` and of nothing else."""

    edge_id: str
    epoch: str
    seq: int
    prev_hash: str
    organization: str
    store: str
    entry_type: str
    occurred_at: int
    hash: str
    data: bytes

    @property
    def topics(self) -> EdgeTopics:
        """The topics on which it has to come."""
        return EdgeTopics(self.organization, self.store, self.edge_id)

    def belongs_to(self, topics: EdgeTopics) -> bool:
        """Whether it names the edge of these topics."""
        return (
            self.edge_id == topics.edge
            and self.store == topics.store
            and self.organization == topics.organization
        )


_decoder = msgspec.json.Decoder(_Envelope)


def split(payload: bytes) -> list[bytes]:
    """Cut a payload at its line feeds; one at the end is accepted."""
    return payload.removesuffix(b"\n").split(b"\n")


def read_line(data: bytes) -> Line:
    """Read the envelope.

    Raises:
        RecordError: The bytes are no journal entry; the message says why.
    """
    if len(data) > ENTRY_LIMIT:
        raise RecordError(f"{len(data)} bytes; an entry has at most {ENTRY_LIMIT}")
    try:
        envelope = _decoder.decode(data)
        if not data.isascii():
            data.decode("utf-8")
        _check_epoch(envelope.epoch)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"no journal entry: {error}") from error
    return Line(
        envelope.edge_id,
        envelope.epoch,
        envelope.seq,
        envelope.prev_hash,
        envelope.organization_id,
        envelope.retail_store_id,
        envelope.entry_type,
        envelope.occurred_at,
        entry_hash(data),
        data,
    )


@functools.lru_cache(maxsize=4096)
def _check_epoch(epoch: str) -> None:
    """A pattern in the envelope would be matched for each entry, for a third of its decoding."""
    if not _ULID.fullmatch(epoch):
        raise RecordError(f"no journal entry: {epoch!r} is no ULID")
