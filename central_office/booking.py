"""Books stored entries: runs the folds and writes what they give."""

from collections.abc import Iterable, Sequence

import msgspec

from central_office.folds import Entry, ResumeState, SalesRow, fold_resume, fold_sales, read
from central_office.lines import Line
from central_office.tables import Tables
from edge_daemon.mqtt import OFFICE
from edge_daemon.records import RecordError
from edge_daemon.records.payloads import SystemEvent

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ResumeState)


def book(tables: Tables, arrived: Sequence[tuple[int, Line]]) -> None:
    """Add stored entries, with their numbers of arrival, to the projections.

    One that no fold can read is remembered as such. A decision of the office that accepts a
    branch books that branch in its own place.
    """
    booking = _Booking(tables)
    booking.look_up({line.edge_id for _, line in arrived})
    for arrival, line in arrived:
        booking.add(arrival, line)
    booking.write()


class _Booking:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._sales: dict[tuple[str, str, str, str], tuple[int, int]] = {}
        self._resumes: dict[str, ResumeState] = {}

    def look_up(self, edges: Iterable[str]) -> None:
        """Read with what edges would go on, unless that was done already."""
        unknown = [edge_id for edge_id in edges if edge_id not in self._resumes]
        for edge_id, state in self._tables.resumes(unknown).items():
            self._resumes[edge_id] = _decoder.decode(state)

    def add(self, arrival: int, line: Line) -> None:
        entry = self._read(arrival, line)
        if line.edge_id == OFFICE:
            self._add_decision(arrival, entry)
            return
        fold_resume(self._resume(line.edge_id), line, entry)

    def write(self) -> None:
        rows = [SalesRow(*key, *total) for key, total in sorted(self._sales.items())]
        if rows:
            self._tables.add_sales(rows)
        states = sorted(self._resumes.items())
        self._tables.save_resumes([(edge, _encoder.encode(state)) for edge, state in states])

    def _read(self, arrival: int, line: Line) -> Entry | None:
        try:
            entry = read(line)
            row = None if entry is None else fold_sales(line, entry)
        except RecordError as error:
            self._tables.note_unfolded(line.organization, arrival, str(error))
            return None
        if row is not None:
            key = row[:4]
            sales, gross = self._sales.get(key, (0, 0))
            self._sales[key] = (sales + row.sales, gross + row.gross)
        return entry

    def _resume(self, edge_id: str) -> ResumeState:
        state = self._resumes.get(edge_id)
        if state is None:
            state = self._resumes[edge_id] = ResumeState()
        return state

    def _add_decision(self, arrival: int, entry: Entry | None) -> None:
        """The figures of an accepted branch count; its place in the chain does not."""
        match entry and entry.payload:
            case SystemEvent(event="ForkAccepted", fork={"edge_id": edge_id, "epoch": epoch}):
                self.look_up([edge_id])
                for line in self._tables.decided(edge_id, epoch, arrival):
                    booked = self._read(arrival, line)
                    if booked is not None:
                        outside = msgspec.structs.replace(line, seq=0, epoch="")
                        fold_resume(self._resume(edge_id), outside, booked)


def resume_message(state: bytes) -> bytes | None:
    """The retained message for an edge, from what is stored; None before its first entry."""
    known = _decoder.decode(state)
    return known.message() if known.epoch else None
