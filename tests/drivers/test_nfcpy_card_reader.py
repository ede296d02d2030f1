import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.card_reader.nfcpy import Settings, open_device
from drivers.errors import OfflineError
from drivers.transport.nfc import _shape
from drivers.wire import WireError
from drivers.wire.card import ndef, type_3
from simulators.cards.chips import FelicaTag

IDM = bytes.fromhex("01401B0102030405")
MESSAGE = [ndef.text("x" * 200)]


async def test_reader_that_is_not_there_is_told() -> None:
    with pytest.raises(OfflineError, match="There is no NFC reader at tty:NOWHERE:pn532"):
        await open_device("cards", Settings(path="tty:NOWHERE:pn532"), {})


def test_answer_to_select_is_read_as_its_first_byte_says() -> None:
    assert _shape(bytes.fromhex("0578807002")).size == 256
    assert _shape(bytes.fromhex("0578807002")).wait == pytest.approx(4096 / 13.56e6 * 128)
    assert _shape(bytes.fromhex("0475778102")).wait == pytest.approx(4096 / 13.56e6 * 256)
    assert _shape(bytes.fromhex("0228")).wait == pytest.approx(4096 / 13.56e6 * 16)
    assert _shape(b"\x01").size == 32


@given(st.binary(max_size=20))
def test_every_answer_to_select_has_a_shape(answer: bytes) -> None:
    shape = _shape(answer)
    assert 16 <= shape.size <= 256
    assert 0 < shape.wait < 5


def test_message_of_a_type_3_tag_is_read_in_parts() -> None:
    tag = FelicaTag(IDM, MESSAGE)
    asked = []

    def exchange(command: bytes) -> bytes:
        asked.append(type_3.decode_read(command)[1])
        return tag.respond(command) or b""

    assert type_3.read_message(IDM, exchange) == ndef.encode_message(MESSAGE)
    numbers = [number for numbers in asked for number in numbers]
    assert numbers == list(range(len(numbers)))
    assert max(map(len, asked)) == type_3.MOST_AT_ONCE


def test_read_command_is_that_of_the_specification() -> None:
    # [16] 06 [idm] 01 [000B, low byte first] 01 [80 00]; JIS X 6319-4, Read Without Encryption
    assert type_3.encode_read(IDM, range(1)).hex() == "1006" + IDM.hex() + "010b00" + "018000"


@given(
    st.binary(max_size=300)
    | st.binary(max_size=60).map(lambda data: bytes((len(data) + 1,)) + data),
    st.integers(0, 4),
)
@example(b"\0" * 256, 1)
@example(bytes.fromhex("0d06") + IDM + bytes.fromhex("010b00"), 1)
def test_type_3_codec_raises_nothing_but_wire_errors(data: bytes, count: int) -> None:
    for read in (
        lambda: type_3.decode_read(data),
        lambda: type_3.decode_blocks(data, count),
        lambda: type_3.decode_attributes(data),
    ):
        with contextlib.suppress(WireError):
            read()


def test_first_block_is_believed_only_with_its_sum() -> None:
    whole = type_3.encode_attributes(type_3.Attributes(4, 37))
    assert type_3.decode_attributes(whole) == type_3.Attributes(4, 37)
    for place in range(len(whole)):
        damaged = whole[:place] + bytes((whole[place] ^ 1,)) + whole[place + 1 :]
        with pytest.raises(WireError):
            type_3.decode_attributes(damaged)
