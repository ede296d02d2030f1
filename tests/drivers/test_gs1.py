"""What codes say. Expected values: GS1 General Specifications, and codes printed on real goods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.barcode import split_aim
from drivers.wire.gs1 import Code, read_code

GS = "\x1d"
GTIN = "09506000134352"
LINK = "https://example.nl/01/09506000134352/10/AB?17=261231"


@pytest.mark.parametrize(
    ("scan", "expected"),
    [
        ("8711000000007", Code(gtin="08711000000007")),
        (
            "]C10109506000134352310300012315261231",
            Code(symbology="C1", gtin=GTIN, quantity_milli=123, expiry="2026-12-31"),
        ),
        (
            f"]d20109506000134352172612311012AB{GS}21X",
            Code(symbology="d2", gtin=GTIN, expiry="2026-12-31", lot="12AB", serial="X"),
        ),
        ("]e001095060001343523922001234", Code(symbology="e0", gtin=GTIN, price=1234)),
        (
            "]Q3010950600013435217261231",
            Code(symbology="Q3", gtin=GTIN, expiry="2026-12-31"),
        ),
        (LINK, Code(gtin=GTIN, lot="AB", expiry="2026-12-31")),
        ("2312345012340", Code(gtin="02312345012340")),
        ("hello", Code()),
    ],
)
def test_measured_codes_are_read(scan: str, expected: Code) -> None:
    assert read_code(scan) == expected


@pytest.mark.parametrize("prefix", ["]Q1", "]d1", "]Q3", "]d2", ""])
def test_digital_link_is_read_behind_every_prefix(prefix: str) -> None:
    code = read_code(prefix + LINK)
    assert (code.gtin, code.lot, code.expiry) == (GTIN, "AB", "2026-12-31")
    assert code.symbology == (prefix[1:] or None)


@pytest.mark.parametrize(
    ("misread", "right_digit"),
    [("2112345012345", "6"), ("1012345678905", "4"), ("8711000000005", "7")],
)
def test_misread_ean_is_a_problem_and_no_gs1_message(misread: str, right_digit: str) -> None:
    code = read_code(misread)
    assert (code.gtin, code.serial, code.lot) == (None, None, None)
    assert code.problem is not None
    assert f"should be {right_digit}" in code.problem


def test_short_valid_code_is_a_gtin_and_no_gs1_message() -> None:
    assert read_code("96385074") == Code(gtin="00000096385074")


@pytest.mark.parametrize("symbology", ["E0", "E4", "I1"])
def test_retail_symbologies_are_judged_by_gtin_alone(symbology: str) -> None:
    code = read_code(f"]{symbology}2112345012345")
    assert (code.symbology, code.gtin, code.serial) == (symbology, None, None)
    assert code.problem


@pytest.mark.parametrize(
    ("code", "gtin"),
    [
        ("871100000000712", "08711000000007"),
        ("871100000000712345", "08711000000007"),
        ("03600029145212", "00036000291452"),
        ("03600029145212345", "00036000291452"),
        ("9638507412", "00000096385074"),
        ("8711000000007", "08711000000007"),
    ],
)
def test_add_on_is_cut_off(code: str, gtin: str) -> None:
    assert read_code("]E3" + code).gtin == gtin


def test_upc_e_is_expanded() -> None:
    assert read_code("]E004252614").gtin == "00042100005264"


def test_weight_keeps_the_decimals_that_its_identifier_names() -> None:
    assert read_code("]C101095060001343523102000123").quantity_milli == 1230
    assert read_code("]C101095060001343523105000123").quantity_milli == 1


def test_price_finer_than_a_cent_is_no_price() -> None:
    assert read_code("]e001095060001343523923012345").price is None
    assert read_code("]e001095060001343523923012340").price == 1234


def test_day_zero_is_the_last_day_of_the_month() -> None:
    assert read_code("]e0010950600013435217280200").expiry == "2028-02-29"


def test_wrong_check_digit_inside_gs1_data_is_a_problem() -> None:
    code = read_code("]C10109506000134353")
    assert code.gtin is None
    assert code.problem is not None
    assert "should be 2" in code.problem


def test_damaged_gs1_data_is_a_problem() -> None:
    assert read_code("]C1zzz").problem


@pytest.mark.parametrize("own", ["21ABC", "10KLANT", "R01HZX0000000000000000000000", "041234"])
def test_codes_of_the_shop_are_left_alone(own: str) -> None:
    assert read_code(own) == Code()


def test_ordinary_web_address_is_no_problem() -> None:
    assert read_code("]Q1https://example.nl/aanbieding") == Code(symbology="Q1")


def test_aim_identifier_is_data_where_the_scanner_sends_none() -> None:
    assert read_code("]E08711000000007", aim=False) == Code()
    assert split_aim("]E0871") == ("E0", "871")
    assert split_aim("871]E0") == (None, "871]E0")


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"\A\][A-Za-z][0-9A-Za-z][0-9\x1d]*\Z"),
        st.from_regex(r"\A(\]Q1)?https?://[a-z./0-9?=%\[\]]*\Z"),
        st.from_regex(r"\A(\]C1|\]e0)?01\d{14}[0-9A-Z\x1d]*\Z"),
    )
)
def test_no_text_raises_and_a_gtin_has_fourteen_digits(text: str) -> None:
    code = read_code(text)
    if code.gtin is not None:
        assert len(code.gtin) == 14
        assert code.gtin.isascii()
        assert code.gtin.isdigit()
