import pytest

from drivers.pos_printer import Image
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.document import DocumentEncoder
from drivers.pos_printer.escpos.profile import encodings, load_profile
from drivers.wire import escpos
from drivers.wire import escpos_marks as m


@pytest.mark.parametrize(
    ("name", "columns", "dots", "qr_code", "cutter"),
    [
        ("TM-T88VI", 42, 512, True, True),
        ("TM-T88VII", 42, 512, True, True),
        ("TM-T20III", 48, 576, True, True),
        ("TM-m30II", 48, 576, True, True),
        ("TM-m30III", 48, 576, True, True),
        ("NT-80-V-UL", 48, 576, True, True),
        ("generic-58mm", 32, 384, False, False),
        ("generic-80mm", 48, 576, True, True),
    ],
)
def test_models_of_our_own_file(
    name: str,
    columns: int,
    dots: int,
    qr_code: bool,  # noqa: FBT001 - a table's row
    cutter: bool,  # noqa: FBT001 - a table's row
) -> None:
    profile = load_profile(name)
    assert (profile.columns, profile.dots) == (columns, dots)
    assert profile.features.qr_code is qr_code
    assert profile.features.paper_full_cut is cutter
    assert profile.features.bit_image_raster


def test_model_that_is_nearly_right_is_found_in_both_files() -> None:
    with pytest.raises(ValueError, match="TM-T88VI"):
        load_profile("TM-T88VIX")


def test_impact_printer_gets_an_image_as_columns_of_eight_dots() -> None:
    profile = load_profile("TM-U220")
    encoder = DocumentEncoder(
        profile.features, TextEncoder(profile.code_pages, encodings()), device="receipts"
    )
    # Ten rows of three dots: a left edge, and in the last two rows a right one.
    rows = bytes([0b10000000] * 8 + [0b00100000] * 2)
    data = encoder.render((Image(3, 10, rows),))
    bands = [each for each in escpos.read(data) if isinstance(each, m.ColumnImage)]
    assert [band.data for band in bands] == [b"\xff\x00\x00", b"\x00\x00\xc0"]
    assert b"\x1b3\x10\x1b*\x01\x03\x00\xff\x00\x00\n" in data
    assert data.endswith(b"\n\x1b2")
