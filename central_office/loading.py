"""Takes entries in from files: an export of a journal, or those of an invented chain.

Each line is an entry and names the box that wrote it, so the files are taken in as if the boxes had
sent them: what is there already is a duplicate, what does not link waits or is a fork.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator

import msgspec

from central_office.errors import OfficeError
from central_office.lines import read_line
from central_office.store import Store
from edge_daemon.records import RecordError

LINES_AT_ONCE = 64
MESSAGES_AT_ONCE = 16
Message = tuple[str, bytes]


class Loaded(msgspec.Struct, kw_only=True):
    """What was read, and how many boxes wait for a person or for what is missing."""

    entries: int = 0
    forked: int = 0
    waiting: int = 0


def load(store: Store, lines: Iterable[bytes], now_us: int, tell: Callable[[int], None]) -> Loaded:
    """Take lines in, some messages to a transaction.

    Args:
        store: Where to.
        lines: Each an entry, with or without its line feed.
        now_us: Microseconds since 1970 UTC.
        tell: Called with the number of bytes that are stored since the last call.

    Raises:
        OfficeError: A line is no entry, or the database failed; what came before is stored.
    """
    loaded, boxes = Loaded(), dict[tuple[str, str], tuple[bool, bool]]()
    messages = _messages(lines)
    while part := list(itertools.islice(messages, MESSAGES_AT_ONCE)):
        for one in store.take_in(part, now_us):
            boxes[one.topics.edge, one.epoch] = one.alarm is not None, one.missing is not None
        loaded.entries += sum(payload.count(b"\n") + 1 for _, payload in part)
        tell(sum(len(payload) + 1 for _, payload in part))
    loaded.forked = sum(forked for forked, _ in boxes.values())
    loaded.waiting = sum(waits for _, waits in boxes.values())
    return loaded


def _messages(lines: Iterable[bytes]) -> Iterator[Message]:
    """Lines of one box that follow each other, together."""
    for topic, group in itertools.groupby(map(_addressed, lines), lambda one: one[0]):
        waiting = iter(group)
        while part := list(itertools.islice(waiting, LINES_AT_ONCE)):
            yield topic, b"\n".join(data for _, data in part)


def _addressed(data: bytes) -> Message:
    data = data.rstrip(b"\n")
    try:
        return read_line(data).topics.journal, data
    except RecordError as error:
        raise OfficeError(f"This line is no entry ({error}): {data[:60]!r}.") from error
