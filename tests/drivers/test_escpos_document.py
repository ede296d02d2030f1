import string
import unicodedata

import pytest
from escpos.printer import Dummy  # type: ignore[import-untyped]  # carries no types
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import Outcome, UnsupportedError
from drivers.pos_printer import (
    Alignment,
    Barcode,
    Cut,
    Document,
    Element,
    Feed,
    QrCode,
    Text,
)
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.document import DocumentEncoder
from drivers.pos_printer.escpos.profile import encodings, load_profile
from drivers.wire import escpos, escpos_commands, escpos_marks, escpos_realtime

START = bytes.fromhex("1b 40 1d 61 0f 1c 2e 1b 52 00 1b 74 13")
"""ESC @, GS a, FS ., ESC R 0, ESC t 19: PC858 is table 19 of a TM-T88V."""

EPSON = "TM-T88V"


def encoder(profile: str = EPSON) -> DocumentEncoder:
    loaded = load_profile(profile)
    return DocumentEncoder(
        loaded.features, TextEncoder(loaded.code_pages, encodings()), device="receipts"
    )


def rendered(*elements: Element, profile: str = EPSON) -> bytes:
    """The bytes of the elements, without the start that every document has."""
    data = encoder(profile).render(elements)
    start = START[:-1] + data[len(START) - 1 : len(START)]
    assert data.startswith(start)
    return data.removeprefix(start)


def shown(*elements: Element, profile: str = EPSON) -> str:
    """What a printer with these tables shows, by the other reader of ESC/POS in this project."""
    commands = escpos.read(encoder(profile).render(elements))
    return "".join(
        command.text if isinstance(command, escpos_commands.Text) else "\n"
        for command in commands
        if isinstance(command, escpos_commands.Text | escpos_commands.LineFeed)
    )


def python_escpos() -> Dummy:
    return Dummy(profile=EPSON)


def test_empty_document_only_sets_the_printer_up() -> None:
    assert encoder().render(()) == START


def test_plain_text_is_ascii_and_ends_its_line() -> None:
    assert rendered(Text("Melk  1,05")) == b"Melk  1,05\n"


def test_text_that_ends_its_line_gets_no_second_end() -> None:
    assert rendered(Text("a\nb\n"), Text("")) == b"a\nb\n\n"


# Table 19 of Epson's character code tables: PC858. python-escpos has the same numbers.
@pytest.mark.parametrize(
    ("text", "code"),
    [("€", "d5"), ("é", "82"), ("ë", "89"), ("ü", "81"), ("ß", "e1"), ("½", "ab"), ("£", "9c")],
)
def test_western_letters_and_the_euro_stay_in_the_first_table(text: str, code: str) -> None:
    assert rendered(Text(text)) == bytes.fromhex(code) + b"\n"


def test_cyrillic_switches_tables_and_comes_back() -> None:
    # Table 17 is PC866 (Cyrillic 2); Ж is 86 there, é is 82 in PC858.
    assert rendered(Text("éЖé")) == bytes.fromhex("82 1b 74 11 86 1b 74 13 82 0a")


def test_table_stays_selected_for_the_next_element() -> None:
    assert rendered(Text("Ж"), Text("Ж")) == bytes.fromhex("1b 74 11 86 0a 86 0a")


@pytest.mark.parametrize("profile", ["TM-T88V", "TM-T20II", "CT-S651", "TM-P80"])
def test_euro_and_accents_are_shown_right_by_every_model_that_has_them(profile: str) -> None:
    text = "Crème brûlée, één piñata: € 3,50"
    assert shown(Text(text), profile=profile) == text + "\n"


def test_euro_is_spelled_out_where_no_table_holds_it() -> None:
    assert shown(Text("€ 3,50 café"), profile="simple") == "EUR 3,50 café\n"


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("e\N{COMBINING ACUTE ACCENT}", "é"),
        ("\N{LATIN SMALL LIGATURE FI}lter", "filter"),
        ("1\N{NO-BREAK SPACE}kg", "1 kg"),
        ("1\N{NARROW NO-BREAK SPACE}kg", "1 kg"),
        ("10\N{EN DASH}12", "10-12"),
        ("\N{LEFT DOUBLE QUOTATION MARK}x\N{RIGHT DOUBLE QUOTATION MARK}", '"x"'),
        ("2\N{FRACTION SLASH}3", "2/3"),
        ("õ", "o"),
        ("\N{SUSHI}\N{SUSHI}", "??"),
        ("\N{SLICE OF PIZZA}", "?"),
    ],
)
def test_character_that_no_table_holds_is_shown_by_its_nearest_look(text: str, look: str) -> None:
    assert shown(Text(text), profile="simple") == look + "\n"


