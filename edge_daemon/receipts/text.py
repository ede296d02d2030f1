"""A printer's document as plain text, for a terminal, a log and a test.

Every line is as wide as the paper. Large characters keep their place and lose their size: where a
line of them has a gap, the gap takes the width that the letters do not.
"""

import re

from drivers.pos_printer import (
    Alignment,
    AnyElement,
    Barcode,
    Cut,
    Document,
    Feed,
    QrCode,
    Text,
)
from edge_daemon.receipts.columns import cut

_GAP = re.compile(r"  +(?=\S)")


def to_text(document: Document, columns: int) -> str:
    r"""Render a document; lines end with `\n` and have no spaces at their end."""
    lines = [line for element in document for line in _element_lines(element, columns)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _element_lines(element: AnyElement, columns: int) -> list[str]:
    match element:
        case Text():
            return _text_lines(element, columns)
        case Barcode():
            return [_aligned(f"[EAN-13 {element.data}]", element.alignment, columns)]
        case QrCode():
            lines = cut(f"[QR {element.data}]", columns)
            return [_aligned(line, element.alignment, columns) for line in lines]
        case Feed():
            return [""] * element.lines
        case Cut():
            return [("- " * columns)[:columns]]
        case _:  # what receipts are not made of
            return [f"[{type(element).__struct_config__.tag}]"]


def _text_lines(element: Text, columns: int) -> list[str]:
    lines = cut(element.text, max(columns // element.width, 1)) or [""]
    return [_aligned(_stretched(line, element.width), element.alignment, columns) for line in lines]


def _stretched(line: str, width: int) -> str:
    gap = _GAP.search(line)
    if gap is None or width == 1:
        return line
    return line[: gap.end()] + " " * (len(line) * (width - 1)) + line[gap.end() :]


def _aligned(line: str, alignment: Alignment, columns: int) -> str:
    match alignment:
        case Alignment.LEFT:
            return line
        case Alignment.CENTRE:
            return line.center(columns)
        case Alignment.RIGHT:
            return line.rjust(columns)
