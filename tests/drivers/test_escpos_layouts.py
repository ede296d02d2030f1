import io

import pytest
from escpos.printer import Dummy  # type: ignore[import-untyped]  # carries no types
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from drivers.errors import UnsupportedError
from drivers.pos_printer import (
    MATRIX_CODES,
    Alignment,
    AnyElement,
    Barcode,
    Cut,
    Feed,
    FeedDots,
    Image,
    LineSpacing,
    MatrixCode,
    Page,
    PageArea,
    PageDirection,
    PagePosition,
    Raw,
    Run,
    StoredImage,
    Text,
)
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.document import DocumentEncoder
from drivers.pos_printer.escpos.job import PIECE, pieces
from drivers.pos_printer.escpos.profile import encodings, load_profile
from drivers.wire import escpos
from drivers.wire import escpos_commands as c
from drivers.wire import escpos_marks as m

PROFILE = load_profile("TM-T88V")
ENCODER = DocumentEncoder(
    PROFILE.features, TextEncoder(PROFILE.code_pages, encodings()), device="receipts"
)
START = ENCODER.render(())


def rendered(*elements: AnyElement) -> bytes:
    return ENCODER.render(elements).removeprefix(START)


def test_runs_of_different_style_share_a_line_that_only_a_line_feed_ends() -> None:
    document = (Run("To"), Run("taal", bold=True), Run(" 3\n"))
    assert rendered(*document) == b"To\x1bE\x01taal\x1bE\x00 3\n"


def test_line_that_was_begun_is_ended_before_a_block_and_at_the_end() -> None:
    assert rendered(Run("a"), Text("b"), Run("c")) == b"a\nb\nc\n"
    assert rendered(Run("a"), Feed(2)) == b"a\x1bd\x02"
    assert rendered(Run("a"), FeedDots(30), Cut(feed=False)) == b"a\x1bJ\x1e\x1dV\x00"


def test_alignment_is_not_changed_in_the_middle_of_a_line() -> None:
    first, second = Run("a"), Run("b\n", alignment=Alignment.RIGHT)
    assert rendered(first, second) == b"ab\n"
    assert rendered(second) == b"\x1ba\x02b\n"


# Epson's command reference: ESC M font, GS B reverse, ESC { upside-down, ESC $ position.
def test_font_inverse_position_and_upside_down_have_their_commands() -> None:
    run = Run("x\n", font=1, inverse=True, upside_down=True, position=258)
    assert rendered(run, Text("y")) == (
        b"\x1b{\x01\x1bM\x01\x1dB\x01\x1b$\x02\x01x\n\x1bM\x00\x1dB\x00\x1b{\x00y\n"
    )


def test_image_is_the_raster_that_python_escpos_makes() -> None:
    picture = Picture.new("1", (16, 3), 1)
    picture.putpixel((0, 0), 0)
    picture.putpixel((15, 2), 0)
    witness = Dummy(profile="TM-T88V")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    witness.image(io.BytesIO(buffer.getvalue()), impl="bitImageRaster")
    rows = bytes.fromhex("8000 0000 0001")
    assert rendered(Image(16, 3, rows)) == witness.output


def test_long_image_is_cut_into_bands_that_leave_the_wire_free() -> None:
    data = ENCODER.render((Image(576, 1000, bytes(72 * 1000)),))
    assert max(len(piece) for piece, _ in pieces(data)) <= PIECE
    bands = [each for each in escpos.read(data) if isinstance(each, m.RasterImage)]
    assert sum(band.height for band in bands) == 1000


@pytest.mark.parametrize(
    ("symbology", "data", "name"),
    [
        ("upca", "12345678901", "UPC-A"),
        ("upce", "0123456", "UPC-E"),
        ("ean13", "400638133393", "EAN13"),
        ("ean8", "1234567", "EAN8"),
        ("code39", "AB-12", "CODE39"),
        ("itf", "123456", "ITF"),
        ("codabar", "A123B", "CODABAR"),
        ("code93", "abc", "CODE93"),
        ("code128", "{BAbc", "CODE128"),
        ("gs1_128", "0104006381333931", "GS1-128"),
    ],
)
def test_bar_codes_are_those_of_python_escpos(symbology: str, data: str, name: str) -> None:
    witness = Dummy(profile="TM-T88V")
    witness.barcode(
        data, name, function_type="B", check=False, align_ct=False, force_software=False
    )
    command = witness.output[witness.output.index(b"\x1dk") :]
    ours = rendered(Barcode(data, symbology=symbology))  # type: ignore[arg-type]  # from the table
    ours = ours[ours.index(b"\x1dk") :]
    if symbology == "ean13":  # ours has the check digit, theirs leaves it to the printer
        command = command.replace(b"\x0c" + data.encode(), b"\x0d" + data.encode() + b"1")
    assert ours == command


