"""The office's own chain: what it does itself is an entry like any other.

The chain has `edge_id` `office` and one epoch for each organization. An act is stored, folded and
given its number of arrival in one transaction, as what an edge sends is.

Source: records.md 5.16; relay.md O14.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from central_office.booking import book
from central_office.lines import Line, read_line
from central_office.tables import Mark, Tables
from edge_daemon.mqtt import OFFICE, EdgeTopics
from edge_daemon.records import JournalEntry, encode_entry, entry_hash, new_ulid
from edge_daemon.records.payloads import Payload, SystemEvent

_FIRST = SystemEvent(event="EpochStart", reason="new_journal")


class Act(NamedTuple):
    """What the office does.

    Attributes:
        payload: What it states.
        by: Who did it; None where nobody has to be named.
        key: The ULID of the call that asked for it, where there was one.
    """

    payload: Payload
    by: str | None = None
    key: str | None = None


def lock_own_chain(tables: Tables, *others: str) -> None:
    """Keep every other worker from acting for the office until the transaction ends.

    Args:
        tables: Of the transaction.
        others: Edges that are locked with it, where the act is about them.
    """
    tables.lock((*others, OFFICE))


def store_acts(
    tables: Tables, organization: str, acts: Sequence[Act], now_us: int
) -> list[tuple[int, Line]]:
    """Add acts to the chain, behind `lock_own_chain`, and return their places; nothing is folded.

    The first act of an organization begins its chain.
    """
    mark = _own_mark(tables, organization, now_us)
    lines = [] if mark.up_to_seq else [_next(mark, Act(_FIRST), now_us)]
    lines += [_next(mark, act, now_us) for act in acts]
    arrivals = tables.store(lines, now_us)
    tables.save_marks([mark])
    return list(zip(arrivals, lines, strict=True))


def act(tables: Tables, organization: str, acts: Sequence[Act], now_us: int) -> list[int]:
    """Do acts: stored and folded when the transaction commits.

    Args:
        tables: Of the transaction.
        organization: Whose chain it is.
        acts: In order.
        now_us: Microseconds since 1970 UTC.

    Returns:
        Their numbers of arrival.
    """
    lock_own_chain(tables)
    stored = store_acts(tables, organization, acts, now_us)
    book(tables, [(arrival, now_us, line) for arrival, line in stored])
    return [arrival for arrival, _ in stored[-len(acts) :]]


def _own_mark(tables: Tables, organization: str, now_us: int) -> Mark:
    for mark in tables.marks([OFFICE]):
        if mark.topics.organization == organization:
            return mark
    topics = EdgeTopics(organization, OFFICE, OFFICE)
    return Mark(topics=topics, epoch=new_ulid(now_us), first_at=now_us)


def _next(mark: Mark, what: Act, now_us: int) -> Line:
    """The next entry of the chain; `mark` moves to it."""
    entry = JournalEntry(
        entry_type=type(what.payload).__name__,
        entry_id=new_ulid(now_us),
        edge_id=OFFICE,
        epoch=mark.epoch,
        seq=mark.up_to_seq + 1,
        prev_hash=mark.hash,
        organization_id=mark.topics.organization,
        retail_store_id=OFFICE,
        workstation_id=OFFICE,
        business_day_date=_day(now_us),
        till_session_id=None,
        operator_id=what.by,
        occurred_at=now_us,
        utc_offset_min=0,
        clock_state="synced",
        training=False,
        api_idempotency_key=what.key,
        payload=what.payload,
    )
    data = encode_entry(entry)
    mark.up_to_seq += 1
    mark.hash, mark.occurred_at = entry_hash(data), now_us
    mark.announced_seq = mark.up_to_seq
    return read_line(data)


def _day(now_us: int) -> str:
    moment = dt.datetime.fromtimestamp(now_us // 1_000_000, dt.UTC)
    return moment.date().isoformat()
