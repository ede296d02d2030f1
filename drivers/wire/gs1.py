"""What a scanned code says: an article number, GS1 data, a Digital Link, or nothing known.

Built on biip, whose parsers are called one by one and never by `biip.parse`: that tries all of
them, and finds GS1 data in a misread EAN. Which parser may speak is decided by what the scanner
said about the symbology, or by the shape of the data:

    AIM identifier          data                          judged as
    E0 E1 E2 E3 E4 I0-I3    digits                        GTIN alone; E3 carries an add-on, E0 UPC-E
    C1 e0-e3 d2 Q3 J1       element string                GS1 data
    d2 Q3                   http:// or https://           Digital Link
    any other, or none      http:// or https://           Digital Link
    any other, or none      exactly 8, 12, 13, 14 digits  GTIN alone
    none                    element string with a GTIN    GS1 data
    any other, or none      anything else                 a code of the shop's own: no opinion

Absence is an answer: what is not there is None. `problem` is filled only when the code looks like
an article number or GS1 data and is neither.

Importing this module imports biip (about 20 MB): only a configured scanner does.

Source: GS1 General Specifications 24, sections 3 and 5.1.2; GS1 Digital Link URI Syntax 1.4.
"""

import contextlib
import dataclasses
import decimal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from biip import ParseConfig, ParseError
from biip.checksums import gs1_standard_check_digit
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message
from biip.gtin import Gtin
from biip.rcn import Rcn, RcnRegion
from biip.upc import Upc

from drivers.wire.barcode import split_aim
from drivers.wire.currencies import CURRENCIES

GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
RETAIL_SYMBOLOGIES: Final = frozenset({"E0", "E1", "E2", "E3", "E4", "I0", "I1", "I2", "I3"})
"""EAN, UPC and ITF: they hold digits and nothing else."""
GS1_SYMBOLOGIES: Final = frozenset({"C1", "e0", "e1", "e2", "e3", "d2", "Q3", "J1"})
"""Symbologies whose FNC1 says: GS1 data."""
ADD_ON_LENGTHS: Final = {8 + 2: 2, 12 + 2: 2, 12 + 5: 5, 13 + 2: 2, 13 + 5: 5}
"""Length behind E3: how many digits at its end are the add-on. 13 is an EAN-13 whose add-on was
not sent rather than UPC-E with five digits more."""
UPC_E_LENGTH: Final = 8

MINOR_UNITS: Final = 100
"""Of the euro and of its neighbours; AI 392n holds no currency."""
RCN_REGIONS: Final = frozenset(region.value.upper() for region in RcnRegion)
"""Countries whose price and weight codes are known: ISO 3166-1 alpha-2."""
CURRENCY_DIGITS: Final = 3
"""At the beginning of AI 393n: the currency's number (ISO 4217)."""


@dataclass(frozen=True)
class Code:
    """What one code says; `gtin` has 14 digits, weights are grams, prices minor units.

    Attributes:
        symbology: The AIM identifier without its bracket, where the scanner sent one.
        add_on: The 2 or 5 digits beside an EAN or UPC: a magazine's issue, a book's price.
        expiry: YYYY-MM-DD, from AI 17, else AI 15.
        count: Pieces, from AI 30, else AI 37.
        currency: Of the price, where the code says it (AI 393n); alphabetic, ISO 4217.
        problem: For the clerk.
    """

    symbology: str | None = None
    gtin: str | None = None
    add_on: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    quantity_milli: int | None = None
    count: int | None = None
    price: int | None = None
    currency: str | None = None
    problem: str | None = None


def read_code(text: str, *, aim: bool = True) -> Code:
    """Judge the data of one scan.

    Args:
        text: What the scanner sent between prefix and suffix; GS (0x1D) separates GS1 fields.
        aim: Take `]`, a letter and a modifier at the start for an AIM identifier. Without, they
            are data.

    Returns:
        What the code says. Nothing in `text` raises.
    """
    symbology, data = split_aim(text) if aim else (None, text)
    if symbology in RETAIL_SYMBOLOGIES:
        main, add_on = split_add_on(symbology, data)
        code = _read_digits(symbology, main)
        return dataclasses.replace(code, add_on=add_on) if add_on else code
    if data.lower().startswith(("http://", "https://")):
        return _read_digital_link(symbology, data)
    if symbology in GS1_SYMBOLOGIES:
        return _read_element_string(symbology, data)
    if _is_gtin_shaped(data):
        return _read_digits(symbology, data)
    if symbology is None:
        return _read_unannounced(data)
    return Code(symbology=symbology)


def _is_gtin_shaped(data: str) -> bool:
    return len(data) in GTIN_LENGTHS and data.isascii() and data.isdigit()


def split_add_on(symbology: str | None, data: str) -> tuple[str, str | None]:
    """Cut the 2 or 5 digits off that a magazine carries beside its code."""
    length = ADD_ON_LENGTHS.get(len(data), 0) if symbology == "E3" else 0
    if not length or not data[-length:].isdecimal():
        return data, None
    return data[:-length], data[-length:]


