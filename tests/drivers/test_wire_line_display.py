"""Commands of customer displays, against the bytes of the makers' lists.

ESC/POS: Epson DM-D command list, and node-escpos' table of screens. CD5220: Partner CD5220 user's
manual, 6.1; Pos-X XP8200 manual, 4.1.8.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.line_display import CD5220, ESC_POS, Command, CommandReader, Dialect, Verb

LISTED = [
    (ESC_POS, Verb.INITIALIZE, b"", "1B 40"),
    (ESC_POS, Verb.CLEAR, b"", "0C"),
    (ESC_POS, Verb.CLEAR_LINE, b"", "18"),
    (ESC_POS, Verb.MOVE_TO, b"\x01\x02", "1F 24 01 02"),
    (ESC_POS, Verb.OVERWRITE, b"", "1F 01"),
    (ESC_POS, Verb.SCROLL_UP, b"", "1F 02"),
    (ESC_POS, Verb.SCROLL_LEFT, b"", "1F 03"),
    (ESC_POS, Verb.BRIGHTNESS, b"\x04", "1F 58 04"),
    (ESC_POS, Verb.BLINK, b"\x0a", "1F 45 0A"),
    (ESC_POS, Verb.CURSOR, b"\x00", "1F 43 00"),
    (ESC_POS, Verb.CODE_PAGE, b"\x13", "1B 74 13"),
    (ESC_POS, Verb.UP, b"", "1F 0A"),
    (ESC_POS, Verb.LINE_END, b"", "1F 0D"),
    (CD5220, Verb.INITIALIZE, b"", "1B 40"),
    (CD5220, Verb.OVERWRITE, b"", "1B 11"),
    (CD5220, Verb.SCROLL_UP, b"", "1B 12"),
    (CD5220, Verb.SCROLL_LEFT, b"", "1B 13"),
    (CD5220, Verb.MOVE_TO, b"\x01\x02", "1B 6C 01 02"),
    (CD5220, Verb.BRIGHTNESS, b"\x04", "1B 2A 04"),
    (CD5220, Verb.CURSOR, b"\x00", "1B 5F 00"),
    (CD5220, Verb.UPPER_LINE, b"Totaal", "1B 51 41 54 6F 74 61 61 6C 0D"),
    (CD5220, Verb.LOWER_LINE, b"A", "1B 51 42 41 0D"),
    (CD5220, Verb.MARQUEE, b"A", "1B 51 44 41 0D"),
    (CD5220, Verb.SELECT, b"\x02", "1B 3D 02"),
]


@pytest.mark.parametrize(("dialect", "verb", "data", "listed"), LISTED)
def test_commands_have_the_listed_bytes(
    dialect: Dialect, verb: Verb, data: bytes, listed: str
) -> None:
    assert dialect.encode(verb, data) == bytes.fromhex(listed)
    assert CommandReader(dialect).receive_data(bytes.fromhex(listed)) == [Command(verb, data)]


def test_text_between_commands_is_written() -> None:
    reader = CommandReader(ESC_POS)
    assert reader.receive_data(b"\x0cPindakaas\r\n3,49") == [
        Command(Verb.CLEAR),
        Command(Verb.WRITE, b"Pindakaas"),
        Command(Verb.LINE_START),
        Command(Verb.DOWN),
        Command(Verb.WRITE, b"3,49"),
    ]


@pytest.mark.parametrize("dialect", [ESC_POS, CD5220])
def test_what_no_command_begins_with_is_told_once_and_forgotten(dialect: Dialect) -> None:
    reader = CommandReader(dialect)
    for wrong in (b"\x1bZ", b"\x01", b"\x1b\x1b"):
        with pytest.raises(WireError):
            reader.receive_data(wrong)
        assert reader.receive_data(b"x") == [Command(Verb.WRITE, b"x")]


def test_impossible_commands_are_refused() -> None:
    for dialect, verb, data in (
        (ESC_POS, Verb.UPPER_LINE, b"x"),
        (ESC_POS, Verb.WRITE, b"\x1b@"),
        (CD5220, Verb.UPPER_LINE, b"a\rb"),
        (CD5220, Verb.MOVE_TO, b"\x01"),
    ):
        with pytest.raises(WireError):
            dialect.encode(verb, data)


@given(st.sampled_from([ESC_POS, CD5220]), st.data(), st.integers(1, 5))
def test_commands_come_back_in_whatever_pieces(
    dialect: Dialect, data: st.DataObject, size: int
) -> None:
    text = st.binary(min_size=1, max_size=20).map(lambda raw: bytes(b | 0x20 for b in raw))
    sent = []
    for code, (verb, parameters) in data.draw(
        st.lists(st.sampled_from(sorted(dialect.forms.items())), max_size=6)
    ):
        del code
        length = parameters or 0
        sent.append(
            Command(
                verb,
                data.draw(text)
                if parameters is None
                else data.draw(st.binary(min_size=length, max_size=length)),
            )
        )
    wire = b"".join(dialect.encode(*command) for command in sent)
    reader = CommandReader(dialect)
    got: list[Command] = []
    for start in range(0, len(wire), size):
        got += reader.receive_data(wire[start : start + size])
    assert got == sent


@given(st.sampled_from([ESC_POS, CD5220]), st.lists(st.binary(max_size=60)))
def test_noise_raises_nothing_but_wire_errors(dialect: Dialect, chunks: list[bytes]) -> None:
    reader = CommandReader(dialect)
    for chunk in chunks:
        try:
            reader.receive_data(chunk)
        except WireError:
            continue
