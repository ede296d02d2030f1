"""Second witnesses: python-escpos encodes, we decode; Epson's reference gives the lengths."""

import json
import pathlib
from collections.abc import Callable

import pytest
from escpos.printer import Dummy  # type: ignore[import-untyped] # python-escpos has no types
from PIL import Image

from drivers.wire import escpos_commands as c
from drivers.wire import escpos_marks as m
from drivers.wire import escpos_settings as s
from drivers.wire.escpos import MAX_DATA, MAX_TEXT, EscPosReader, read
from drivers.wire.escpos_code_pages import REPLACEMENT, decode

VECTORS = pathlib.Path(__file__).parents[1] / "vectors" / "escpos_lengths.json"
LENGTHS = json.loads(VECTORS.read_text("utf-8"))["lengths"]


def printed(act: Callable[[Dummy], None]) -> list[c.Command]:
    printer = Dummy(profile="TM-T88V")
    act(printer)
    return read(printer.output)


@pytest.mark.parametrize(("start", "length"), LENGTHS.items())
def test_command_is_as_long_as_in_the_reference(start: str, length: int) -> None:
    command = bytes.fromhex(start).ljust(length, b"\x01")
    reader = EscPosReader()
    reader.receive_data(command[:-1])
    assert reader.next_event() is None or reader.position == 0
    reader = EscPosReader()
    reader.receive_data(command + b"next")
    assert not isinstance(reader.next_event(), c.Unknown)
    assert reader.position == length


def test_text_of_python_escpos_comes_back_with_its_code_pages() -> None:
    commands = printed(lambda printer: printer.text("Crème brûlée € 4,50 żółć Ω\n"))
    texts = [command.text for command in commands if isinstance(command, c.Text)]
    assert "".join(texts) == "Crème brûlée € 4,50 żółć Ω"
    assert commands[-1] == c.LineFeed()


def test_styles_of_python_escpos_come_back() -> None:
    commands = printed(
        lambda printer: printer.set(
            align="right",
            font="b",
            bold=True,
            underline=2,
            invert=True,
            flip=True,
            custom_size=True,
            width=3,
            height=8,
        )
    )
    assert {
        s.Justification(2),
        s.Font(1),
        s.Emphasized(on=True),
        s.Underline(2),
        s.Inverse(on=True),
        s.UpsideDown(on=True),
        s.CharacterSize(width=3, height=8),
    } <= set(commands)


def test_sizes_of_python_escpos_come_back() -> None:
    modes = {
        (command.double_width, command.double_height)
        for command in printed(lambda p: p.set(double_height=True, double_width=True))
        if isinstance(command, s.PrintMode)
    }
    assert modes == {(False, False), (True, True)}


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda p: p.cut(), c.Cut(partial=False)),
        (lambda p: p.cut(mode="PART"), c.Cut(partial=True)),
        (lambda p: p.cut(feed=False), c.Cut(partial=True, feed=0)),
        (lambda p: p.cashdraw(2), c.Pulse(pin=2, on_ms=100, off_ms=100)),
        (lambda p: p.cashdraw(5), c.Pulse(pin=5, on_ms=100, off_ms=100)),
        (lambda p: p.hw("INIT"), c.Initialize()),
        (lambda p: p.hw("SELECT"), s.PeripheralDevice(1)),
        (lambda p: p.print_and_feed(4), c.FeedLines(4)),
        (lambda p: p.line_spacing(50), s.LineSpacing(50)),
        (lambda p: p.line_spacing(), s.DefaultLineSpacing()),
        (lambda p: p.panel_buttons(enable=False), s.PanelButtons(enabled=False)),
        (lambda p: p.control("HT", count=3, tab_size=5), s.TabStops((5, 10))),
        (lambda p: p.control("FF"), c.FormFeed()),
    ],
)
def test_act_of_python_escpos_comes_back(act: Callable[[Dummy], None], expected: c.Command) -> None:
    assert printed(act)[-1] == expected


@pytest.mark.parametrize("function_type", ["A", "B"])
def test_barcode_of_python_escpos_comes_back(function_type: str) -> None:
    commands = printed(
        lambda p: p.barcode("8711000000007", "EAN13", 80, 2, function_type=function_type)
    )
    assert commands[-1] == m.Barcode(2, b"8711000000007")
    assert {m.BarcodeHeight(80), m.BarcodeWidth(2), m.BarcodeText(2)} <= set(commands)


