"""What only some printers do: lines on a page, and the buzzer.

Bytes: Epson ESC/POS Command Reference, GS ( Q functions 48 and 49, ESC ( A function 97 (TM-U230
and external buzzers).
"""

import pytest

from drivers.errors import UnsupportedError
from drivers.pos_printer import AnyElement, Page, PageLine, Run, Sound
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.document import DocumentEncoder, More
from drivers.pos_printer.escpos.profile import encodings, load_profile
from drivers.wire import escpos, escpos_commands


def rendered(*document: AnyElement, able: bool = True) -> bytes:
    loaded = load_profile("TM-T88V")
    text = TextEncoder(loaded.code_pages, encodings())
    more = More(buzzer=able, page_lines=able)
    return DocumentEncoder(loaded.features, text, device="receipts", more=more).render(document)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (PageLine(0, 10, 511, 10), "1d 28 51 0c 00 30 00 00 0a 00 ff 01 0a 00 01 01 01"),
        (
            PageLine(1, 2, 3, 4, weight=3, double=True),
            "1d 28 51 0c 00 30 01 00 02 00 03 00 04 00 01 06 01",
        ),
        (
            PageLine(0, 0, 300, 200, weight=2, rectangle=True),
            "1d 28 51 0e 00 31 00 00 00 00 2c 01 c8 00 01 02 30 30 01",
        ),
    ],
)
def test_lines_and_rectangles_are_drawn_by_printers_that_can(line: PageLine, command: str) -> None:
    page = Page((line, Run("x")))
    data = bytes.fromhex(command)
    assert b"\x1bL" + data in rendered(page)
    assert data not in rendered(page, able=False)
    functions = [
        each.name
        for each in escpos.read(rendered(page))
        if isinstance(each, escpos_commands.Function)
    ]
    assert "GS ( Q" in functions


def test_buzzer_sounds_so_often_in_its_cycle() -> None:
    assert bytes.fromhex("1b 28 41 05 00 61 64 03 05 05") in rendered(Sound(3, 1000))


def test_printer_without_a_buzzer_prints_what_stands_beside_a_sound_and_refuses_it_alone() -> None:
    both = rendered(Run("Klaar\n"), Sound(), able=False)
    assert b"Klaar" in both
    assert b"\x1b(A" not in both
    with pytest.raises(UnsupportedError, match="no buzzer"):
        rendered(Sound(), able=False)


def test_sound_out_of_range_is_refused() -> None:
    for wrong in (Sound(0), Sound(64)):
        with pytest.raises(UnsupportedError):
            rendered(wrong)
