from typing import Literal

import pytest
import segno
import zxingcpp
from PIL import Image as Picture

from drivers import lettering
from drivers.dots import Dots, unpack
from drivers.errors import UnsupportedError
from drivers.pos_printer import Alignment, Element, QrCode, Text
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.document import DocumentEncoder
from drivers.pos_printer.escpos.profile import encodings, load_profile
from drivers.wire import escpos
from drivers.wire import escpos_commands as c
from drivers.wire import escpos_marks as m
from simulators.pos_printer.drawing import _cell
from simulators.pos_printer.paper import Style

GREEK = "Ελλάδα"


def commands(*elements: Element, profile: str = "POS-5890") -> list[c.Command]:
    loaded = load_profile(profile)
    text = TextEncoder({0: "CP437", 19: "CP858"}, encodings())
    encoder = DocumentEncoder(loaded.features, text, device="receipts", line_width=384)
    return list(escpos.read(encoder.render(elements)))


def images(*elements: Element, profile: str = "POS-5890") -> list[m.RasterImage]:
    found = commands(*elements, profile=profile)
    return [command for command in found if isinstance(command, m.RasterImage)]


def characters(*elements: Element) -> str:
    return "".join(each.text for each in commands(*elements) if isinstance(each, c.Text))


def picture(image: m.RasterImage) -> Picture.Image:
    return unpack(Dots(image.width_bytes * 8, image.height, image.data))


def test_only_the_line_that_no_table_shows_is_drawn() -> None:
    text = Text(f"Olijven\nŻółw {GREEK} 1,50\nTotaal")
    assert characters(text) == "OlijvenTotaal"
    (image,) = images(text)
    assert image.height == lettering.LINE_HEIGHT
    drawing = lettering.draw_line(f"Żółw {GREEK} 1,50")
    assert picture(image).crop((0, 0, *drawing.size)).tobytes() == drawing.tobytes()


@pytest.mark.parametrize("style", [Style(), Style(bold=True), Style(width=2, height=3)])
def test_drawn_letters_are_those_of_the_simulated_print_head(style: Style) -> None:
    drawing = lettering.draw_line("É", bold=style.bold, width=style.width, height=style.height)
    head = _cell("É", style)
    assert drawing.size == head.size
    assert drawing.tobytes() == head.tobytes()


def test_drawn_line_keeps_its_size_and_alignment() -> None:
    large = Text("Ж", bold=True, width=2, height=3, alignment=Alignment.RIGHT)
    (image,) = images(large)
    assert (image.width_bytes, image.height) == (3, 72)
    assert c.Text not in map(type, commands(large))
    assert b"\x1ba\x02" in _rendered(large)


def test_drawn_line_that_is_wider_than_the_paper_goes_on_below() -> None:
    first, second = images(Text("Ж" * 40))
    assert (first.width_bytes, second.width_bytes) == (48, 12)


def test_character_that_cannot_be_drawn_either_stays_a_question_mark() -> None:
    assert characters(Text("Pizza \N{SLICE OF PIZZA}")) == "Pizza ?"
    assert not lettering.can_draw("\N{SLICE OF PIZZA}")


def test_printer_without_raster_images_shows_the_nearest() -> None:
    assert images(Text(GREEK), profile="TM-U220") == []


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_qr_code_is_drawn_where_the_printer_makes_none(level: Literal["L", "M", "Q", "H"]) -> None:
    data = "R01M7YHX2VZ5DZ1A5H8NV9ADAZQ"
    bands = images(QrCode(data, module_size=5, error_correction=level))
    height = sum(band.height for band in bands)
    whole = Dots(bands[0].width_bytes * 8, height, b"".join(band.data for band in bands))
    framed = Picture.new("1", (whole.width + 40, height + 40), 1)
    framed.paste(unpack(whole), (20, 20))
    (code,) = zxingcpp.read_barcodes(framed)
    assert code.text == data
    assert height == segno.make_qr(data, error=level, boost_error=False).symbol_size(5, 0)[0]


def test_data_that_no_qr_code_holds_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="does not fit"):
        commands(QrCode("x" * 5000))


def _rendered(*elements: Element) -> bytes:
    text = TextEncoder({0: "CP437"}, encodings())
    features = load_profile("POS-5890").features
    return DocumentEncoder(features, text, device="receipts", line_width=384).render(elements)
