from drivers.pos_printer import Alignment, Barcode, Cut, Feed, QrCode, Text
from edge_daemon.receipts import to_text


def test_alignment_is_shown() -> None:
    document = (
        Text("left"),
        Text("mid", alignment=Alignment.CENTRE),
        Text("a\nb", alignment=Alignment.RIGHT),
    )
    assert to_text(document, 9) == "left\n   mid\n        a\n        b\n"


def test_large_text_keeps_its_place_and_loses_its_size() -> None:
    assert to_text((Text("Totaal   € 1,00", width=2),), 30) == "Totaal                  € 1,00\n"
    assert to_text((Text("No gap", width=2, height=2),), 30) == "No gap\n"


def test_line_that_is_wider_than_the_paper_goes_on_below() -> None:
    assert to_text((Text("abcdefghij"),), 4) == "abcd\nefgh\nij\n"
    assert to_text((Text("abcdef", width=2),), 4) == "ab\ncd\nef\n"


def test_codes_are_named() -> None:
    document = (Barcode("8711000000007"), QrCode("R01M7YHX2VZ5DZ1A5H8NV9ADAZQ"))
    assert to_text(document, 24) == (
        " [EAN-13 8711000000007]\n[QR R01M7YHX2VZ5DZ1A5H8N\n        V9ADAZQ]\n"
    )


def test_feed_and_cut_are_shown() -> None:
    assert to_text((Feed(2), Text(""), Cut()), 5) == "\n\n\n- - -\n"
