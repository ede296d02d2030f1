"""Bytes of the commands: Epson ESC/POS Command Reference, DLE EOT, DLE ENQ, DLE DC4."""

import pytest

from drivers.wire.escpos_commands import (
    ClearBuffer,
    Command,
    Function,
    PowerOff,
    RealTimePulse,
    RealTimeRequest,
    RealTimeStatus,
)
from drivers.wire.escpos_realtime import RealTimeScanner

CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")


@pytest.mark.parametrize(
    ("data", "command"),
    [
        ("10 04 01", RealTimeStatus(1)),
        ("10 04 04", RealTimeStatus(4)),
        ("10 04 07 01", Function("DLE EOT", b"\x07\x01")),
        ("10 05 02", RealTimeRequest(2)),
        ("10 14 01 00 01", RealTimePulse(pin=2, duration_ms=100)),
        ("10 14 01 01 08", RealTimePulse(pin=5, duration_ms=800)),
        ("10 14 02 01 08", PowerOff()),
        ("10 14 08 01 03 14 01 06 02 08", ClearBuffer()),
        ("10 14 08 01 03 14 01 06 02 09", Function("DLE DC4", b"\x08\x01\x03\x14\x01\x06\x02\x09")),
        ("10 14 01 02 01", Function("DLE DC4", b"\x01\x02\x01")),
    ],
)
def test_command_is_found(data: str, command: Command) -> None:
    raw = bytes.fromhex(data)
    assert RealTimeScanner().receive_data(raw) == [(len(raw), command)]


def test_command_is_found_between_and_inside_other_commands() -> None:
    image = b"\x1dv0\x00\x03\x00\x01\x00\x10\x04\x02"
    found = RealTimeScanner().receive_data(b"text\x10\x04\x01" + image + b"\x10" + CLEAR)
    assert found == [(7, RealTimeStatus(1)), (18, RealTimeStatus(2)), (29, ClearBuffer())]


def test_command_is_found_across_chunks() -> None:
    scanner = RealTimeScanner()
    assert scanner.receive_data(b"x\x10") == []
    assert scanner.receive_data(b"\x04") == []
    assert scanner.receive_data(b"\x03y") == [(1, RealTimeStatus(3))]


def test_nothing_else_is_kept() -> None:
    scanner = RealTimeScanner()
    assert scanner.receive_data(b"\x10\x10\x11" * 100_000) == []
    assert scanner.receive_data(b"\x04\x01") == []
