"""Whether a new epoch goes on where the office knows that the edge ended, and at a likely time.

What the alarms mean for a person:

    links to none               the card was lost, and the box began blank without the office's word
    goes on from before the end an old image of the card is in use
    a second one from there     two boxes with one card, or an old image that sold on
    links to what is unknown    another box bears the name, or the office was restored from a backup
    an earlier or a later time  the box began with a wrong clock
"""

import datetime as dt
from collections.abc import Sequence

from central_office.lines import Line
from central_office.tables import Mark, Tables
from edge_daemon.records import RecordError, decode_entry
from edge_daemon.records.payloads import SystemEvent

ULID_LENGTH = 26
CLOCK_SLACK_US = 10 * 60 * 1_000_000
"""Two clocks that nobody keeps in step may differ by this."""


def check_link(
    tables: Tables, first: Line, mark: Mark, others: Sequence[Mark], now_us: int
) -> None:
    """Note in `mark`, the epoch's of its `first` entry, what it links to and what is wrong.

    The entries of a new epoch are facts whatever they link to: this never refuses one.

    `others` are the marks of the edge's other epochs.
    """
    try:
        payload = decode_entry(first.data).payload
    except RecordError:
        payload = None
    event = payload if isinstance(payload, SystemEvent) else None
    linked = event.previous_epoch if event and event.event == "EpochStart" else None
    mark.previous_epoch = linked[:ULID_LENGTH] if linked else None
    alarms = [_wrong_clock(first, others, now_us)]
    if linked is not None and event is not None:
        link = (linked, event.previous_seq, event.previous_hash)
        alarms.append(_wrong_link(tables, link, others))
    elif any(other.up_to_seq for other in others):
        alarms.append(
            "The epoch links to none, and the office holds an earlier one: the card was lost."
        )
    mark.link_alarm = " ".join(filter(None, alarms)) or None


def _wrong_link(
    tables: Tables, link: tuple[str, int | None, str | None], others: Sequence[Mark]
) -> str | None:
    epoch, seq, digest = link
    linked = next((other for other in others if other.epoch == epoch), None)
    if linked is None:
        return f"The epoch links to {epoch}, of which the office holds nothing." if others else None
    if any(other.previous_epoch == epoch for other in others):
        return f"Another epoch already goes on from {epoch}: two boxes, or an old card."
    edge_id = linked.topics.edge
    held = max(linked.up_to_seq, tables.last_quarantined(edge_id, epoch))
    if seq is None or seq < held:
        return (
            f"The epoch goes on from entry {seq} of {epoch}, and the office holds up to {held}: "
            "an old card is in use."
        )
    known = [*tables.quarantined_hashes(edge_id, epoch, seq), tables.hash_at(edge_id, epoch, seq)]
    if seq == held and digest not in known:
        return f"The epoch goes on from another entry {seq} of {epoch} than the office holds."
    return None


def _wrong_clock(first: Line, others: Sequence[Mark], now_us: int) -> str | None:
    known = [other.occurred_at for other in others if other.occurred_at is not None]
    if known and first.occurred_at < max(known) - CLOCK_SLACK_US:
        return (
            f"The epoch began at {_moment(first.occurred_at)}, before what happened at "
            f"{_moment(max(known))}: the box's clock was wrong."
        )
    if first.occurred_at > now_us + CLOCK_SLACK_US:
        return (
            f"The epoch began at {_moment(first.occurred_at)}, which is to come: look at its clock."
        )
    return None


def _moment(moment_us: int) -> str:
    """Any number is a moment to a box; the calendar ends."""
    try:
        moment = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=moment_us)
    except OverflowError:
        return f"{moment_us} us"
    return f"{moment:%Y-%m-%d %H:%M} UTC"