def test_half_is_never_shown_as_one() -> None:
    assert "1" not in shown(Text("½ kg"), profile="simple").replace("1/2", "")


@pytest.mark.parametrize("profile", ["TM-T88V", "simple", "default", "ZJ-5870"])
@settings(deadline=None)  # the first text of a profile makes its tables
@given(text=st.text(max_size=40))
def test_no_text_becomes_a_command(profile: str, text: str) -> None:
    commands = escpos.read(encoder(profile).render((Text(text),)))[5:]
    allowed = (
        escpos_commands.Text
        | escpos_commands.LineFeed
        | escpos_commands.CodePage
        | escpos_marks.RasterImage
    )
    assert all(isinstance(command, allowed) for command in commands)


@pytest.mark.parametrize(
    "attack", ["\x1bp\x00\x19\x19", "\x10\x14\x01\x00\x01", "\x1dV\x00", "\x9b", "\x85", "a\rb"]
)
def test_description_cannot_open_the_drawer(attack: str) -> None:
    wire = rendered(Text(f"Melk {attack}"), QrCode("x"))
    controls = [byte for byte in wire.partition(b"\n")[0] if byte < 0x20]
    assert controls == []


@given(st.text(st.characters(codec="cp858", exclude_categories=["C", "Z"]), min_size=1))
def test_all_of_the_euro_table_is_shown_right(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert shown(Text(text)) == composed + "\n"


def test_styles_are_switched_on_and_off_once() -> None:
    wire = rendered(
        Text("a", bold=True, underline=True, width=2, height=3),
        Text("b", bold=True, underline=True, width=2, height=3),
        Text("c"),
    )
    on = bytes.fromhex("1d 21 12 1b 45 01 1b 2d 01")
    off = bytes.fromhex("1d 21 00 1b 45 00 1b 2d 00")
    assert wire == on + b"a\nb\n" + off + b"c\n"


def test_alignment_is_set_where_it_changes() -> None:
    wire = rendered(Text("a"), Text("b", Alignment.CENTRE), Text("c", Alignment.RIGHT), Text("d"))
    assert wire == b"a\n\x1ba\x01b\n\x1ba\x02c\n\x1ba\x00d\n"


@pytest.mark.parametrize("data", ["871100000000", "8711000000007"])
def test_ean13_is_the_one_of_python_escpos(data: str) -> None:
    witness = python_escpos()
    witness.barcode("8711000000007", "EAN13", height=80, width=3, pos="BELOW", function_type="B")
    command = bytes.fromhex("1d 6b 43 0d") + b"8711000000007"
    assert command in witness.output
    wire = rendered(Barcode(data, height=80))
    assert wire == bytes.fromhex("1b 61 01 1d 68 50 1d 77 03 1d 48 02") + command


def test_ean13_without_digits_below() -> None:
    assert b"\x1dH\x00" in rendered(Barcode("8711000000007", text_below=False))


def test_wrong_check_digit_is_refused_with_the_right_one() -> None:
    with pytest.raises(UnsupportedError, match="8711000000007") as caught:
        rendered(Text("a"), Barcode("8711000000005"))
    assert "Element 1 (barcode)" in str(caught.value)
    assert caught.value.device == "receipts"
    assert caught.value.outcome is Outcome.NOT_DONE


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_qr_code_is_the_one_of_python_escpos(level: str) -> None:
    witness = python_escpos()
    witness.qr("R01JABCDEF", ec="LMQH".index(level), size=6, model=2, native=True)
    wire = rendered(QrCode("R01JABCDEF", module_size=6, error_correction=level))  # type: ignore[arg-type]  # parametrised
    assert wire.removeprefix(b"\x1ba\x01").hex(" ") in witness.output.hex(" ")


def test_qr_code_holds_unicode_as_utf8() -> None:
    commands = escpos.read(encoder().render((QrCode("https://shop.example/één"),)))
    (data,) = [command for command in commands if isinstance(command, escpos_marks.QrData)]
    assert data.data == "https://shop.example/één".encode()


@pytest.mark.parametrize(
    ("data", "level", "fits"),
    [
        ("1" * 7089, "L", True),
        ("1" * 7090, "L", False),
        ("A" * 3391, "M", True),
        ("A" * 3392, "M", False),
        ("a" * 1273, "H", True),
        ("a" * 1274, "H", False),
    ],
)
def test_qr_code_that_is_too_long_is_refused(data: str, level: str, fits: bool) -> None:  # noqa: FBT001 - a column of the table
    code = QrCode(data, error_correction=level)  # type: ignore[arg-type]  # parametrised
    if fits:
        assert rendered(code)
    else:
        with pytest.raises(UnsupportedError, match="too many"):
            rendered(code)


@pytest.mark.parametrize(
    ("partial", "profile", "command"),
    [
        (False, "TM-T88V", "1d 56 41 00"),
        (True, "TM-T88V", "1d 56 42 00"),
        (False, "NT-5890K", "1b 64 04"),
    ],
)
def test_paper_is_cut_or_fed_to_the_tear_bar(partial: bool, profile: str, command: str) -> None:  # noqa: FBT001 - a column of the table
    assert rendered(Cut(partial=partial), profile=profile) == bytes.fromhex(command)


def test_feed() -> None:
    assert rendered(Feed(3)) == bytes.fromhex("1b 64 03")


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (Text("a", width=0), "width is 1 to 8"),
        (Text("a", height=9), "height is 1 to 8"),
        (Feed(0), "lines is 1 to 255"),
        (Feed(256), "lines is 1 to 255"),
        (Barcode("123"), "12 or 13 digits"),
        (Barcode("87110000000\N{DEVANAGARI DIGIT ZERO}7"), "12 or 13 digits"),
        (Barcode("8711000000007", height=0), "height is 1 to 255"),
        (QrCode(""), "empty"),
        (QrCode("a\x10\x14\x01\x00\x01"), "control"),
        (QrCode("a", module_size=17), "module_size is 1 to 16"),
    ],
)
def test_value_out_of_range_is_refused_with_what_would_be_right(
    element: Element, words: str
) -> None:
    with pytest.raises(UnsupportedError, match=words):
        rendered(element)