@pytest.mark.parametrize(
    ("symbology", "data"),
    [("upca", "1"), ("ean8", "abcdefg"), ("itf", "123"), ("codabar", "123"), ("code39", "a")],
)
def test_bar_code_that_cannot_be_made_is_refused(symbology: str, data: str) -> None:
    with pytest.raises(UnsupportedError, match=symbology):
        rendered(Barcode(data, symbology=symbology))  # type: ignore[arg-type]  # from the table


# Epson ESC/POS Command Reference, GS ( k: the examples' numbers of functions 65 to 81.
def test_pdf417_is_set_up_stored_and_printed() -> None:
    code = MatrixCode("pdf417_standard", b"abc", level="level_2", module_width=3, columns=4)
    assert rendered(code) == bytes.fromhex(
        "1d286b0300304600"
        "1d286b0300304104"
        "1d286b0300304303"
        "1d286b040030453032"
        "1d286b0600305030616263"
        "1d286b0300305130"
    )


@pytest.mark.parametrize("kind", sorted(MATRIX_CODES))
def test_every_matrix_code_ends_in_the_order_to_print_it(kind: str) -> None:
    data = rendered(MatrixCode(kind, b"0112345678901231"))
    assert data.endswith(b"Q0")
    assert not any(isinstance(each, c.Unknown | c.Text) for each in escpos.read(data))


@pytest.mark.parametrize("kind", ["", "qrcode_", "maxicode_mode_9", "datamatrix", "ean"])
def test_kind_of_code_that_does_not_exist_is_refused(kind: str) -> None:
    with pytest.raises(UnsupportedError, match="no code of the kind"):
        rendered(MatrixCode(kind, b"1"))


def test_page_is_composed_and_printed_at_once() -> None:
    page = Page(
        (PageArea(0, 10, 300, 256), PageDirection(1), PagePosition(5, 6), Run("x"), FeedDots(3))
    )
    assert rendered(page) == bytes.fromhex(
        "1b4c 1b57 0000 0a00 2c01 0001 1b54 01 1b24 0500 1d24 0600 78 1b4a 03 0c"
    )


def test_stored_image_spacing_and_raw_bytes_go_through() -> None:
    assert rendered(StoredImage(48, 49)) == bytes.fromhex("1d284c 0600 3045 30 31 01 01")
    assert rendered(LineSpacing(24), LineSpacing()) == bytes.fromhex("1b3318 1b32")
    assert rendered(Raw(b"\x1bE\x01")) == b"\x1bE\x01"


elements = st.one_of(
    st.builds(
        Run,
        st.text(max_size=40),
        alignment=st.sampled_from(Alignment),
        bold=st.booleans(),
        inverse=st.booleans(),
        width=st.integers(-1, 9),
        height=st.integers(-1, 9),
        font=st.integers(-1, 200),
        position=st.none() | st.integers(-1, 70_000),
    ),
    st.builds(Image, st.integers(-1, 40), st.integers(-1, 9), st.binary(max_size=64)),
    st.builds(
        MatrixCode,
        st.sampled_from(sorted(MATRIX_CODES)) | st.text(max_size=20),
        st.binary(max_size=64),
        level=st.none() | st.text(max_size=8),
        module_width=st.integers(-(2**40), 2**40),
        columns=st.integers(-(2**40), 2**40),
    ),
    st.builds(FeedDots, st.integers(-1, 300)),
    st.builds(StoredImage, st.integers(-1, 300), st.integers(-1, 300)),
)


@given(st.lists(elements, max_size=6))
def test_any_layout_is_well_formed_commands_or_refused(document: list[AnyElement]) -> None:
    try:
        data = ENCODER.render(tuple(document))
    except UnsupportedError:
        return
    assert not any(isinstance(each, c.Unknown) for each in escpos.read(data))
