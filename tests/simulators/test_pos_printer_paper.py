"""What comes out of the printer. The second witness for pictures is the bar code reader zxing."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from escpos.printer import Dummy  # type: ignore[import-untyped] # python-escpos has no types
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.wire.escpos import read
from drivers.wire.escpos_forms import FORMS
from simulators.pos_printer import End, PosPrinter, Receipt
from simulators.pos_printer.print_head import PrintHead
from simulators.pos_printer.roll import Roll
from tests.simulators.printer_host import CUT, Host

MARGIN = 32


class Paper:
    """A print head and a roll without the printer around them."""

    def __init__(self, width: int = 576) -> None:
        self.complaints: list[str] = []
        self.head = PrintHead(width, self.complaints.append)
        self.roll = Roll(width, self.complaints.append)

    def print(self, data: bytes) -> Receipt:
        for command in read(data):
            for line in self.head.perform(command):
                self.roll.print(line)
        for line in self.head.finish_line():
            self.roll.print(line)
        return self.roll.hanging


def picture(receipt: Receipt) -> Image.Image:
    return Image.open(io.BytesIO(receipt.png()))


def codes(receipt: Receipt) -> list[tuple[str, str]]:
    found = zxingcpp.read_barcodes(picture(receipt))
    in_order = sorted(found, key=lambda code: code.position.top_left.y)
    return [(str(code.format), code.text) for code in in_order]


def escpos(act: Callable[[Dummy], None]) -> bytes:
    printer = Dummy(profile="TM-T88V")
    act(printer)
    return bytes(printer.output)


def test_receipt_reads_as_it_was_meant() -> None:
    row = "{:38}{:>10}\n".format
    data = (
        b"\x1b@\x1bt\x13\x1ba\x01\x1b!\x30Caf\x82 Zuid\n\x1b!\x00"
        + "Damstraat 12, Amsterdam\n\n".encode("cp858")
        + b"\x1ba\x00"
        + row("2 x Crème brûlée", "9,00").encode("cp858")
        + b"\x1d!\x11"
        + "{:14}{:>10}\n".format("TOTAAL", "€ 9,00").encode("cp858")
        + b"\x1d!\x00\x1ba\x02rechts\n\x1ba\x01"
        + b"\x1dk\x028711000000007\0"
        + b"\x1d(k\x09\x001P0R01JAB\x1d(k\x03\x001Q0"
    )
    assert Paper().print(data).text.split("\n") == [
        "                    Café Zuid",
        "            Damstraat 12, Amsterdam",
        "",
        "2 x Crème brûlée                            9,00",
        "TOTAAL                                    € 9,00",
        "                                          rechts",
        "             [EAN-13 8711000000007]",
        "                   [QR R01JAB]",
    ]


def test_text_wraps_at_the_end_of_the_paper() -> None:
    assert Paper().print(b"x" * 50).text == "x" * 48 + "\nxx"
    assert Paper(512).print(b"x" * 43).text == "x" * 42 + "\nx"
    assert Paper(384).print(b"x" * 33).text == "x" * 32 + "\nx"
    assert Paper().print(b"\x1bM\x01" + b"x" * 65).text == "x" * 64 + "\nx"
    assert Paper().print(b"\x1d!\x10" + b"x" * 25).text.split() == ["x" * 24, "x"]


def test_tabs_and_positions_set_columns() -> None:
    assert Paper().print(b"a\tb\tc\n").text == "a       b       c"
    assert Paper().print(b"\x1bD\x0a\x14\0a\tb\tc\td\n").text == "a         b         cd"
    assert Paper().print(b"a\x1b$\x78\x00b\x1b\\\x0c\x00c\n").text == "a         b c"
    assert Paper().print(b"\x1dL\x18\x00a\n").text == "  a"
    assert Paper().print(b"\x1dW\x78\x00\x1ba\x02a\n").text == "         a"


def test_feeding_leaves_empty_lines_between_and_none_at_the_end() -> None:
    assert Paper().print(b"a\n\nb\x1bd\x03c\n\n\n").text == "a\n\nb\n\n\nc"


def test_page_mode_prints_what_it_got() -> None:
    assert Paper().print(b"\x1bLa\nb\x0c\x1bLlost\x1bSc\x1d(A\x02\x00\x00\x01").text == (
        "a\nb\ncTEST PRINT"
    )


def test_digits_stand_above_below_both_or_nowhere() -> None:
    heights = [
        Paper().print(b"\x1dh\x40\x1dH" + where + b"\x1dk\x028711000000007\0").height
        for where in (b"\x00", b"\x01", b"\x02", b"\x03")
    ]
    assert heights == [64, 88, 88, 112]


def test_line_is_as_high_as_its_largest_character() -> None:
    receipt = Paper().print(b"a\n\x1d!\x07b\n\x1b3\x3cc\x1d!\x00d\n")
    assert [line.height for line in receipt.lines] == [30, 192, 192]


def test_initialising_drops_the_line_and_all_modes() -> None:
    receipt = Paper().print(b"\x1ba\x02\x1d!\x11\x1bE\x01lost\x1b@kept\n")
    (run,) = receipt.lines[0].pieces
    assert (receipt.text, run.x, run.height) == ("kept", 0, 24)


def test_alignment_in_the_middle_of_a_line_is_ignored_as_printers_do() -> None:
    paper = Paper()
    assert paper.print(b"a\x1ba\x02b\n").text == "ab"
    assert paper.complaints == ["ESC a in the middle of a line is ignored."]


def test_picture_shows_dots_where_something_is_printed() -> None:
    image = picture(Paper().print(b"\x1dB\x01AAAA\x1dB\x00\n\n\x1b-\x02____\n"))
    assert image.size == (576 + 2 * MARGIN, MARGIN + 3 * 30)
    ink = image.convert("L").point(lambda level: 255 - level).getbbox()
    assert ink is not None
    left, top, right, _ = ink
    assert (left, top, right) == (MARGIN, MARGIN, MARGIN + 4 * 12)


def test_upside_down_line_is_turned() -> None:
    upright = picture(Paper().print(b"Hello\n"))
    turned = picture(Paper().print(b"\x1b{\x01Hello\n"))
    size = (0, MARGIN, upright.width, upright.height)
    assert turned.crop(size).rotate(180).tobytes() == upright.crop(size).tobytes()


def test_accents_and_the_euro_have_glyphs_of_their_own() -> None:
    cells = {
        picture(Paper().print(b"\x1bt\x13" + character.encode("cp858") + b"\n")).tobytes()
        for character in "€éèëïüçñß£eicnos "
    }
    assert len(cells) == len("€éèëïüçñß£eicnos ")


@pytest.mark.parametrize(
    ("symbology", "data", "read_as"),
    [
        ("EAN13", "8711000000007", ("EAN-13", "8711000000007")),
        ("EAN13", "871100000000", ("EAN-13", "8711000000007")),
        ("EAN8", "9638507", ("EAN-8", "96385074")),
        ("UPC-A", "03600029145", ("EAN-13", "0036000291452")),
        ("CODE39", "ABC-123", ("Code 39", "ABC-123")),
        ("ITF", "12345670", ("ITF", "12345670")),
        ("CODE128", "{BHello-1", ("Code 128", "Hello-1")),
        ("CODE128", "{C\x0c\x22\x38", ("Code 128", "123456")),
    ],
)
def test_bar_code_of_python_escpos_can_be_scanned(
    symbology: str, data: str, read_as: tuple[str, str]
) -> None:
    paper = Paper()
    receipt = paper.print(
        escpos(lambda p: p.barcode(data, symbology, function_type="B", check=False))
    )
    assert paper.complaints == []
    assert codes(receipt) == [read_as]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_qr_code_of_python_escpos_can_be_scanned(level: int) -> None:
    data = "https://bon.example.nl/é/01JABCDEFGHJKMNPQRSTVWXYZ"
    receipt = Paper().print(escpos(lambda p: p.qr(data, ec=level, size=4, native=True)))
    assert codes(receipt) == [("QR Code", data)]


@pytest.mark.parametrize("way", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_image_of_python_escpos_is_printed_dot_by_dot(way: str) -> None:
    logo = zxingcpp.write_barcode_to_image(
        zxingcpp.create_barcode("logo", zxingcpp.BarcodeFormat.QRCode), scale=4
    )
    image = Image.fromarray(logo)
    receipt = Paper().print(escpos(lambda p: p.image(image, impl=way)))
    assert codes(receipt) == [("QR Code", "logo")]


def test_kept_image_is_printed_as_often_as_wanted() -> None:
    receipt = Paper().print(b"\x1d*\x01\x01" + b"\xff" * 8 + b"\x1d/\x00\x1d/\x03")
    sizes = [(mark.dots.width, mark.dots.height) for mark in receipt.marks]
    assert sizes == [(8, 8), (16, 16)]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\x1dk\x028711000000005\0", "the check digit must be 7"),
        (b"\x1dk\x02abc\0", "EAN-13 'abc'"),
        (b"\x1dk\x04" + b"A" * 60 + b"\0", "dots wide"),
        (b"\x1dkK\x02AB", "GS1 DataBar is not simulated"),
        (b"\x1d(k\x03\x001Q0", "QR code"),
        (b"\x1d(k\xbb\x0b1P0" + b"x" * 3000 + b"\x1d(k\x03\x001Q0", "QR code"),
        (b"\x1bX", "is not simulated"),
        (b"\x1d(k\x03\x000Q0", "only QR"),
        (b"\x1d(L\x0b\x000p0\x01\x011\x08\x00\x02\x00\xff\x1d(L\x02\x0002", "do not fit"),
    ],
)
def test_what_cannot_be_printed_is_complained_about(data: bytes, complaint: str) -> None:
    paper = Paper()
    assert paper.print(data).marks == ()
    assert complaint in paper.complaints[0]


@given(st.lists(st.one_of(st.sampled_from([*FORMS]), st.binary(max_size=30)), max_size=20))
def test_any_bytes_give_paper_that_can_be_drawn(pieces: list[bytes]) -> None:
    receipt = Paper().print(b"".join(pieces))
    assert receipt.text.count("\n") <= receipt.height
    if receipt.height < 10_000:
        assert picture(receipt).height == MARGIN + receipt.height


def test_cut_without_feeding_goes_through_the_last_lines() -> None:
    paper = Paper()
    paper.print(b"a\n")
    paper.roll.cut(End.CUT, None)
    paper.print(b"a\n\n\n\n\n")
    paper.roll.cut(End.CUT, None)
    paper.print(b"a\n")
    paper.roll.cut(End.PARTIAL_CUT, 0)
    assert paper.complaints == ["Cut without feeding: the last lines stay in the printer."]
    assert [receipt.end for receipt in paper.roll.receipts] == ["cut", "cut", "partial_cut"]


def test_cut_of_empty_paper_makes_no_receipt() -> None:
    paper = Paper()
    paper.roll.cut(End.CUT, 0)
    assert paper.roll.receipts == []


async def test_paper_is_written_to_a_directory(tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    async with PosPrinter(paper_directory=folder) as printer, Host(printer) as host:
        host.send(b"\x1bt\x13een \xd5\n" + CUT + b"twee\n" + CUT)
        await printer.wait_for_receipt(2)
    assert (folder / "receipt-0001.txt").read_text("utf-8") == "een €\n"
    assert (folder / "receipt-0002.txt").read_text("utf-8") == "twee\n"
    with Image.open(folder / "receipt-0001.png") as image:
        assert image.width == 576 + 2 * MARGIN
