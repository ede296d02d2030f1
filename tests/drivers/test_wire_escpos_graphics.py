import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError, escpos
from drivers.wire import escpos_marks as m
from drivers.wire.escpos_graphics import (
    KEY_CODES_REQUEST,
    define_nv_graphics,
    key_of,
    print_nv_graphics,
)
from drivers.wire.escpos_status import KeyCodes, Noise, RealTimeStatus, StatusStream

# Epson ESC/POS Command Reference, GS ( L fn 64: "1D 28 4C 04 00 30 40 4B 43"; the answer 37 72
# 40h or 41h, 2 to 80 bytes of key codes, 00; without any, no bytes between.
ASKED = bytes.fromhex("1d284c040030404b43")
LIST = bytes.fromhex("3772404142434400")


def heard(data: bytes, size: int = 1) -> list[object]:
    stream = StatusStream()
    stream.expect_key_codes()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return [answer for chunk in chunks for answer in stream.receive_data(chunk)]


def test_question_is_as_in_the_reference() -> None:
    assert KEY_CODES_REQUEST == ASKED
    assert escpos.read(ASKED) == [m.TransmitKeyCodes()]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_keys_are_read_in_whatever_pieces_they_arrive(size: int) -> None:
    assert heard(LIST, size) == [KeyCodes(frozenset({b"AB", b"CD"}), more=False)]
    assert heard(bytes.fromhex("37724000"), size) == [KeyCodes(frozenset(), more=False)]
    assert heard(bytes.fromhex("377241202100"), size) == [KeyCodes(frozenset({b" !"}), more=True)]


def test_list_that_nobody_asked_for_is_noise() -> None:
    stream = StatusStream()
    answers = stream.receive_data(LIST)
    assert answers
    assert all(isinstance(answer, Noise | RealTimeStatus) for answer in answers)


def test_what_is_no_list_does_not_hold_up_the_list_behind_it() -> None:
    for broken in (b"7r@ABC\x12", b"7r\x00", b"7rB", b"7r@" + b"AB" * 41):
        assert heard(broken + LIST)[-1] == KeyCodes(frozenset({b"AB", b"CD"}), more=False)


@given(st.integers(1, 80), st.integers(1, 40))
def test_image_is_read_as_it_was_written(row: int, height: int) -> None:
    rows = bytes(row * height)
    key = key_of(row * 8, rows)
    assert escpos.read(define_nv_graphics(key, row * 8, height, rows)) == [
        m.DefineNvGraphics(key, row * 8, height, rows)
    ]
    assert escpos.read(print_nv_graphics(key)) == [m.PrintNvGraphics(key, 1, 1)]
    assert all(0x20 <= byte <= 0x7E for byte in key)


def test_image_that_is_too_long_for_the_short_form_takes_the_long_one() -> None:
    rows = bytes(72 * 1000)
    command = define_nv_graphics(b"AB", 576, 1000, rows)
    assert command.startswith(b"\x1d8L")
    assert escpos.read(command) == [m.DefineNvGraphics(b"AB", 576, 1000, rows)]


def test_other_dots_have_another_key() -> None:
    keys = {key_of(576, bytes((number,)) * 72) for number in range(200)}
    assert len(keys) > 190


@given(st.binary(max_size=120))
def test_noise_behind_the_question_never_breaks_the_stream(data: bytes) -> None:
    with contextlib.suppress(WireError):
        heard(b"7r" + data, 7)
        heard(data)
