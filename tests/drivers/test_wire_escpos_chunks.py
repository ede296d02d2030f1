"""Whatever comes, in whatever pieces, the reader neither fails nor loses a byte."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import escpos_commands as c
from drivers.wire.escpos import EscPosReader, read
from drivers.wire.escpos_description import describe
from drivers.wire.escpos_forms import FORMS
from drivers.wire.escpos_realtime import RealTimeScanner

PIECES = st.one_of(
    st.sampled_from([*FORMS, b"\x10\x04", b"\x10\x05", b"\x10\x14\x01", b"\x10\x14\x08"]),
    st.binary(max_size=12),
    st.binary(min_size=1, max_size=1),
)
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)
CUTS = st.lists(st.integers(0, 400), max_size=20)


def chunks(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return [data[start:end] for start, end in pairwise(edges)]


def read_in_chunks(data: bytes, cuts: list[int]) -> list[c.Command]:
    reader = EscPosReader()
    commands: list[c.Command] = []
    for chunk in chunks(data, cuts):
        reader.receive_data(chunk)
        commands += iter(reader.next_event, None)
    reader.end()
    commands += iter(reader.next_event, None)
    return commands


@given(STREAMS, CUTS)
def test_chunking_changes_nothing(data: bytes, cuts: list[int]) -> None:
    assert read_in_chunks(data, cuts) == read(data)


@given(STREAMS)
def test_byte_by_byte_changes_nothing(data: bytes) -> None:
    assert read_in_chunks(data, list(range(len(data)))) == read(data)


@given(STREAMS)
def test_every_byte_belongs_to_exactly_one_command(data: bytes) -> None:
    reader = EscPosReader()
    reader.receive_data(data)
    reader.end()
    ends = [0]
    while reader.next_event() is not None:
        ends.append(reader.position)
    assert ends[-1] == len(data)
    assert all(start < end for start, end in pairwise(ends))


@given(STREAMS)
def test_whatever_precedes_text_is_not_lost_for_ever(data: bytes) -> None:
    reader = EscPosReader()
    reader.receive_data(data)
    for _ in iter(reader.next_event, None):
        pass
    reader.discard()
    reader.receive_data(b"\x1b@")
    assert reader.next_event() == c.Initialize()


@given(STREAMS, CUTS)
def test_scanner_finds_the_same_commands_however_the_bytes_are_cut(
    data: bytes, cuts: list[int]
) -> None:
    whole = RealTimeScanner().receive_data(data)
    scanner, found, before = RealTimeScanner(), [], 0
    for chunk in chunks(data, cuts):
        found += [(before + at, command) for at, command in scanner.receive_data(chunk)]
        before += len(chunk)
    assert found == whole


@given(STREAMS)
def test_everything_can_be_described(data: bytes) -> None:
    descriptions = describe(data)
    assert sum(description["length"] for description in descriptions) == len(data)