def test_qr_code_of_python_escpos_comes_back() -> None:
    data = "https://example.nl/é?" + "x" * 300
    commands = printed(lambda p: p.qr(data, ec=2, size=6, native=True))
    assert commands == [
        m.QrModel(2),
        m.QrModuleSize(6),
        m.QrErrorCorrection("Q"),
        m.QrData(data.encode()),
        m.QrPrint(),
    ]


def image() -> Image.Image:
    picture = Image.new("1", (20, 30), 1)
    picture.putpixel((0, 0), 0)
    picture.putpixel((19, 29), 0)
    return picture


def test_raster_image_of_python_escpos_comes_back() -> None:
    (command,) = printed(lambda p: p.image(image(), impl="bitImageRaster"))
    assert isinstance(command, m.RasterImage)
    assert (command.mode, command.width_bytes, command.height) == (0, 3, 30)
    assert command.data[:3] == b"\x80\0\0"
    assert command.data[-3:] == b"\0\0\x10"


def test_graphics_of_python_escpos_come_back() -> None:
    store, show = printed(lambda p: p.image(image(), impl="graphics"))
    assert isinstance(store, m.StoreGraphics)
    assert (store.width, store.height, store.x_scale, store.y_scale) == (20, 30, 1, 1)
    assert len(store.data) == 3 * 30
    assert show == m.PrintGraphics()


def test_column_image_of_python_escpos_comes_back() -> None:
    commands = printed(lambda p: p.image(image(), impl="bitImageColumn"))
    columns = [command for command in commands if isinstance(command, m.ColumnImage)]
    assert [(command.mode, command.columns) for command in columns] == [(33, 20), (33, 20)]
    assert columns[0].data[:3] == b"\x80\0\0"


def test_large_graphics_with_a_four_byte_length_are_read() -> None:
    rows = bytes(72 * 1000)
    header = b"0p0\x01\x011\x40\x02\xe8\x03"
    size = (len(header) + len(rows)).to_bytes(4, "little")
    (command,) = read(b"\x1d8L" + size + header + rows)
    assert command == m.StoreGraphics(1, 1, 576, 1000, rows)


@pytest.mark.parametrize("letter", b"AEHKLMNPQk~")
def test_reader_stays_in_step_behind_any_function_with_a_length(letter: int) -> None:
    for lead in (0x1B, 0x1C, 0x1D):
        data = bytes((lead, 0x28, letter, 5, 0)) + b"\x1b@\x1d\x10\x04" + b"\x1b@"
        assert read(data)[1:] == [c.Initialize()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x1b\x01\x1b@", [c.Unknown(b"\x1b"), c.Unknown(b"\x01"), c.Initialize()]),
        (b"\x1bX\x1b@", [c.Unknown(b"\x1bX"), c.Initialize()]),
        (b"\x1b\x1b@", [c.Unknown(b"\x1b"), c.Initialize()]),
        (b"\x1dC\x1b@", [c.Unknown(b"\x1d"), c.Text(b"C"), c.Initialize()]),
        (b"\x10\x1b@", [c.Unknown(b"\x10"), c.Initialize()]),
        (b"\0\x1b@", [c.Unknown(b"\0"), c.Initialize()]),
        (b"\x1dk\x02" + b"1" * 300, [c.Unknown(b"\x1dk"), c.Unknown(b"\x02"), c.Text(b"1" * 300)]),
        (b"\x1b", [c.Unknown(b"\x1b")]),
        (b"\x1d(k\x04", [c.Unknown(b"\x1d(k\x04")]),
    ],
)
def test_unknown_bytes_are_passed_over(data: bytes, expected: list[c.Command]) -> None:
    assert read(data) == expected


def test_oversized_data_is_swallowed_without_keeping_it() -> None:
    reader = EscPosReader()
    size = MAX_DATA + 1
    reader.receive_data(b"\x1d8L" + size.to_bytes(4, "little"))
    assert reader.next_event() == c.Oversized("GS 8 L", size + 4)
    for _ in range(0, size - 1, 1 << 16):
        reader.receive_data(b"\x1b@" * (1 << 15))
        assert reader.next_event() is None
    reader.receive_data(b"x\x1b@")
    assert reader.next_event() == c.Initialize()


