"""Texts that carry `name=value&…`: receipts, additional responses, what an event is about.

Receipts come as lines of `name=Card&value=…&key=pan`: what to print on the left, on the right, and
what it is. Values are percent-encoded.

Source: recorded messages of Adyen's terminals.
"""

import urllib.parse
from collections.abc import Iterable

from drivers.wire.nexo.parts import OutputContent, OutputText, PaymentReceipt
from drivers.wire.redaction import redact_text

WIDTH = 32
"""Characters of a receipt's line; fits a roll of 58 mm."""
MOST_PAIRS = 500
"""In one text; recorded ones have up to 60."""


def pairs_of(text: str | None) -> dict[str, str]:
    """Return the pairs in a text; none where it holds none."""
    try:
        found = urllib.parse.parse_qsl(text or "", max_num_fields=MOST_PAIRS)
    except ValueError:
        return {}
    return dict(found)


def receipt_text(receipts: Iterable[PaymentReceipt], qualifier: str) -> str | None:
    r"""Return the receipt for this reader, lines joined by `\n`, without card numbers."""
    for receipt in receipts:
        if receipt.document_qualifier == qualifier:
            return "\n".join(lines_of(receipt.output_content)).strip("\n") or None
    return None


def lines_of(content: OutputContent) -> list[str]:
    """Return the lines of a text as they are to be printed."""
    lines = [""]
    for piece in content.output_text:
        shown = shown_text(piece)
        if shown is None:
            continue
        lines[-1] += shown
        if piece.end_of_line_flag:
            lines.append("")
    return [redact_text(line).rstrip() for line in lines[:-1] + ([lines[-1]] if lines[-1] else [])]


def shown_text(piece: OutputText) -> str | None:
    """Return what is printed of a piece: an empty line for a filler, None for an empty header."""
    pairs = pairs_of(piece.text)
    if "key" not in pairs:
        return piece.text.replace("\xa0", " ")
    if pairs["key"] == "filler":
        return ""
    name, value = (pairs.get(part, "").replace("\xa0", " ").strip() for part in ("name", "value"))
    if not name and not value:
        return None
    return f"{name}{value:>{max(WIDTH - len(name), len(value) + 1)}}" if value else name
