"""The serial line without a line: what goes out for what comes in, and when."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.wire.zvt.line import AGAIN_SECONDS, REPEATS, T1, T2, SerialLine, Trouble
from tests.drivers.zvt_vectors import vectors

ACK, NAK = b"\x06", b"\x15"
ENQUIRY = bytes.fromhex("050103123456")
ENQUIRY_BLOCK = bytes.fromhex("10020501031234561003e043")
PRINT_BLOCK = bytes.fromhex("100206d11900476573616d742020202020203020202020202020302c30301003b5ab")
POSITIVE_BLOCK = bytes.fromhex("10028000001003f51f")
AUTHORIZATION_BLOCK = bytes.fromhex("100206010a040000000110100049097810" + "03f2ff")
"""Doubles a DLE in its amount; from PA00P016."""


def delivered(line: SerialLine) -> list[bytes]:
    found = []
    while (apdu := line.next_event()) is not None:
        found.append(apdu)
    return found


@pytest.mark.parametrize("vector", vectors("zvt-serial-frame"), ids=lambda v: v["name"])
def test_block_is_acknowledged_and_delivered(vector: dict[str, str]) -> None:
    line = SerialLine()
    line.receive_data(bytes.fromhex(vector["hex"]), 0.0)
    assert line.data_to_send() == ACK
    assert delivered(line) == [bytes.fromhex(vector["apdu"])]


def test_block_of_ours_is_the_manuals() -> None:
    line = SerialLine()
    line.send(ENQUIRY, 0.0)
    assert line.data_to_send() == ENQUIRY_BLOCK
    assert line.ack_deadline == T2
    line.receive_data(ACK, 0.1)
    assert not line.awaits_ack
    assert line.ack_deadline is None
    assert line.data_to_send() == b""


def test_doubled_dle_of_the_manuals_example_is_one() -> None:
    line = SerialLine()
    line.receive_data(AUTHORIZATION_BLOCK, 0.0)
    assert delivered(line) == [bytes.fromhex("06010a04000000011000490978")]


def test_broken_checksum_gets_a_nak_and_the_repeat_is_taken() -> None:
    line = SerialLine()
    line.receive_data(ENQUIRY_BLOCK[:-1] + b"\x00", 0.0)
    assert (line.data_to_send(), delivered(line)) == (NAK, [])
    line.receive_data(ENQUIRY_BLOCK, 0.1)
    assert (line.data_to_send(), delivered(line)) == (ACK, [ENQUIRY])


def test_block_that_stops_for_t1_gets_a_nak_and_its_rest_is_noise() -> None:
    line = SerialLine()
    line.receive_data(PRINT_BLOCK[:5], 10.0)
    assert line.block_deadline == 10.0 + T1
    line.time_passed(10.0 + T1)
    assert line.data_to_send() == NAK
    line.receive_data(PRINT_BLOCK[5:] + ACK + NAK, 10.5)
    assert (line.data_to_send(), delivered(line)) == (b"", [])
    line.receive_data(PRINT_BLOCK, 10.6)
    assert line.data_to_send() == ACK
    assert len(delivered(line)) == 1


def test_acknowledgement_in_the_rest_of_a_broken_block_is_not_believed() -> None:
    line = SerialLine()
    line.receive_data(PRINT_BLOCK[:5], 0.0)
    line.time_passed(T1)
    line.data_to_send()
    line.send(ENQUIRY, 1.0)
    line.receive_data(ACK, 1.0)
    assert line.awaits_ack


def test_t1_counts_from_the_last_byte() -> None:
    line = SerialLine()
    for place, byte in enumerate(ENQUIRY_BLOCK):
        line.receive_data(bytes([byte]), place * 0.19)
        line.time_passed(place * 0.19 + 0.18)
    assert (line.data_to_send(), delivered(line)) == (ACK, [ENQUIRY])
    assert line.block_deadline is None


def test_silence_for_t2_and_nak_repeat_the_same_block_twice_and_then_the_line_has_failed() -> None:
    line = SerialLine()
    line.send(ENQUIRY, 0.0)
    sent = line.data_to_send()
    line.time_passed(T2)
    line.receive_data(NAK, T2 + 1)
    assert line.data_to_send() == sent * REPEATS
    line.time_passed(2 * T2 + 1)
    assert line.data_to_send() == b""
    assert line.trouble is Trouble.FAILED
    assert not line.awaits_ack


def test_block_whose_ack_was_lost_is_acknowledged_again_and_not_taken_twice() -> None:
    line = SerialLine()
    line.receive_data(POSITIVE_BLOCK, 0.0)
    line.receive_data(POSITIVE_BLOCK, 5.0)
    assert line.data_to_send() == ACK * 2
    assert delivered(line) == [bytes.fromhex("800000")]


def test_equal_block_long_after_the_last_repeat_is_a_new_one() -> None:
    line = SerialLine()
    line.receive_data(POSITIVE_BLOCK, 0.0)
    line.receive_data(POSITIVE_BLOCK, AGAIN_SECONDS)
    assert len(delivered(line)) == 1
    line.receive_data(POSITIVE_BLOCK, AGAIN_SECONDS + 1)
    assert len(delivered(line)) == 1
    line.receive_data(POSITIVE_BLOCK, AGAIN_SECONDS + 6)
    assert delivered(line) == []


def test_equal_block_after_an_answer_of_ours_is_a_new_one() -> None:
    line = SerialLine()
    line.receive_data(PRINT_BLOCK, 0.0)
    line.send(bytes.fromhex("800000"), 0.1)
    line.receive_data(ACK + PRINT_BLOCK, 0.2)
    assert len(delivered(line)) == 2


def test_equal_block_while_our_answer_is_under_way_is_a_repeat() -> None:
    line = SerialLine()
    line.receive_data(PRINT_BLOCK, 0.0)
    line.send(bytes.fromhex("800000"), 0.1)
    line.receive_data(PRINT_BLOCK + ACK, 0.2)
    assert len(delivered(line)) == 1


def test_acknowledgement_that_nobody_awaits_is_nothing() -> None:
    line = SerialLine()
    line.receive_data(ACK + NAK, 0.0)
    assert (line.data_to_send(), delivered(line), line.trouble) == (b"", [], None)


@pytest.mark.parametrize("place", range(20))
def test_dle_may_stand_at_every_position(place: int) -> None:
    apdu = bytearray(range(0x20, 0x34))
    apdu[place] = 0x10
    for doubled in (bytes(apdu), bytes(apdu[: place + 1]), b"\x10" * (place + 1)):
        sender, receiver = SerialLine(), SerialLine()
        sender.send(doubled, 0.0)
        for byte in sender.data_to_send():
            receiver.receive_data(bytes([byte]), 0.0)
        assert delivered(receiver) == [doubled]


@given(st.binary(max_size=80), st.randoms())
def test_any_apdu_arrives_however_it_is_chopped(apdu: bytes, chance: random.Random) -> None:
    sender, receiver = SerialLine(), SerialLine()
    sender.send(apdu, 0.0)
    data = sender.data_to_send()
    while data:
        cut = chance.randint(1, len(data))
        receiver.receive_data(data[:cut], 0.0)
        data = data[cut:]
    assert delivered(receiver) == [apdu]


APDU = st.builds(bytes.__add__, st.sampled_from([b"\x06", b"\x80"]), st.binary(max_size=20))
"""None begins with 00, whose loss at the beginning this checksum does not see."""


@settings(max_examples=200)
@given(st.lists(APDU, min_size=1, max_size=6), st.randoms())
def test_conversation_over_a_bad_line_loses_and_doubles_nothing(
    messages: list[bytes], chance: random.Random
) -> None:
    ends = (SerialLine(), SerialLine())
    now = 0.0
    for turn, message in enumerate(messages):
        sender, receiver = ends[turn % 2], ends[1 - turn % 2]
        sender.send(message, now)
        found: list[bytes] = []
        while sender.awaits_ack:
            now += 0.01
            receiver.receive_data(_damaged(sender.data_to_send(), chance), now)
            found += delivered(receiver)
            now += T1
            receiver.time_passed(now)
            sender.receive_data(_damaged(receiver.data_to_send(), chance), now)
            if sender.ack_deadline is not None:
                now = max(now, sender.ack_deadline) if chance.random() < 0.5 else now
                sender.time_passed(now)
                now = max(now, sender.ack_deadline or now)
                sender.time_passed(now)
        assert found in ([], [message])
        if sender.trouble is not None:
            return
        assert found == [message]


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """Lose a byte, or all; a line's faults as the checksum finds them."""
    if not data or chance.random() < 0.7:
        return data
    place = chance.randrange(len(data))
    return b"" if len(data) == 1 else data[:place] + data[place + 1 :]
