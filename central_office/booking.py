"""Books stored entries: runs the folds and writes what they give."""

from collections.abc import Iterable, Sequence

import msgspec

from central_office.erasing import without_erased
from central_office.folds import (
    NUMBER_LIMIT,
    Entry,
    Place,
    ResumeState,
    Sheet,
    fold,
    fold_resume,
    read,
    till_of,
)
from central_office.lines import Line
from central_office.moments import moment_of
from central_office.projections import RESUMES, UNFOLDED
from central_office.settling import settle
from central_office.tables import Tables
from edge_daemon.mqtt import OFFICE
from edge_daemon.records import RecordError
from edge_daemon.records.payloads import PAYLOADS, SystemEvent

WHY_LIMIT = 500
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ResumeState)


def book(tables: Tables, arrived: Sequence[tuple[int, int, Line]]) -> None:
    """Add stored entries, with their numbers of arrival and its moments, to the projections.

    One that no fold can read is remembered as such. A decision of the office that accepts a
    branch books that branch in its own place.
    """
    booking = _Booking(tables)
    booking.look_up({line.edge_id for *_, line in arrived if line.edge_id != OFFICE})
    for arrival, received_at, line in arrived:
        booking.add(arrival, received_at, line)
    booking.write()


class _Booking:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._sheet = Sheet()
        self._resumes: dict[str, ResumeState] = {}

    def look_up(self, edges: Iterable[str]) -> None:
        """Read with what edges would go on, unless that was done already."""
        unknown = [edge_id for edge_id in edges if edge_id not in self._resumes]
        for edge_id, state in self._tables.resumes(unknown).items():
            self._resumes[edge_id] = _decoder.decode(state)

    def add(self, arrival: int, received_at: int, line: Line) -> None:
        entry = self._read(line, (arrival, 0))
        if line.edge_id == OFFICE:
            if entry is not None:
                fold(self._sheet, _place(line, (arrival, 0), received_at), entry)
                self._add_decision(arrival, received_at, entry)
            return
        state = self._resume(line.edge_id)
        if entry is not None:
            number = _z_number(state, till_of(entry))
            fold(self._sheet, _place(line, (arrival, 0), received_at, number), entry)
        fold_resume(state, line, entry)

    def write(self) -> None:
        for edge_id, state in self._resumes.items():
            self._sheet.put(RESUMES, (edge_id,), (_encoder.encode(state),))
        self._tables.write(without_erased(self._tables, self._sheet.rows()))
        self._tables.write(settle(self._tables, self._sheet))

    def _read(self, line: Line, order: tuple[int, int]) -> Entry | None:
        try:
            entry = read(line)
        except RecordError as error:
            self._keep_unread(line, order, str(error))
            return None
        if entry is None and line.entry_type not in PAYLOADS:
            self._keep_unread(line, order, f"no entry of this version: {line.entry_type}")
        return entry

    def _keep_unread(self, line: Line, order: tuple[int, int], why: str) -> None:
        text = why.replace("\0", "\ufffd")[:WHY_LIMIT]
        self._sheet.put(UNFOLDED, (line.organization, *order), (text,))

    def _resume(self, edge_id: str) -> ResumeState:
        state = self._resumes.get(edge_id)
        if state is None:
            state = self._resumes[edge_id] = ResumeState()
        return state

    def _add_decision(self, arrival: int, received_at: int, entry: Entry) -> None:
        """The figures of an accepted branch count; its place in the chain does not.

        They belong to none of the periods that the tills' own Z close.
        """
        match entry.payload:
            case SystemEvent(event="ForkAccepted", fork={"edge_id": edge_id, "epoch": epoch}):
                self.look_up([edge_id])
                for part, line in enumerate(self._tables.decided(edge_id, epoch, arrival), 1):
                    booked = self._read(line, (arrival, part))
                    if booked is not None:
                        place = _place(line, (arrival, part), received_at)
                        fold(self._sheet, place, booked)
                        outside = msgspec.structs.replace(line, seq=0, epoch="")
                        fold_resume(self._resume(edge_id), outside, booked)


def _place(line: Line, order: tuple[int, int], received_at: int, z_number: int = 0) -> Place:
    moment = moment_of(line.occurred_at, received_at, sum(order))
    return Place(line.organization, line.store, line.edge_id, *order, moment, z_number)


def _z_number(state: ResumeState, workstation: str) -> int:
    """The number that the running period's Z will have."""
    numbers = state.workstations.get(workstation)
    number = (numbers.next_z_number if numbers else None) or 1
    return number if 0 < number < NUMBER_LIMIT else 0


def resume_message(state: bytes) -> bytes | None:
    """The retained message for an edge, from what is stored; None before its first entry."""
    known = _decoder.decode(state)
    return known.message() if known.epoch else None
