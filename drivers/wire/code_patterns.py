r"""Patterns for codes whose meaning is a shop's own: price or weight in the code, badges, vouchers.

    pattern = position+ [value position*]
    position  a digit or another character: itself;  `.` any digit, part of the item
              `_` any digit that belongs to nothing, such as the check digit of a price
    value     `{N…D…}`: as many digits before the decimal point as N, behind it as D

    23.....{NNNDD}.     2312345012340     item 12345, value 12.34
    041                 041000173         begins with 041, 000173 is behind it

A pattern of digits as long as an article number (8, 12, 13 or 14 positions) is meant for codes of
exactly that length; its last position is the check digit and no part of the item. Any other is the
beginning of a code, and the rest is free.

This file does not know what a value measures, nor which row of a shop's table comes first.

Source: the pattern language is that of the barcode nomenclature of Odoo, which shopkeepers may
know; the lengths are those of GS1 General Specifications 24, section 3.3.
"""

import re
from dataclasses import dataclass
from typing import Final

from drivers.wire import WireError

ARTICLE_LENGTHS: Final = frozenset({8, 12, 13, 14})
MAX_POSITIONS: Final = 64
MAX_VALUE_DIGITS: Final = 9
"""Of N and D together; nine digits of cents are ten million."""

_PATTERN = re.compile(r"(?P<before>[^{}]*)(?:\{(?P<whole>N*)(?P<decimals>D*)\}(?P<behind>[^{}]*))?")
_DIGITS = frozenset("0123456789")
_ANY = "."
_NOTHING = "_"


@dataclass(frozen=True)
class PatternMatch:
    """What a pattern found in a code.

    Attributes:
        item: The digits at its dots, without the check digit.
        value: The digits between its braces as a whole number, or None where it has none.
        zeroed: The code with zeros at the value and at each `_`; the check digit is not renewed.
        rest: What stands behind the pattern.
    """

    item: str
    value: int | None
    zeroed: str
    rest: str


@dataclass(frozen=True)
class CodePattern:
    """One pattern.

    Attributes:
        text: As it was written.
        positions: One for each character of a code: itself, `.`, `_`, `N` or `D` (marked).
        decimals: How many digits of the value stand behind its decimal point.
    """

    text: str
    positions: tuple[tuple[str, bool], ...]
    decimals: int

    @classmethod
    def parse(cls, text: str) -> "CodePattern":
        """Read a pattern.

        Raises:
            WireError: It is none; the message says why, for whoever wrote it.
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise WireError("a pattern has at most one value, such as {NNNDD}")
        whole, decimals = match["whole"] or "", match["decimals"] or ""
        if match["whole"] is not None and not 0 < len(whole + decimals) <= MAX_VALUE_DIGITS:
            raise WireError(f"a value has 1 to {MAX_VALUE_DIGITS} digits, such as {{NNNDD}}")
        positions = (
            *((each, False) for each in match["before"]),
            *((each, True) for each in whole + decimals),
            *((each, False) for each in match["behind"] or ""),
        )
        if not 0 < len(positions) <= MAX_POSITIONS:
            raise WireError(f"a pattern has 1 to {MAX_POSITIONS} positions")
        if all(_takes_any_digit(position) for position in positions):
            raise WireError("a pattern needs at least one character that stands for itself")
        return cls(text, positions, len(decimals))

    @property
    def has_value(self) -> bool:
        """True where there are braces."""
        return any(in_value for _, in_value in self.positions)

    @property
    def whole_code(self) -> bool:
        """True where it is meant for codes of exactly its length."""
        numeric = all(_takes_any_digit(each) or each[0] in _DIGITS for each in self.positions)
        return numeric and len(self.positions) in ARTICLE_LENGTHS

    def match(self, data: str) -> PatternMatch | None:
        """Compare a code, without AIM identifier and add-on. Nothing in `data` raises."""
        length = len(self.positions)
        if len(data) < length or (self.whole_code and len(data) != length):
            return None
        if not all(map(_fits, self.positions, data)):
            return None
        in_item = length - 1 if self.whole_code else length
        value = "".join(data[i] for i, (_, in_value) in enumerate(self.positions) if in_value)
        return PatternMatch(
            item="".join(data[i] for i in range(in_item) if self.positions[i] == (_ANY, False)),
            value=int(value) if value else None,
            zeroed="".join(map(_zeroed, self.positions, data)) + data[length:],
            rest=data[length:],
        )

    def covers(self, other: "CodePattern") -> bool:
        """True when every code that `other` matches is matched by this one too."""
        if self.whole_code:
            comparable = other.whole_code and len(self.positions) == len(other.positions)
        else:
            comparable = len(self.positions) <= len(other.positions)
        return comparable and all(map(_covers, self.positions, other.positions))


def _takes_any_digit(position: tuple[str, bool]) -> bool:
    kind, in_value = position
    return in_value or kind in (_ANY, _NOTHING)


def _fits(position: tuple[str, bool], character: str) -> bool:
    return character in _DIGITS if _takes_any_digit(position) else character == position[0]


def _zeroed(position: tuple[str, bool], character: str) -> str:
    kind, in_value = position
    return "0" if in_value or kind == _NOTHING else character


def _covers(one: tuple[str, bool], other: tuple[str, bool]) -> bool:
    if _takes_any_digit(one):
        return _takes_any_digit(other) or other[0] in _DIGITS
    return not _takes_any_digit(other) and one[0] == other[0]