def test_bar_code_that_the_model_lacks_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="as text"):
        rendered(Barcode("8711000000007"), profile="simple")


def test_qr_code_that_the_model_can_neither_make_nor_draw_says_what_it_holds() -> None:
    assert shown(QrCode("R01M7"), profile="TM-U220") == "R01M7\n"


TEXTS = st.builds(
    Text,
    st.text(max_size=30),
    st.sampled_from(Alignment),
    st.booleans(),
    st.booleans(),
    st.integers(1, 8),
    st.integers(1, 8),
)
EAN13 = st.text(string.digits, min_size=12, max_size=12).map(Barcode)
QR_CODES = st.builds(
    QrCode,
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50),
    st.integers(1, 16),
    st.sampled_from("LMQH"),
)
DOCUMENTS = st.lists(
    st.one_of(
        TEXTS, EAN13, QR_CODES, st.builds(Feed, st.integers(1, 255)), st.builds(Cut, st.booleans())
    ),
    max_size=8,
).map(tuple)


@given(DOCUMENTS)
def test_document_is_understood_whole_and_holds_nothing_that_acts_at_once(
    document: Document,
) -> None:
    data = encoder().render(document)
    assert not [c for c in escpos.read(data) if isinstance(c, escpos_commands.Unknown)]
    assert not escpos_realtime.RealTimeScanner().receive_data(data)


@given(DOCUMENTS)
def test_same_document_gives_the_same_bytes(document: Document) -> None:
    one = encoder()
    assert one.render(document) == one.render(document) == encoder().render(document)


def test_profile_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="TM-T88V"):
        load_profile("TM-T88W")


@pytest.mark.parametrize("profile", ["TM-T88V", "default", "TM-T20II", "ZJ-5870"])
def test_profile_is_the_one_of_python_escpos(profile: str) -> None:
    witness = Dummy(profile=profile).profile
    loaded = load_profile(profile)
    assert loaded.columns == witness.get_columns("a")
    assert loaded.features.qr_code is witness.supports("qrCode")
    assert {name: int(number) for name, number in witness.get_code_pages().items()} == {
        name: number for number, name in loaded.code_pages.items()
    }
