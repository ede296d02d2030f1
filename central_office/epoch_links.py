"""Whether a new epoch goes on where the office knows that the edge ended."""

from collections.abc import Sequence

from central_office.lines import Line
from central_office.tables import Mark, Tables
from edge_daemon.records import RecordError, decode_entry
from edge_daemon.records.payloads import SystemEvent

ULID_LENGTH = 26


def check_link(tables: Tables, first: Line, mark: Mark, others: Sequence[Mark]) -> None:
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
    if linked is None or event is None:
        if any(other.up_to_seq for other in others):
            mark.link_alarm = "The epoch links to none, and the office holds an earlier one."
        return
    link = (linked, event.previous_seq, event.previous_hash)
    mark.link_alarm = _wrong(tables, link, others)


def _wrong(
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
        return f"The epoch goes on from entry {seq} of {epoch}; the office holds up to {held}."
    known = [*tables.quarantined_hashes(edge_id, epoch, seq), tables.hash_at(edge_id, epoch, seq)]
    if seq == held and digest not in known:
        return f"The epoch goes on from another entry {seq} of {epoch} than the office holds."
    return None
