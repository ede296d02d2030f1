"""The 8217 dialogue's lines, against the manual's table and bytes that other drivers expect.

The status byte: PSC Magellan 8500 service manual, 6.1.4.3. The lines: 6.1.4.2, and what the scale
drivers of Odoo and pywebdriver read.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.toledo_8217 import Answer, AnswerReader, Status, Weight, encode_answer


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"\x0200.544\r", Weight(544)),
        (b"\x0201.235N\r", Weight(1235, net=True)),
        (b"\x02000.50\r", Weight(500)),
        (b"\x02   1.5\r", Weight(1500)),
        (b"\x02?A\r", Status(in_motion=True)),
        (b"\x02?B\r", Status(over_capacity=True)),
        (b"\x02?D\r", Status(under_zero=True)),
        (b"\x02?L\r", Status(under_zero=True, outside_zero_range=True)),
        (b"\x02?P\r", Status(center_of_zero=True)),
        (b"\x02?a\r", Status(in_motion=True, net=True)),
    ],
)
def test_lines_of_the_manual_are_read(line: bytes, answer: Answer) -> None:
    assert AnswerReader().receive_data(line) == [answer]


def test_parity_bit_that_was_handed_on_is_cut_off() -> None:
    with_parity = bytes(byte | (byte.bit_count() % 2) << 7 for byte in b"\x0200.544\r")
    assert with_parity != b"\x0200.544\r"
    assert AnswerReader().receive_data(with_parity) == [Weight(544)]


def test_answers_in_single_bytes_between_noise_are_read() -> None:
    reader = AnswerReader()
    answers = []
    for byte in b"\xff\x00x\x02?A\r\r\n\x0200.005\r":
        answers += reader.receive_data(bytes((byte,)))
    assert answers == [Status(in_motion=True), Weight(5)]


@pytest.mark.parametrize(
    "line", [b"\x02\r", b"\x021.2.3\r", b"\x02-0.10\r", b"\x02?AB\r", b"\x02" + b"0" * 40]
)
def test_line_that_is_no_answer_is_told_once_and_then_forgotten(line: bytes) -> None:
    reader = AnswerReader()
    with pytest.raises(WireError):
        reader.receive_data(line)
    assert reader.receive_data(b"\x0200.544\r") == [Weight(544)]


answers = st.builds(Weight, milli=st.integers(0, 99_999), net=st.booleans()) | st.builds(
    Status, *[st.booleans()] * 6
)


@given(st.lists(answers, max_size=4), st.integers(1, 7))
def test_answers_come_back_in_whatever_pieces(sent: list[Answer], size: int) -> None:
    wire = b"".join(map(encode_answer, sent))
    reader = AnswerReader()
    got: list[Answer] = []
    for start in range(0, len(wire), size):
        got += reader.receive_data(wire[start : start + size])
    assert got == sent


@given(st.lists(st.binary(max_size=20)))
def test_noise_raises_nothing_but_wire_errors(chunks: list[bytes]) -> None:
    reader = AnswerReader()
    for chunk in chunks:
        try:
            reader.receive_data(chunk)
        except WireError:
            continue


def test_weight_that_does_not_fit_is_refused() -> None:
    for milli, decimals in ((100_000, 3), (-5, 3), (5, 2)):
        with pytest.raises(WireError):
            encode_answer(Weight(milli), decimals)
    assert encode_answer(Weight(1500), 2) == b"\x02001.50\r"
