"""How a fork ends: a person's decision becomes an entry in the office's own chain.

The chain has `edge_id` `office` and one epoch for each organization. A branch is booked as it
stands when the decision arrives, in the decision's place in the order of arrival. What comes of it
later waits for a decision of its own.
"""

import datetime as dt

from central_office.booking import book
from central_office.branches import Branch, branches
from central_office.errors import OfficeError
from central_office.lines import Line, read_line
from central_office.tables import Decision, Mark, Tables, Verdict
from edge_daemon.mqtt import OFFICE, EdgeTopics
from edge_daemon.records import JournalEntry, encode_entry, entry_hash, new_ulid
from edge_daemon.records.payloads import SystemEvent

_EVENTS = {Decision.ACCEPTED: "ForkAccepted", Decision.REJECTED: "ForkRejected"}


def decide(
    tables: Tables, place: tuple[str, str, str | None], verdict: Verdict, now_us: int
) -> Branch:
    """Decide about a branch (edge, epoch, name) and return it.

    Raises:
        OfficeError: Nothing waits there, or several branches do and none was named.
    """
    edge_id, epoch, _ = place
    tables.lock((edge_id, OFFICE))
    tables.lock_quarantine()
    branch = _chosen(branches(tables.undecided(edge_id, epoch)), place)
    mark = _own_mark(tables, branch.first.organization, now_us)
    fork = {
        "edge_id": edge_id,
        "epoch": epoch,
        "first_seq": branch.first.seq,
        "first_hash": branch.first.hash,
        "last_seq": branch.last.seq,
        "last_hash": branch.last.hash,
        "reason": verdict.reason,
    }
    own = [] if mark.up_to_seq else [_entry(mark, _FIRST, now_us)]
    own.append(
        _entry(mark, SystemEvent(event=_EVENTS[verdict.decision], fork=fork), now_us, verdict.by)
    )
    arrivals = tables.store(own, now_us)
    tables.decide(branch.waiting, verdict.decision, arrivals[-1])
    book(tables, list(zip(arrivals, own, strict=True)))
    tables.save_marks([mark])
    return branch


def _chosen(found: list[Branch], place: tuple[str, str, str | None]) -> Branch:
    edge_id, epoch, name = place
    chosen = [branch for branch in found if name is None or branch.name == name]
    if not chosen:
        raise OfficeError(f"Nothing of {edge_id} {epoch} waits: see central-office fork list.")
    if len(chosen) > 1:
        names = ", ".join(branch.name for branch in chosen)
        raise OfficeError(f"Several branches of {edge_id} {epoch} wait. Name one of {names}.")
    return chosen[0]


_FIRST = SystemEvent(event="EpochStart", reason="new_journal")


def _own_mark(tables: Tables, organization: str, now_us: int) -> Mark:
    for mark in tables.marks([OFFICE]):
        if mark.topics.organization == organization:
            return mark
    topics = EdgeTopics(organization, OFFICE, OFFICE)
    return Mark(topics=topics, epoch=new_ulid(now_us), first_at=now_us)


def _entry(mark: Mark, payload: SystemEvent, now_us: int, by: str | None = None) -> Line:
    """The next entry of the chain; `mark` moves to it."""
    entry = JournalEntry(
        entry_type=SystemEvent.__name__,
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
        operator_id=by,
        occurred_at=now_us,
        utc_offset_min=0,
        clock_state="synced",
        training=False,
        api_idempotency_key=None,
        payload=payload,
    )
    data = encode_entry(entry)
    mark.up_to_seq += 1
    mark.hash, mark.occurred_at = entry_hash(data), now_us
    mark.announced_seq = mark.up_to_seq
    return read_line(data)


def _day(now_us: int) -> str:
    moment = dt.datetime.fromtimestamp(now_us // 1_000_000, dt.UTC)
    return moment.date().isoformat()
