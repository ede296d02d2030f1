"""Framing of a serial scanner: any pieces, any noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.barcode import Dropped, DropReason, Message, ScanFraming, frame

EAN = b"8711000000007"


def test_scan_is_what_stands_before_the_suffix() -> None:
    assert ScanFraming().receive_data(EAN + b"\r") == [Message(EAN)]


def test_scan_is_complete_only_with_its_suffix() -> None:
    framing = ScanFraming()
    for byte in EAN:
        assert framing.receive_data(bytes([byte])) == []
        assert framing.unfinished
    assert framing.receive_data(b"\r") == [Message(EAN)]
    assert not framing.unfinished


def test_scans_that_arrive_together_keep_their_order() -> None:
    assert ScanFraming().receive_data(b"1\r2\r3\r") == [Message(b"1"), Message(b"2"), Message(b"3")]


@pytest.mark.parametrize("suffix", [b"\r", b"\n", b"\r\n"])
def test_line_ends_are_never_data(suffix: bytes) -> None:
    framing = ScanFraming(suffix=suffix)
    assert framing.receive_data(EAN + b"\r\n" + EAN + b"\r\n") == [Message(EAN), Message(EAN)]
    assert not framing.unfinished
    assert framing.receive_silence() == []


def test_separator_of_gs1_fields_is_kept() -> None:
    assert ScanFraming().receive_data(b"10AB\x1d21X\r") == [Message(b"10AB\x1d21X")]


def test_half_a_scan_is_dropped_after_a_silence() -> None:
    framing = ScanFraming()
    framing.receive_data(EAN[:8])
    assert framing.receive_silence() == [Dropped(DropReason.SILENCE, 8)]
    assert framing.receive_data(EAN + b"\r") == [Message(EAN)]


def test_silence_ends_a_scan_without_suffix() -> None:
    framing = ScanFraming(suffix=b"")
    assert framing.receive_data(EAN) == []
    assert framing.receive_silence() == [Message(EAN)]
    assert framing.receive_silence() == []


def test_noise_before_the_prefix_is_skipped() -> None:
    framing = ScanFraming(prefix=b"\x02")
    assert framing.receive_data(b"\xff\xfe\x02" + EAN + b"\r") == [Message(EAN)]


def test_scan_without_its_prefix_is_dropped() -> None:
    framing = ScanFraming(prefix=b"\x02")
    assert framing.receive_data(EAN + b"\r") == [Dropped(DropReason.NO_PREFIX, 13)]


def test_endless_noise_is_not_kept() -> None:
    framing = ScanFraming(max_length=100)
    for _ in range(1000):
        assert framing.receive_data(b"x" * 64) == []
    assert framing.receive_data(b"\r" + EAN + b"\r") == [
        Dropped(DropReason.TOO_LONG, 64_000),
        Message(EAN),
    ]


def test_silence_ends_endless_noise() -> None:
    framing = ScanFraming(max_length=10)
    framing.receive_data(b"x" * 11)
    assert framing.receive_silence() == [Dropped(DropReason.TOO_LONG, 11)]
    assert framing.receive_data(EAN[:10] + b"\r") == [Message(EAN[:10])]


@given(
    st.lists(st.binary(max_size=40), max_size=8),
    st.sampled_from([b"", b"\x02", b"]["]),
    st.sampled_from([b"\r", b"\r\n", b"\x03", b"xx"]),
    st.data(),
)
def test_pieces_make_no_difference(
    parts: list[bytes], prefix: bytes, suffix: bytes, data: st.DataObject
) -> None:
    stream = b"".join(frame(part, prefix=prefix, suffix=suffix) for part in parts)
    whole = ScanFraming(prefix=prefix, suffix=suffix, max_length=30)
    pieces = ScanFraming(prefix=prefix, suffix=suffix, max_length=30)
    expected = whole.receive_data(stream) + whole.receive_silence()
    events = []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        events += pieces.receive_data(stream[:cut])
        stream = stream[cut:]
    assert events + pieces.receive_silence() == expected


@given(st.lists(st.from_regex(rb"\A[ -~\x1d]{1,30}\Z"), max_size=8))
def test_what_a_scanner_frames_is_what_arrives(scans: list[bytes]) -> None:
    stream = b"".join(frame(scan, prefix=b"\x02", suffix=b"\x03") for scan in scans)
    assert ScanFraming(prefix=b"\x02", suffix=b"\x03").receive_data(stream) == [
        Message(scan) for scan in scans
    ]