def read_variable_measure(digits: str, region: str) -> Code | None:
    """Read a restricted circulation number (EAN-13 beginning with 20 to 29) by national rules.

    Args:
        digits: Of the code, with a right check digit.
        region: One of `RCN_REGIONS`.

    Returns:
        Weight, count or price, and as `gtin` the number that is the same for every measure; None
        where the region has no rule for this number, or where the measure's own check digit is
        wrong.

    Source: the rules of the national GS1 organizations, as biip 5.2 has them.
    """
    try:
        rcn = Gtin.parse(digits, config=ParseConfig(rcn_region=RcnRegion(region.lower())))
    except ParseError:
        return None
    if not isinstance(rcn, Rcn) or (rcn.weight, rcn.count, rcn.price) == (None, None, None):
        return None
    return Code(
        gtin=rcn.without_variable_measure().as_gtin_14(),
        quantity_milli=_thousandths(rcn.weight),
        count=rcn.count,
        price=_minor_units(rcn.price),
    )


def with_check_digit(digits: str) -> str:
    """Renew the last digit of an article number, so that it fits the others."""
    return digits[:-1] + str(gs1_standard_check_digit(digits[:-1]))


def _read_digits(symbology: str | None, digits: str) -> Code:
    if not _is_gtin_shaped(digits):
        return Code(symbology=symbology, problem="The article number is incomplete. Scan it again.")
    if symbology == "E0" and len(digits) == UPC_E_LENGTH:
        with contextlib.suppress(ParseError):
            return Code(symbology=symbology, gtin=Upc.parse(digits).as_gtin_14())
    try:
        return Code(symbology=symbology, gtin=Gtin.parse(digits).as_gtin_14())
    except ParseError:
        return Code(symbology=symbology, problem=_wrong_check_digit(digits))


def _wrong_check_digit(digits: str) -> str:
    right = gs1_standard_check_digit(digits[:-1])
    return (
        f"This is no valid article number: its last digit should be {right}. "
        "Scan it again, or compare the digits."
    )


def _read_digital_link(symbology: str | None, uri: str) -> Code:
    """Take the identifiers out of the URI's path. The address itself is never visited."""
    try:
        link = GS1DigitalLinkURI.parse(uri)
    except (ParseError, ValueError):
        return Code(symbology=symbology)  # an ordinary web address
    return _read_elements(symbology, link.element_strings)


def _read_element_string(symbology: str | None, data: str) -> Code:
    try:
        message = GS1Message.parse(data)
    except (ParseError, ValueError):
        return Code(
            symbology=symbology, problem="The GS1 data in this code are damaged. Scan it again."
        )
    return _read_elements(symbology, message.element_strings)


def _read_unannounced(data: str) -> Code:
    """Read GS1 data only where a GTIN proves that they are: "21ABC" may be a badge."""
    code = _read_element_string(None, data) if data.startswith("01") else Code()
    return code if code.gtin else Code()


def _read_elements(symbology: str | None, elements: Iterable[GS1ElementString]) -> Code:
    """Pick what a register needs. biip takes any Unicode digit for a digit; GS1 does not."""
    by_ai = {element.ai.ai: element for element in elements if element.value.isascii()}
    trade_item = by_ai.get("01")
    if trade_item is not None and trade_item.gtin is None:
        return Code(symbology=symbology, problem=_wrong_check_digit(trade_item.value))
    price, currency = _price(by_ai)
    return Code(
        symbology=symbology,
        gtin=trade_item.gtin.as_gtin_14() if trade_item and trade_item.gtin else None,
        lot=_value(by_ai.get("10")),
        serial=_value(by_ai.get("21")),
        expiry=_expiry(by_ai.get("17") or by_ai.get("15")),
        quantity_milli=_thousandths(_decimal_of(by_ai, "310")),
        count=_pieces(by_ai.get("30") or by_ai.get("37")),
        price=price,
        currency=currency,
    )


def _value(element: GS1ElementString | None) -> str | None:
    return element.value if element else None


def _expiry(element: GS1ElementString | None) -> str | None:
    """Day 00 is the last day of the month; biip has resolved it."""
    return element.date.isoformat() if element and element.date else None


def _decimal_of(by_ai: dict[str, GS1ElementString], family: str) -> decimal.Decimal | None:
    """Find 310n or 392n; its last digit is the number of decimals, and biip has read it."""
    return next((element.decimal for ai, element in by_ai.items() if ai[:3] == family), None)


def _pieces(element: GS1ElementString | None) -> int | None:
    return int(element.value) if element and element.value.isdecimal() else None


def _price(by_ai: dict[str, GS1ElementString]) -> tuple[int | None, str | None]:
    """AI 392n in the shop's currency, else 393n in its own; one that nobody knows is no price."""
    if (in_shops_currency := _decimal_of(by_ai, "392")) is not None:
        return _minor_units(in_shops_currency), None
    element = next((each for ai, each in by_ai.items() if ai[:3] == "393"), None)
    number = element.value[:CURRENCY_DIGITS] if element else ""
    currency = CURRENCIES.get(int(number)) if number.isdecimal() else None
    amount = _minor_units(element.decimal) if element and currency else None
    return (None, None) if amount is None else (amount, currency)


def _thousandths(kilograms: decimal.Decimal | None) -> int | None:
    if kilograms is None:
        return None
    return int((kilograms * 1000).to_integral_value(decimal.ROUND_HALF_UP))


def _minor_units(price: decimal.Decimal | None) -> int | None:
    """A price finer than a cent cannot be charged: no price."""
    if price is None or (price * MINOR_UNITS) % 1:
        return None
    return int(price * MINOR_UNITS)
