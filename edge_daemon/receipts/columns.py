"""Lines of a fixed number of characters. Words may move to the next line; amounts never break."""

import textwrap
import unicodedata
from collections.abc import Sequence

NARROWEST_LEFT = 8
"""Characters; with less room beside it, an amount gets a line of its own."""

INDENT = "  "

_WITHOUT_WIDTH = frozenset({"Cf", "Cs", "Mn"})


def clean(text: str) -> str:
    """Make one character one column: letters composed, nothing that has no width or moves a line.

    Control characters (Cc) become spaces, so no text can give a printer an order; format
    characters (Cf), surrogates (Cs) and marks without a letter (Mn) go.
    """
    return "".join(
        " " if category == "Cc" else character
        for character in unicodedata.normalize("NFC", text)
        if (category := unicodedata.category(character)) not in _WITHOUT_WIDTH
    )


def wrap(text: str, columns: int, indent: str = "") -> list[str]:
    """Break at spaces, and inside a word only when it is wider than the paper."""
    return textwrap.wrap(clean(text), columns, initial_indent=indent, subsequent_indent=indent)


def balance(text: str, columns: int) -> list[str]:
    """Break at spaces into as few lines as `wrap`, of nearly the same length: no lone last word."""
    lines = wrap(text, columns)
    if len(lines) < 2:  # noqa: PLR2004 - one line has nothing to share
        return lines
    narrower = (wrap(text, width) for width in range(len(text) // len(lines), columns))
    return next((each for each in narrower if len(each) == len(lines)), lines)


def cut(text: str, columns: int) -> list[str]:
    """Break lines that are wider than the paper, and change nothing else."""
    lines = [clean(line).rstrip() for line in text.splitlines()]
    return [
        line[start : start + columns]
        for line in lines
        for start in range(0, max(len(line), 1), columns)
    ]


def pair(left: str, right: str, columns: int, indent: str = "") -> list[str]:
    """Put `right` at the right edge of the last line of `left`, in one piece."""
    room = columns - len(right) - 1
    needed = len(indent) + min(len(left), NARROWEST_LEFT)
    if room < needed:
        return [*wrap(left, columns, indent), right.rjust(columns)]
    *lines, last = wrap(left, room, indent) or [""]
    return [*lines, last + right.rjust(columns - len(last))]


def field(label: str, value: str, columns: int) -> list[str]:
    """Put a text at the right edge beside its label, or below it where both do not fit."""
    value = clean(value)
    if len(clean(label)) + 1 + len(value) <= columns:
        return pair(label, value, columns)
    return [*wrap(label, columns), *(line.rjust(columns) for line in wrap(value, columns))]


def table(rows: Sequence[Sequence[str]], columns: int) -> list[str] | None:
    """Set rows in columns, the first to the left and the others to the right edge.

    Returns:
        The lines, or None when a cell would have to break.
    """
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    gap = (columns - sum(widths)) // max(len(widths) - 1, 1)
    if gap < 1:
        return None
    spare = columns - sum(widths) - gap * (len(widths) - 1)
    first, *others = widths
    return [
        row[0].ljust(first + spare)
        + "".join(
            " " * gap + cell.rjust(width) for cell, width in zip(row[1:], others, strict=True)
        )
        for row in rows
    ]
