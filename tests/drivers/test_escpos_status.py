import pytest
from escpos import constants  # type: ignore[import-untyped]  # carries no types
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.escpos_status import (
    AUTOMATIC_STATUS_ON,
    CLEAR_BUFFER,
    PAPER_STATUS_REQUEST,
    RECOVER,
    Answer,
    AutomaticStatus,
    BufferCleared,
    Noise,
    PaperStatus,
    PrinterCondition,
    PrinterFault,
    ProcessIdAnswer,
    RealTimeStatus,
    StatusStream,
    automatic_condition,
    process_id_request,
    pulse,
    real_time_condition,
    real_time_pulse,
    real_time_request,
)

READY = PrinterCondition(
    online=True,
    cover_open=False,
    rec_empty=False,
    rec_near_end=False,
    drawer_level=False,
    fault=PrinterFault(0),
)
OK = 0x12
"""What every real-time status is when nothing is the matter."""


def changed(**fields: object) -> PrinterCondition:
    return PrinterCondition(**(vars(READY) | fields))


# Epson TM-T88III specification, tables of DLE EOT; the masks of paper and online are also
# python-escpos's: RT_MASK_PAPER, RT_MASK_LOWPAPER, RT_MASK_NOPAPER, RT_MASK_ONLINE.
REAL_TIME = [
    ((OK, OK, OK, OK), READY),
    ((0x16, OK, OK, OK), changed(drawer_level=True)),
    ((0x1A, 0x16, OK, OK), changed(online=False, cover_open=True)),
    ((OK, OK, OK, 0x1E), changed(rec_near_end=True)),
    ((0x1A, 0x32, OK, 0x7E), changed(online=False, rec_empty=True, rec_near_end=True)),
    ((0x1A, 0x32, OK, OK), changed(online=False, rec_empty=True)),
    ((0x1A, 0x52, 0x1A, OK), changed(online=False, fault=PrinterFault.CUTTER)),
    ((0x1A, 0x52, 0x16, OK), changed(online=False, fault=PrinterFault.MECHANICAL)),
    ((0x1A, 0x52, 0x32, OK), changed(online=False, fault=PrinterFault.UNRECOVERABLE)),
    ((0x1A, 0x52, 0x52, OK), changed(online=False, fault=PrinterFault.PAUSE)),
    ((0x1A, 0x52, OK, OK), changed(online=False, fault=PrinterFault.MECHANICAL)),
    ((0x5A, 0x1A, OK, OK), changed(online=False)),
]

# Epson TM-T88III specification, tables of GS a; the fourth byte is not used there, and 0F on
# later models.
AUTOMATIC = [
    ("10 00 00 00", READY),
    ("10 00 00 0f", READY),
    ("14 00 00 0f", changed(drawer_level=True)),
    ("38 00 00 0f", changed(online=False, cover_open=True)),
    ("10 00 03 0f", changed(rec_near_end=True)),
    ("18 00 0f 0f", changed(online=False, rec_empty=True, rec_near_end=True)),
    ("18 08 00 0f", changed(online=False, fault=PrinterFault.CUTTER)),
    ("18 04 00 0f", changed(online=False, fault=PrinterFault.MECHANICAL)),
    ("18 20 00 0f", changed(online=False, fault=PrinterFault.UNRECOVERABLE)),
    ("18 40 00 0f", changed(online=False, fault=PrinterFault.PAUSE)),
    ("58 00 00 0f", changed(online=False)),
]


def received(data: str, *, asked: tuple[int, ...] = (), paper: int = 0) -> list[Answer]:
    stream = StatusStream()
    stream.expect_real_time(*asked)
    for _ in range(paper):
        stream.expect_paper_status()
    return stream.receive_data(bytes.fromhex(data))


@pytest.mark.parametrize(("answers", "condition"), REAL_TIME)
def test_four_real_time_answers_are_one_condition(
    answers: tuple[int, int, int, int], condition: PrinterCondition
) -> None:
    assert real_time_condition(*answers) == condition


@pytest.mark.parametrize(("status", "condition"), AUTOMATIC)
def test_automatic_status_is_one_condition(status: str, condition: PrinterCondition) -> None:
    assert automatic_condition(bytes.fromhex(status)) == condition
    assert received(status) == [AutomaticStatus(condition)]


def test_paper_and_online_agree_with_python_escpos() -> None:
    low, none = constants.RT_MASK_LOWPAPER, constants.RT_MASK_NOPAPER
    assert real_time_condition(OK, OK, OK, low).rec_near_end
    assert not real_time_condition(OK, OK, OK, low).rec_empty
    assert real_time_condition(OK, OK, OK, none).rec_empty
    assert not real_time_condition(OK | constants.RT_MASK_ONLINE, OK, OK, OK).online


def test_requests_are_those_of_the_command_reference() -> None:
    assert real_time_request(1) == constants.RT_STATUS_ONLINE
    assert real_time_request(4) == constants.RT_STATUS_PAPER
    assert process_id_request(b"0042") == bytes.fromhex("1d 28 48 06 00 30 30 30 30 34 32")
    assert bytes.fromhex("10 14 08 01 03 14 01 06 02 08") == CLEAR_BUFFER
    assert bytes.fromhex("10 05 02") == RECOVER
    assert bytes.fromhex("1d 72 01") == PAPER_STATUS_REQUEST
    assert bytes.fromhex("1d 61 0f") == AUTOMATIC_STATUS_ON


