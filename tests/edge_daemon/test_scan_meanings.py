"""What codes mean in a shop: by the rules of the trade and by its own table."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner import Meaning, Scan
from edge_daemon.config.code_patterns import CodePatternRow, check_code_patterns
from edge_daemon.config.conversion import convert
from edge_daemon.devices import ScanMeanings

SHOP = """
[[code_pattern]]
pattern = "22{NN}."
meaning = "discount"
symbologies = ["E0"]

[[code_pattern]]
pattern = "23.....{NNNDD}."
meaning = "price"

[[code_pattern]]
pattern = "21.....{NNDDD}."
meaning = "weight"
item = "zeroed"

[[code_pattern]]
pattern = "24.....{NNNNN}."
meaning = "count"

[[code_pattern]]
pattern = "02.....{NNDD}_."
meaning = "price"
item = "zeroed"

[[code_pattern]]
pattern = "BDG"
meaning = "badge"

[[code_pattern]]
pattern = "042"
meaning = "customer"

[[code_pattern]]
pattern = "GC-"
meaning = "gift_card"

[[code_pattern]]
pattern = "29{NNNN}......."
meaning = "price"
check_digit = false
"""


def rows(toml: str) -> tuple[CodePatternRow, ...]:
    mistakes: list[str] = []
    found = convert(
        tomllib.loads(toml)["code_pattern"],
        tuple[CodePatternRow, ...],
        "code_pattern",
        mistakes,
    )
    assert mistakes == []
    read: tuple[CodePatternRow, ...] = found
    return read


def mistakes_of(**row: Any) -> list[str]:
    mistakes: list[str] = []
    convert(row, CodePatternRow, "code_pattern[0]", mistakes)
    return mistakes


@pytest.fixture(scope="module")
def shop() -> ScanMeanings:
    return ScanMeanings(rows(SHOP))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("2312345012340", {"meaning": "item", "key": "12345", "price": 1234}),
        ("]E02312345012340", {"meaning": "item", "key": "12345", "price": 1234}),
        (
            "2112345012346",
            {
                "meaning": "item",
                "key": "2112345000008",
                "gtin": "02112345000008",
                "quantity_milli": 1234,
            },
        ),
        ("2412345000122", {"meaning": "item", "key": "12345", "count": 12}),
        (
            "212345099872",  # a UPC-A: the EAN-13 with a zero before it
            {"meaning": "item", "key": "0212345000007", "gtin": "00212345000007", "price": 998},
        ),
        ("]E02215000000006", {"meaning": "discount", "key": "000000006", "discount_bp": 1500}),
        ("BDG0077", {"meaning": "badge", "key": "0077"}),
        ("0420001730001", {"meaning": "customer", "key": "0001730001"}),
        ("GC-77A", {"meaning": "gift_card", "key": "77A"}),
        ("2912340000000", {"meaning": "item", "key": "000000", "price": 123400}),
        (
            "R01HZXK3V5N8QW2E4R6T8Y0ABCD",
            {"meaning": "receipt", "key": "01HZXK3V5N8QW2E4R6T8Y0ABCD"},
        ),
        (
            "]Q1R01HZXK3V5N8QW2E4R6T8Y0ABCD",
            {"meaning": "receipt", "key": "01HZXK3V5N8QW2E4R6T8Y0ABCD"},
        ),
    ],
)
def test_code_of_the_shop_has_its_meaning(
    shop: ScanMeanings, code: str, expected: dict[str, Any]
) -> None:
    scan = shop.read(code)
    found = {
        "meaning": scan.meaning, "key": scan.key, "gtin": scan.gtin, "price": scan.price,
        "quantity_milli": scan.quantity_milli, "count": scan.count,
        "discount_bp": scan.discount_bp, "problem": scan.problem,
    }  # fmt: skip
    assert {name: value for name, value in found.items() if value is not None} == expected


@pytest.mark.parametrize(
    "code",
    [
        "8711000000007",
        "23123450123407",  # an outer carton: 14 digits are no price
        "]C1010950600013435217261231",
        "https://example.nl/01/09506000134352/10/AB",
        "r01HZXK3V5N8QW2E4R6T8Y0ABCD",
    ],
)
def test_other_code_is_what_the_driver_read(shop: ScanMeanings, code: str) -> None:
    assert shop.read(code) == ScanMeanings().read(code)
    assert shop.read(code).meaning is None


def test_misread_price_is_told_and_has_no_price(shop: ScanMeanings) -> None:
    scan = shop.read("2312345012341")
    assert (scan.meaning, scan.price) == (None, None)
    assert scan.problem is not None
    assert "should be 0" in scan.problem


def test_row_of_another_symbology_is_passed_over(shop: ScanMeanings) -> None:
    assert shop.read("]C02215000000006").meaning is None


def test_add_on_is_no_part_of_the_code(shop: ScanMeanings) -> None:
    scan = shop.read("]E3231234501234005")
    assert (scan.price, scan.add_on) == (1234, "05")


@pytest.mark.parametrize(
    ("region", "code", "expected"),
    [  # biip 5.2, README and tests: numbers of real labels
        ("NO", "2302148210869", Scan("", gtin="02302148200006", price=None, quantity_milli=1086)),
        ("SE", "2088060112343", Scan("", gtin="02088060100005", price=None, quantity_milli=None)),
    ],
)
def test_national_rules_apply_where_no_pattern_does(region: str, code: str, expected: Scan) -> None:
    assert ScanMeanings().read(code).meaning is None
    scan = ScanMeanings(region=region).read(code)
    assert scan.meaning is Meaning.ITEM
    assert scan.gtin == expected.gtin
    assert (scan.key or "").zfill(14) == expected.gtin


def test_shops_own_row_goes_before_national_rules() -> None:
    (row,) = rows('[[code_pattern]]\npattern = "23.....{NNNDD}."\nmeaning = "price"\n')
    scan = ScanMeanings([row], region="NO").read("2302148210869")
    assert (scan.key, scan.price, scan.quantity_milli) == ("02148", 21086, None)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"pattern": "23....", "meaning": "price"}, "needs a value"),
        ({"pattern": "041{NN}", "meaning": "badge"}, "needs no value"),
        ({"pattern": "23{NNDDD}", "meaning": "price"}, "at most 2 decimals"),
        ({"pattern": "24{NND}", "meaning": "count"}, "at most 0 decimals"),
        ({"pattern": "23{NN", "meaning": "price"}, "is no pattern"),
        ({"pattern": ".....{NN}", "meaning": "price"}, "stands for itself"),
        ({"pattern": "23{NN}", "meaning": "prise"}, "price"),
        ({"pattern": "23{NN}", "meaning": "price", "symbologies": ["EAN"]}, "AIM identifier"),
        ({"pattern": "23{NN}", "meaning": "price", "item": "all"}, "zeroed"),
        ({"meaning": "price"}, "pattern: missing"),
    ],
)
def test_wrong_row_is_told_at_the_start(row: dict[str, Any], said: str) -> None:
    (mistake,) = mistakes_of(**row)
    assert mistake.startswith("code_pattern[0]")
    assert said in mistake


def test_row_that_never_has_its_turn_is_told() -> None:
    table = rows(
        """
        [[code_pattern]]
        pattern = "23"
        meaning = "badge"

        [[code_pattern]]
        pattern = "23.....{NNNDD}."
        meaning = "price"
        """
    )
    (mistake,) = check_code_patterns(table)
    assert mistake.startswith("code_pattern[1]")
    assert "Put it above" in mistake
    assert list(check_code_patterns(table[::-1])) == []
    assert list(check_code_patterns(rows(SHOP))) == []


@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"\A(\][A-Za-z][0-9A-Za-z])?[0-9]{8,18}\Z"),
        st.from_regex(r"\A(BDG|GC-|R)[0-9A-Z]*\Z"),
    )
)
def test_no_scan_raises(text: str) -> None:
    scan = ScanMeanings(rows(SHOP), "SE").read(text)
    assert scan.scan_data == text
    assert scan.meaning is None or scan.problem is None
