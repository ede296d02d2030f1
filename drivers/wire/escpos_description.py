"""Says in words and numbers what the bytes sent to a printer mean, for people who seek a fault.

The result holds no card data: texts are redacted, and what a line hides in several pieces of
different style is hidden as a whole.
"""

import dataclasses
import re
from typing import Any, cast

from drivers.wire.escpos import EscPosReader
from drivers.wire.escpos_commands import (
    Command,
    FeedDots,
    FeedLines,
    Function,
    LineFeed,
    Oversized,
    Text,
    Unknown,
)
from drivers.wire.escpos_marks import Barcode, QrData
from drivers.wire.redaction import redact_json, redact_text

MAX_SHOWN = 32
"""Bytes of data that are shown; of more, images mostly, only the number."""

_ARTICLE_CODES = ("EAN-13", "EAN-8", "UPC-A", "UPC-E")

Description = dict[str, Any]
"""One command: `offset` and `length` in the data, `name` as in Epson's reference, `meaning`, and
its parameters under their names. JSON values only."""


def describe(data: bytes) -> list[Description]:
    """Describe every command in `data`, in order; what is cut off at its end is unknown."""
    reader = EscPosReader()
    reader.receive_data(data)
    reader.end()
    descriptions: list[Description] = []
    line: list[tuple[str, Description]] = []
    offset = 0
    while (command := reader.next_event()) is not None:
        place = {"offset": offset, "length": reader.position - offset}
        description = cast("Description", redact_json(place | _words(command)))
        descriptions.append(description)
        offset = reader.position
        match command:
            case Text():
                line.append((command.text, description))
            case Unknown(unknown):
                line.append((unknown.decode("latin-1"), description))
            case LineFeed() | FeedLines() | FeedDots():
                _hide_in_line(line)
                line = []
    _hide_in_line(line)
    return descriptions


def _hide_in_line(line: list[tuple[str, Description]]) -> None:
    """Hide the digits of a line whose pieces together are card data."""
    whole = "".join(text for text, _ in line)
    if len(line) > 1 and redact_text(whole) != whole:
        for text, description in line:
            if "text" in description:
                description["text"] = re.sub(r"\d", "*", text)


def _words(command: Command) -> Description:
    meaning = re.sub(r"(?<!^)(?=[A-Z])", " ", type(command).__name__).lower()
    match command:
        case Text():
            return {"name": "text", "meaning": meaning, "text": command.text} | _code_page(command)
        case Function(name, data):
            return {"name": name, "meaning": meaning, "data": _shown(data)}
        case Oversized(name, size):
            return {"name": name, "meaning": meaning, "size": size}
        case Barcode(_, data):
            key = "barcode" if command.symbology in _ARTICLE_CODES else "data"
            code = {"symbology": command.symbology, key: data.decode("latin-1")}
            return {"name": command.mnemonic, "meaning": meaning} | code
        case QrData(data):
            text = data.decode("utf-8", "replace")
            return {"name": command.mnemonic, "meaning": meaning, "data": text}
    return {"name": command.mnemonic, "meaning": meaning} | _parameters(command)


def _code_page(text: Text) -> Description:
    numbers = {"code_page": text.code_page, "character_set": text.character_set}
    return {name: number for name, number in numbers.items() if number}


def _parameters(command: Command) -> Description:
    fields = dataclasses.fields(command)
    return {field.name: _value(getattr(command, field.name)) for field in fields}


def _value(value: object) -> object:
    match value:
        case bytes():
            return _shown(value)
        case tuple():
            return [_value(member) for member in value]
        case _:
            return value


def _shown(data: bytes) -> str:
    return data.hex(" ") if len(data) <= MAX_SHOWN else f"{len(data)} bytes"
