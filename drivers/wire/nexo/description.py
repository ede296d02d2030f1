"""Messages of nexo in words, for support: members and values, and never card data.

The result is made of JSON values. Card numbers keep their first 6 and last 4 digits. Of an
encrypted message only the header is shown. A message that came back to its sender (`Reject`)
travels in base64; it is only said to be there.
"""

import re
import urllib.parse
from decimal import Decimal
from typing import Any

from drivers.wire import WireError
from drivers.wire.nexo.envelope import HEADER, message_of, unwrap
from drivers.wire.nexo.members import parse_json
from drivers.wire.nexo.protection import BLOB, TRAILER
from drivers.wire.redaction import REMOVED, redact_json, redact_text

Json = dict[str, Any]

_MAYBE_BASE64 = frozenset({"RejectedMessage", "SaleToAcquirerData"})
"""Members that hold JSON in base64; the second may hold pairs, too."""
_BASE64 = re.compile(r"\s*[A-Za-z0-9+/\s]+={0,2}\s*")


def describe(data: bytes) -> list[Json]:
    """Return one entry for each message in `data`: a single one, or one in each line.

    An entry has `name`, `length` and `fields`; what makes no sense has an `error`. A field has a
    `name`, and as `value` a text or the fields inside of it.
    """
    whole = _message(data)
    lines = [line for line in data.splitlines() if line.strip()]
    if "error" in whole and len(lines) > 1:
        each = [_message(line) for line in lines]
        return each if any("error" not in entry for entry in each) else [whole]
    return [whole]


def redact_members(value: object) -> object:
    """Return a copy of a message's JSON without card data; its fractions become floats."""
    return redact_json(_searched(value))


def _message(data: bytes) -> Json:
    entry: Json = {"name": "message", "length": len(data)}
    try:
        inside = unwrap(parse_json(data))
        named = inside.keys() - {HEADER, TRAILER}
        entry["name"] = "encrypted message" if BLOB in inside else " ".join(sorted(named))
        hidden = {name: value for name, value in inside.items() if name not in {BLOB, TRAILER}}
        entry["fields"] = _fields(redact_members(hidden))
        message_of(inside)
    except WireError as error:
        entry["error"] = str(error)
    return entry


def _fields(value: object) -> list[Json]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value, 1)  # type: ignore[arg-type] # a list
    return [
        {"name": str(name), "value": _fields(each) if isinstance(each, dict | list) else each}
        for name, each in pairs
    ]


def _searched(value: object) -> object:
    """Look for card data where only this protocol hides it."""
    match value:
        case Decimal():
            return float(value)
        case str():
            return _readable(value)
        case dict():
            return {
                name: REMOVED if _is_base64(name, member) else _searched(member)
                for name, member in value.items()
            }
        case list():
            return [_searched(member) for member in value]
        case _:
            return value


def _is_base64(name: str, value: object) -> bool:
    return name in _MAYBE_BASE64 and _BASE64.fullmatch(str(value)) is not None


def _readable(text: str) -> str:
    """Return a text as it was, unless its escaping hides card data."""
    plain = urllib.parse.unquote_plus(text)
    redacted = redact_text(plain)
    return text if redacted == plain else redacted