def test_text_waits_for_its_end_and_is_cut_at_the_limit() -> None:
    reader = EscPosReader()
    reader.receive_data(b"a" * (MAX_TEXT - 1))
    assert reader.next_event() is None
    reader.receive_data(b"aab\n")
    assert reader.next_event() == c.Text(b"a" * MAX_TEXT)
    assert reader.next_event() == c.Text(b"ab")


def test_text_carries_the_tables_that_were_selected() -> None:
    assert read(b"\x1bt\x13\x1bR\x02\xd5[\x1b@[") == [
        c.CodePage(19),
        c.CharacterSet(2),
        c.Text(b"\xd5[", 19, 2),
        c.Initialize(),
        c.Text(b"["),
    ]
    assert decode(b"\xd5[", 19, 2) == "€Ä"


def test_discard_forgets_half_a_command_and_keeps_the_tables() -> None:
    reader = EscPosReader()
    reader.receive_data(b"\x1bt\x13\x1d(k\xff\x00half")
    assert reader.next_event() == c.CodePage(19)
    reader.discard()
    reader.receive_data(b"\xd5\n")
    assert reader.next_event() == c.Text(b"\xd5", 19)


def test_characters_that_a_table_lacks_are_shown_as_replaced() -> None:
    assert decode(b"\xd5\x9f", 13) == "€ş"
    assert decode(b"\x81", 16) == REPLACEMENT
    assert decode(b"A\xe9", 99) == "A" + REPLACEMENT
    assert decode(b"\xb1", 1) == "\N{HALFWIDTH KATAKANA LETTER A}"


def test_user_characters_and_burned_images_are_measured() -> None:
    user = b"\x1b&\x03\x41\x42" + b"\x02" + bytes(6) + b"\x01" + bytes(3)
    burned = b"\x1cq\x02" + b"\x01\0\x01\0" + bytes(8) + b"\x02\0\x01\0" + bytes(16)
    counter = b"\x1dC;1;9;1;1;1;"
    commands = read(user + burned + counter + b"\x1b@")
    assert [type(command) for command in commands] == [c.Function] * 3 + [c.Initialize]


@pytest.mark.parametrize(
    "command",
    [
        b"\x1dV\x42\x10",
        b"\x1dkC\x0c871100000000",
        b"\x1dk\x04ABC\0",
        b"\x1b*\x21\x02\x00" + bytes(6),
        b"\x1b*\x00\x02\x00" + bytes(2),
        b"\x1d*\x01\x02" + bytes(16),
        b"\x1bD\x08\x10\x18\x00",
        b"\x1bD" + bytes(range(1, 33)),
        b"\x1b&\x03AB\x01" + bytes(3) + b"\x01" + bytes(3),
        b"\x1cq\x01\x01\x00\x01\x00" + bytes(8),
        b"\x1cg1\0\0\0\0\0\x02\0ab",
        b"\x1dC;1;9;1;1;1;",
        b"\x1dv0\x00\x01\x00\x02\x00" + bytes(2),
        b"\x1dQ0\x00\x01\x00\x02\x00" + bytes(2),
        b"\x1d8L\x02\x00\x00\x0002",
        b"\x1d(A\x02\x00\x00\x02",
        b"\x1d(D\x05\x00\x14\x01\x00\x02\x01",
        b"\x1c(A\x02\x000\x00",
    ],
)
def test_command_of_variable_length_waits_for_its_last_byte(command: bytes) -> None:
    reader = EscPosReader()
    for byte in command[:-1]:
        assert reader.next_event() is None
        reader.receive_data(bytes((byte,)))
    assert reader.next_event() is None
    reader.receive_data(command[-1:] + b"x")
    event = reader.next_event()
    assert event is not None
    assert not isinstance(event, c.Unknown)
    assert reader.position == len(command)


def test_functions_become_values() -> None:
    assert read(b"\x1d(A\x02\x001\x02\x1d(D\x05\x00\x14\x010\x02\x01") == [
        c.TestPrint(paper=1, pattern=2),
        s.RealTimeSwitch(((1, False), (2, True))),
    ]
    assert read(b"\x1d(A\x01\x00\x00\x1d(D\x01\x00\x00") == [
        c.Function("GS ( A", b"\0"),
        c.Function("GS ( D", b"\0"),
    ]


def test_process_id_outside_its_range_is_no_process_id() -> None:
    assert read(b"\x1d(H\x06\x0000AB12") == [c.ProcessId(b"AB12")]
    assert read(b"\x1d(H\x06\x0000AB\x012") == [c.Function("GS ( H", b"00AB\x012")]
