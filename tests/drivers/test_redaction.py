import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import redaction
from drivers.wire.redaction import (
    REMOVED,
    luhn_valid,
    mask_pan,
    redact_json,
    redact_text,
)

# Test numbers that the card schemes publish; the last one has 13 digits.
PANS = [
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "30569309025904",
    "6011111111111117",
    "3530111333300000",
    "6759649826438453",
    "6205500000000000004",
    "4222222222222",
]


def leaks(text: str, pan: str) -> bool:
    return pan[:7] in text


@pytest.mark.parametrize("pan", PANS)
def test_published_numbers_have_a_fitting_check_digit(pan: str) -> None:
    assert luhn_valid(pan)
    assert not luhn_valid(pan[:-1] + str((int(pan[-1]) + 1) % 10))


@pytest.mark.parametrize("pan", PANS)
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "paid with {} today",
        'PAN="{}"',
        "pan={},x",
        "<Authorisation CardPAN='{}'/>",
        "a{}b",
        "Nr.{}",
        "5,{},12.50",
        "***{}***",
        "22f0f8{}",
        "{}=25121010000012345678?",
        ";{}=2512101000001234?",
        "{}D25121010000012345678F",
        "%B{}^DOE/JOHN^25121010000?",
        "5a08{}5f24",
    ],
)
def test_no_card_number_survives_in_a_text(pan: str, form: str) -> None:
    redacted = redact_text(form.format(pan))
    assert not leaks(redacted, pan)
    assert "25121010000" not in redacted
    assert "DOE" not in redacted


@pytest.mark.parametrize("pan", PANS)
def test_first_six_and_last_four_digits_stay(pan: str) -> None:
    assert redact_text(f"card {pan}.") == f"card {pan[:6]}{'*' * (len(pan) - 10)}{pan[-4:]}."


@pytest.mark.parametrize("between", [" ", "-"])
def test_groups_are_masked_where_they_stand(between: str) -> None:
    number = between.join(["4111", "1111", "1111", "1111"])
    masked = between.join(["4111", "11**", "****", "1111"])
    assert redact_text(f"<{number}>") == f"<{masked}>"


def test_hex_dump_of_ascii_digits_is_masked() -> None:
    dump = b"4111111111111111".hex()
    assert dump not in redact_text(f"07 10 {dump}")
    spaced = b"4111111111111111".hex(" ")
    assert spaced not in redact_text(spaced)


def test_masked_numbers_and_other_digits_stay_as_they_are() -> None:
    text = "476173******0042 **** 4711 29001006 2026-11-22T03:01:12.123456 8711000000007 EUR 12,34"
    assert redact_text(text) == text


@given(st.text(alphabet="abcdefghijklmno pqrstuvwxyz.:/_ÄÖÜß\n"))
def test_text_without_digits_is_unchanged(text: str) -> None:
    assert redact_text(text) == text


@given(st.text())
def test_any_text_can_be_redacted_twice(text: str) -> None:
    assert redact_text(redact_text(text)) == redact_text(text)


def test_pan_names_are_masked_whatever_their_digits() -> None:
    value = {"pan": "4111111111111112", "CardPAN": 4111111111111112, "card_number": "123"}
    assert redact_json(value) == {
        "pan": "411111******1112",
        "CardPAN": "411111******1112",
        "card_number": "***",
    }


def test_secrets_are_removed_by_their_names() -> None:
    value = {
        "track2": "x",
        "Track_1": "y",
        "cvv": "123",
        "pin": "1234",
        "pin_block": "AB",
        "password": "9",
    }
    assert redact_json(value) == dict.fromkeys(value, REMOVED)


def test_pin_of_a_connector_is_no_secret() -> None:
    value = {"pin": 2, "on_ms": 100}
    assert redact_json(value) == value
    assert redact_text("drawer on pin: 5") == "drawer on pin: 5"


def test_article_numbers_are_no_card_numbers() -> None:
    gtin = "4222222222222"
    assert luhn_valid(gtin)
    assert redact_json({"gtin": gtin}) == {"gtin": gtin}


def test_times_and_sums_keep_their_type() -> None:
    value = {"at": 1766378472123456, "amount": 999999999999, "ok": True, "share": 0.5, "none": None}
    assert redact_json(value) == value


def test_nested_values_are_searched() -> None:
    pan = "4111111111111111"
    value = {"events": [{"text": f"PAN {pan}", "raw": [int(pan)], pan: 1}]}
    text = json.dumps(redact_json(value))
    assert pan not in text
    assert text.count("411111******1111") == 3


def test_long_rows_of_digits_are_searched_to_their_end() -> None:
    row = "4111111111111111" * 5000
    assert "4111111" not in redact_text(row)


def test_short_numbers_are_hidden_whole() -> None:
    assert mask_pan("123456") == "******"
    assert mask_pan("****1234") == "****1234"
    assert mask_pan("4111111111111111D2512") == "411111******1111"


PIECES = ["%B", "^", "=", "?", ":", " ", "-", "D", "34", "31 32 33", "3132", "pan", "PIN", "cvv"]
PIECES += [*PANS, "track2", "\u0664\u0661", '"', "x", "1", "2512", "\n"]
SUSPICIOUS = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@given(SUSPICIOUS)
def test_the_first_look_misses_nothing(text: str) -> None:
    quick = redact_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "_WORTH_A_LOOK", re.compile(""))
        assert redact_text(text) == quick
