"""Walks every stored chain, the office's own too, and names the first entry that breaks each.

Everything is judged from the stored bytes: their SHA-256 against the column, their own edge,
epoch and `seq` against the columns beside them, their `prev_hash` against the bytes before, and
the end against the mark that was acknowledged.
"""

import itertools
import pathlib
from collections.abc import Iterable

import msgspec

from central_office.lines import read_line
from central_office.reading import Reader, open_reader
from edge_daemon.records import GENESIS_HASH, RecordError, entry_hash

_ENTRIES = "SELECT edge_id, epoch, seq, hash, data FROM entries ORDER BY edge_id, epoch, seq"
_MARKS = "SELECT edge_id, epoch, up_to_seq, hash FROM marks ORDER BY edge_id, epoch"

Chain = tuple[str, str]
Row = tuple[str, str, int, bytes, bytes]
End = tuple[int, str]


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """The first entry of a chain that is wrong or missing."""

    edge_id: str
    epoch: str
    seq: int
    problem: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        entries: How many are sound.
        chains: Epochs of edges, and of the office itself.
    """

    entries: int
    chains: int
    broken: tuple[Break, ...]


def verify(address: str | pathlib.Path) -> Verification:
    """Read every entry, at one moment.

    Raises:
        OfficeError: There is no such database.
    """
    with open_reader(address) as read:
        ends = {(row[0], row[1]): (row[2], row[3]) for row in read(_MARKS, ())}
        return _verify(read, ends)


def _verify(read: Reader, ends: dict[Chain, End]) -> Verification:
    sound, found = 0, set[Chain]()
    broken: list[Break] = []
    for (edge_id, epoch), rows in itertools.groupby(read(_ENTRIES, ()), lambda row: row[:2]):
        found.add((edge_id, epoch))
        end, problem = _walk(rows, ends.get((edge_id, epoch), (0, GENESIS_HASH)))
        sound += end
        if problem:
            broken.append(Break(edge_id=edge_id, epoch=epoch, seq=end + 1, problem=problem))
    for (edge_id, epoch), (up_to_seq, _) in ends.items():
        if up_to_seq and (edge_id, epoch) not in found:
            broken.append(Break(edge_id=edge_id, epoch=epoch, seq=1, problem="is missing"))
    return Verification(entries=sound, chains=len(found), broken=tuple(broken))


def _walk(rows: Iterable[Row], acknowledged: End) -> tuple[int, str | None]:
    """Up to where a chain is sound, and what is wrong with the next entry."""
    seq, digest = 0, GENESIS_HASH
    problem: str | None = None
    for row in rows:
        problem = problem or _wrong(row, seq + 1, digest)
        if problem is None:
            seq, digest = row[2], row[3].hex()
    if problem is None and acknowledged != (seq, digest):
        more = acknowledged[0] > seq
        problem = (
            "is missing: more was acknowledged" if more else "follows; the mark names another end"
        )
    return seq, problem


def _wrong(row: Row, seq: int, prev_hash: str) -> str | None:
    edge_id, epoch, stored_seq, digest, data = row
    if stored_seq != seq:
        return "is missing"
    if entry_hash(bytes(data)) != bytes(digest).hex():
        return "has other bytes than were hashed"
    try:
        line = read_line(bytes(data))
    except RecordError as error:
        return str(error)
    if (line.edge_id, line.epoch, line.seq) != (edge_id, epoch, seq):
        return "stands in another entry's place"
    return None if line.prev_hash == prev_hash else "does not link to the entry before it"
