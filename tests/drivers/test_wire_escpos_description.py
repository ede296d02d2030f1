import json

from drivers.wire.escpos_description import describe

TEST_CARD = "4111 1111 1111 1111"


def test_description_says_where_what_and_with_which_parameters() -> None:
    data = b"\x1b@\x1bt\x13" + "Totaal € 1\n".encode("cp858") + b"\x1bp\x01\x19\x32"
    assert describe(data) == [
        {"offset": 0, "length": 2, "name": "ESC @", "meaning": "initialize"},
        {"offset": 2, "length": 3, "name": "ESC t", "meaning": "code page", "number": 19},
        {
            "offset": 5,
            "length": 10,
            "name": "text",
            "meaning": "text",
            "text": "Totaal € 1",
            "code_page": 19,
        },
        {"offset": 15, "length": 1, "name": "LF", "meaning": "line feed"},
        {
            "offset": 16,
            "length": 5,
            "name": "ESC p",
            "meaning": "pulse",
            "pin": 5,
            "on_ms": 50,
            "off_ms": 100,
        },
    ]


def test_codes_are_shown_and_article_numbers_are_not_hidden() -> None:
    ean, qr = describe(
        b"\x1dk\x024012345678901\0" + b"\x1d(k\x0c\x001P0https://x",
    )
    assert (ean["symbology"], ean["barcode"]) == ("EAN-13", "4012345678901")
    assert qr["data"] == "https://x"


def test_long_data_is_only_counted() -> None:
    (image,) = describe(b"\x1dv0\x00\x08\x00\x08\x00" + bytes(64))
    assert image["data"] == "64 bytes"


def test_description_holds_no_card_number_however_it_is_printed() -> None:
    first, second = TEST_CARD[:10].encode(), TEST_CARD[10:].encode()
    shown = json.dumps(
        describe(
            TEST_CARD.encode()
            + b"\n"
            + first
            + b"\x1bE\x01"
            + second
            + b"\n\x1dkI\x12{B4111111111111111"
            + b"\x1d(k\x13\x001P04111111111111111"
            + b"\x1b4111111111111111"
        )
    )
    digits = "".join(character for character in shown if character.isdigit())
    assert TEST_CARD.replace(" ", "") not in digits
    assert "1111 11" not in shown
    assert "11111111" not in shown