@pytest.mark.parametrize(
    ("pin", "on_ms", "off_ms", "command"),
    [
        (2, 100, 100, "1b 70 00 32 32"),
        (5, 50, 500, "1b 70 01 19 fa"),
        (2, 1, 9999, "1b 70 00 01 ff"),
        (2, 101, 103, "1b 70 00 33 34"),
    ],
)
def test_buffered_pulse_counts_in_two_milliseconds(
    pin: int, on_ms: int, off_ms: int, command: str
) -> None:
    assert pulse(pin, on_ms, off_ms) == bytes.fromhex(command)


def test_buffered_pulse_is_the_one_of_python_escpos() -> None:
    assert pulse(2, 50, 50)[:3] == constants.ESC + b"p" + bytes((0,))


@pytest.mark.parametrize(
    ("pin", "on_ms", "command"),
    [
        (2, 100, "10 14 01 00 01"),
        (5, 200, "10 14 01 01 02"),
        (2, 101, "10 14 01 00 02"),
        (2, 1, "10 14 01 00 01"),
        (2, 5000, "10 14 01 00 08"),
    ],
)
def test_real_time_pulse_counts_in_tenths_of_a_second(pin: int, on_ms: int, command: str) -> None:
    assert real_time_pulse(pin, on_ms) == bytes.fromhex(command)


def test_real_time_answers_belong_to_the_questions_in_their_order() -> None:
    assert received("12 16 1a 7e", asked=(1, 2, 3, 4)) == [
        RealTimeStatus(1, 0x12),
        RealTimeStatus(2, 0x16),
        RealTimeStatus(3, 0x1A),
        RealTimeStatus(4, 0x7E),
    ]


def test_real_time_answer_that_nobody_asked_for_is_noise() -> None:
    assert received("12 12", asked=(1,)) == [RealTimeStatus(1, 0x12), Noise(b"\x12")]


def test_answers_of_all_kinds_are_told_apart_in_one_stream() -> None:
    data = "14 00 03 0f 12 37 22 30 30 34 32 00 00 37 25 00"
    assert received(data, asked=(1,), paper=1) == [
        AutomaticStatus(changed(drawer_level=True, rec_near_end=True)),
        RealTimeStatus(1, 0x12),
        ProcessIdAnswer(b"0042"),
        PaperStatus(0x00),
        BufferCleared(),
    ]


def test_zero_inside_an_automatic_status_is_no_paper_status() -> None:
    assert received("10 00 00 00", paper=1) == [AutomaticStatus(READY)]


def test_paper_status_is_noise_when_nobody_asked() -> None:
    assert received("0f", paper=0) == [Noise(b"\x0f")]


def test_cleared_buffer_answers_no_paper_question_any_more() -> None:
    assert received("37 25 00 00", paper=2) == [BufferCleared(), Noise(b"\x00")]


def test_flow_control_of_serial_lines_is_skipped_everywhere() -> None:
    assert received("13 10 00 11 00 0f 37 13 22 41 42 43 44 11 00") == [
        AutomaticStatus(READY),
        ProcessIdAnswer(b"ABCD"),
    ]


@pytest.mark.parametrize(
    "broken",
    ["37 22 30 30 34 32 01", "37 22 30 30 1f", "37 26", "37 25 01", "10 00 90", "18 10", "ff"],
)
def test_answer_behind_a_broken_one_is_still_found(broken: str) -> None:
    *noise, answer = received(f"{broken} 37 22 41 42 43 44 00")
    assert answer == ProcessIdAnswer(b"ABCD")
    assert all(isinstance(dropped, Noise) for dropped in noise)


@given(st.binary(max_size=40), st.integers(0, 3), st.integers(0, 3))
def test_noise_is_never_refused_and_hides_no_process_id(
    noise: bytes, asked: int, paper: int
) -> None:
    stream = StatusStream()
    stream.expect_real_time(*range(1, asked + 1))
    for _ in range(paper):
        stream.expect_paper_status()
    answers = stream.receive_data(noise + bytes.fromhex("37 22 7e 7d 7c 7b 00"))
    assert answers[-1] == ProcessIdAnswer(b"~}|{")


@given(st.lists(st.binary(max_size=8)))
def test_cut_into_chunks_changes_nothing(chunks: list[bytes]) -> None:
    in_chunks, at_once = StatusStream(), StatusStream()
    for stream in (in_chunks, at_once):
        stream.expect_real_time(1, 2, 3, 4)
        stream.expect_paper_status()
    answers = [answer for chunk in chunks for answer in in_chunks.receive_data(chunk)]
    assert answers == at_once.receive_data(b"".join(chunks))


MESSAGES = st.sampled_from(
    [
        ("12", RealTimeStatus(1, 0x12)),
        ("7e", RealTimeStatus(1, 0x7E)),
        ("38 00 0f 0f", AutomaticStatus(automatic_condition(bytes.fromhex("38000f0f")))),
        ("37 22 37 22 25 30 00", ProcessIdAnswer(b'7"%0')),
    ]
)


@given(st.lists(MESSAGES, max_size=12), st.data())
def test_every_answer_is_found_however_it_is_cut(
    messages: list[tuple[str, Answer]], data: st.DataObject
) -> None:
    stream = StatusStream()
    stream.expect_real_time(*[1] * len(messages))
    wire = b"".join(bytes.fromhex(sent) for sent, _ in messages)
    answers: list[Answer] = []
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        answers += stream.receive_data(wire[:size])
        wire = wire[size:]
    assert answers == [answer for _, answer in messages]
