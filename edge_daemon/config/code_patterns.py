"""`[[code_pattern]]`: what codes of the shop's own mean, in the order in which they are tried."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import msgspec

from drivers.wire import WireError
from drivers.wire.code_patterns import CodePattern
from edge_daemon.config.table import Table

MEASURES = frozenset({"price", "weight", "count", "discount"})
"""Meanings that are a number in the code."""
MOST_DECIMALS = {"price": 2, "weight": 6, "count": 0, "discount": 2}
"""A price has whole cents, a count whole pieces, a discount hundredths of a per cent."""

Symbology = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[A-Za-z][0-9A-Za-z]\Z",
        description="an AIM identifier without its bracket, such as E0",
    ),
]


class CodePatternRow(Table, frozen=True, kw_only=True):
    """One row of the table.

    Attributes:
        pattern: As `drivers.wire.code_patterns` describes it, such as `23.....{NNNDD}.`.
        meaning: What the value between the braces is, or whose number the code is.
        symbologies: AIM identifiers that it applies to; all where absent. A scanner that sends
            none is believed to have read the right one.
        item: How the catalogue is asked: by the digits at the dots, or by the whole code with
            zeros instead of the value and a check digit that fits.
        check_digit: Whether a code with a wrong check digit is a misread, and not this row's.
    """

    pattern: str
    meaning: Literal[
        "price", "weight", "count", "discount", "badge", "customer", "gift_card", "receipt"
    ]
    symbologies: tuple[Symbology, ...] = ()
    item: Literal["digits", "zeroed"] = "digits"
    check_digit: bool = True

    def __post_init__(self) -> None:
        """Refuse a pattern that cannot be read, or has no value where the meaning needs one."""
        try:
            pattern = self.parsed
        except WireError as error:
            raise ValueError(f"{self.pattern!r} is no pattern: {error}.") from error
        if pattern.has_value != (self.meaning in MEASURES):
            needs = "a value such as {NNNDD}" if self.meaning in MEASURES else "no value"
            raise ValueError(f"{self.pattern!r} needs {needs}, because it is a {self.meaning}.")
        most = MOST_DECIMALS.get(self.meaning, 0)
        if pattern.decimals > most:
            raise ValueError(f"{self.pattern!r}: a {self.meaning} has at most {most} decimals.")

    @property
    def parsed(self) -> CodePattern:
        """The pattern.

        Raises:
            WireError: Only while the row is being made.
        """
        return CodePattern.parse(self.pattern)

    def applies_to(self, symbology: str | None) -> bool:
        """True when the scanner may have read a code of this row's kind."""
        return symbology is None or not self.symbologies or symbology in self.symbologies

    def hides(self, other: "CodePatternRow") -> bool:
        """True when `other`, further down, never has its turn."""
        everywhere = not self.symbologies or (
            bool(other.symbologies) and set(other.symbologies) <= set(self.symbologies)
        )
        sooner = not self.check_digit or other.check_digit
        return everywhere and sooner and self.parsed.covers(other.parsed)


def check_code_patterns(rows: Sequence[CodePatternRow]) -> Iterator[str]:
    """Every row has its turn for some code."""
    for (place, one), (later, other) in itertools.combinations(enumerate(rows), 2):
        if one.hides(other):
            yield (
                f"code_pattern[{later}]: {other.pattern!r} never has its turn, because"
                f" code_pattern[{place}] {one.pattern!r} takes all its codes. Put it above."
            )
