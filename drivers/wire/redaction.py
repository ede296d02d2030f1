r"""The one redactor: no card data in logs, journal, events, recordings or on a screen.

What is searched for:

- numbers of 13 to 19 digits that do not begin with 0 and whose Luhn digit fits, also in groups, in
  hex dumps of ASCII, and inside longer rows of digits where a card scheme's first digits and
  length fit;
- tracks: `;…=…?`, `%B…^…^…?`, a card number with `=` or `D` and digits behind it;
- values under names that say what they are: `pan`, `track2`, `cvv`, `pin`, `CardPAN="…"`.

Of a card number at most the first 6 and the last 4 digits stay, of all else nothing.

What this does not know: wire formats. Codecs say by field which value is a card number, and call
`mask_pan`. An honest doubt: one in ten other numbers of that length has a fitting Luhn digit and
is masked too. Names that can only hold an article number are therefore left alone.

Source: PCI DSS 4.0, 3.4.1 (first 6, last 4) and 3.3 (tracks, verification value, PIN: never);
ISO/IEC 7812-1 annex B (Luhn) and 7813 (tracks).
"""

import re
from collections.abc import Mapping

MASK = "*"
REMOVED = "[removed]"

FIRST, LAST = 6, 4
SHORTEST_PAN, LONGEST_PAN = 13, 19
SHORTEST_PIN = 4
"""Digits. A `pin` with fewer is a contact of a connector (a drawer is on pin 2 or 5)."""

SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|2(?:2[2-9]\d|[3-6]\d\d|7[01]\d|720))\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|35\d{14}|6\d{15,18}|5[06-8]\d{14,17}"
)
"""First digits and lengths of card schemes, to find a card number in a longer row of digits."""

_WORTH_A_LOOK = re.compile(r"[:=]|(?:\d[ :-]?){8}")
"""In every text of which one of the four below takes anything; few texts have it."""
_DIGIT_ROW = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,}(?P<track>[=Dd]\d{3,}\??)?")
_TRACK_1 = re.compile(r"%?B\d{8,19}\^[^^\n]{0,26}\^[^?\n]{0,60}\??", re.IGNORECASE)
_ASCII_DUMP = re.compile(r"(?:3[0-9][ :]?){13,}")
_NAMED = re.compile(
    r"""(?P<name>\b(?:card_?pan|pan|card_?number|track_?[123]?(?:_?data)?|cvv2?|cvc2?|pin_?block
        |pin_?data|pin))(?P<between>["']?\s*[:=]\s*["']?)(?P<value>[^\s"',;}<>&]+)""",
    re.IGNORECASE | re.VERBOSE,
)

PAN_NAMES = frozenset({"pan", "cardpan", "cardnumber", "primaryaccountnumber", "maskedpan"})
SECRET_NAMES = frozenset(
    {
        "track", "track1", "track2", "track3", "trackdata", "track1data", "track2data",
        "track3data", "track2equivalent", "cvv", "cvv2", "cvc", "cvc2", "pin", "pinblock",
        "pindata", "password",
    }
)  # fmt: skip
ARTICLE_NAMES = frozenset({"gtin", "ean", "barcode", "itemid"})
"""Names whose values are never card numbers."""


def luhn_valid(digits: str) -> bool:
    """True when the last digit is the Luhn check digit of the others."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    plain = (int(digit) for digit in digits[-1::-2])
    return (sum(plain) + sum(number // 10 + number % 10 for number in doubled)) % 10 == 0


def mask_pan(number: str) -> str:
    """Return a card number with at most its first 6 and last 4 digits; masks stay masks.

    A number too short to hide anything between them is hidden whole.
    """
    number = re.split(r"[=Dd]", number, maxsplit=1)[0]
    if len(number) < SHORTEST_PAN:
        return (
            MASK * max(0, len(number) - LAST) + number[-LAST:]
            if MASK in number
            else (MASK * len(number))
        )
    return number[:FIRST] + MASK * (len(number) - FIRST - LAST) + number[-LAST:]


def redact_text(text: str) -> str:
    """Return `text` without card data; the rest is unchanged, and the length mostly."""
    if _WORTH_A_LOOK.search(text) is None:
        return text
    text = _TRACK_1.sub(REMOVED, text)
    text = _ASCII_DUMP.sub(_redact_dump, text)
    text = _DIGIT_ROW.sub(_redact_row, text)
    return _NAMED.sub(_redact_named, text)


def redact_json(value: object) -> object:
    """Return a copy of a JSON value without card data, by its names and by its texts."""
    match value:
        case str():
            return redact_text(value)
        case bool() | float() | None:
            return value
        case int():
            return _redact_int(value)
        case Mapping():
            return {
                redact_text(str(key)): _redact_member(str(key), member)
                for key, member in value.items()
            }
        case list() | tuple():
            return [redact_json(member) for member in value]
        case _:
            return redact_text(str(value))


def _redact_member(name: str, value: object) -> object:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if value is None or isinstance(value, bool):
        return value
    if plain in PAN_NAMES and isinstance(value, str | int):
        return mask_pan(str(value))
    if plain in SECRET_NAMES and not (plain == "pin" and len(str(value)) < SHORTEST_PIN):
        return REMOVED
    if plain in ARTICLE_NAMES:
        return value
    return redact_json(value)


def _redact_int(value: int) -> int | str:
    digits = str(value)
    return mask_pan(digits) if SCHEMES.fullmatch(digits) and luhn_valid(digits) else value


def _redact_row(match: re.Match[str]) -> str:
    row = match[0][: match.start("track") - match.start()] if match["track"] else match[0]
    digits = re.sub(r"\D", "", row)
    masked = _mask_digits(digits)
    if masked == digits:
        return match[0]
    shown = _refill(row, masked)
    return shown + REMOVED if match["track"] else shown


def _mask_digits(digits: str) -> str:
    if _is_pan(digits):
        return mask_pan(digits)
    shown, position = [], 0
    while position < len(digits):
        number = _scheme_number(digits, position) or digits[position]
        shown.append(mask_pan(number) if len(number) > 1 else number)
        position += len(number)
    return "".join(shown)


def _is_pan(digits: str) -> bool:
    fits = SHORTEST_PAN <= len(digits) <= LONGEST_PAN
    return fits and digits[0] != "0" and luhn_valid(digits)


def _scheme_number(digits: str, position: int) -> str | None:
    """Return the longest card number of a known scheme that begins here."""
    for length in range(LONGEST_PAN, SHORTEST_PAN - 1, -1):
        number = digits[position : position + length]
        if len(number) == length and SCHEMES.fullmatch(number) and luhn_valid(number):
            return number
    return None


def _refill(row: str, masked: str) -> str:
    characters = iter(masked)
    return "".join(next(characters) if character.isdigit() else character for character in row)


def _redact_dump(match: re.Match[str]) -> str:
    dump = re.sub(r"[ :]", "", match[0])
    digits = bytes.fromhex(dump[: len(dump) // 2 * 2]).decode("ascii", "replace")
    if not digits.isdecimal() or _mask_digits(digits) == digits:
        return match[0]
    return _mask_digits(digits).encode("ascii").hex()


def _redact_named(match: re.Match[str]) -> str:
    name = re.sub(r"[^a-z0-9]", "", match["name"].lower())
    value = match["value"]
    if name == "pin" and len(value) < SHORTEST_PIN:
        return match[0]
    if name not in PAN_NAMES:
        return match["name"] + match["between"] + REMOVED
    return match["name"] + match["between"] + mask_pan(value)
