"""What a message looks like in a capture for support: its name, and itself without card data."""

import json
from decimal import Decimal

from drivers.wire import WireError
from drivers.wire.nexo.envelope import HEADER, Message, encode, unwrap
from drivers.wire.nexo.members import parse_json
from drivers.wire.redaction import redact_json


def traced(message: Message) -> bytes:
    """Return a message's plain JSON; nothing where it holds what must not be sent.

    Of what was received, the members that are known here are shown.
    """
    try:
        return encode(message)
    except WireError:
        return b""


def shown(data: bytes) -> tuple[str, str]:
    """Return the name and the redacted text of a message's plain JSON."""
    try:
        plain = parse_json(data)
        (name,) = unwrap(plain).keys() - {HEADER}
    except (WireError, ValueError):
        return "message", ""
    return name, json.dumps(redact_json(_without_decimals(plain)), ensure_ascii=False)


def _without_decimals(value: object) -> object:
    match value:
        case Decimal():
            return float(value)
        case dict():
            return {name: _without_decimals(member) for name, member in value.items()}
        case list():
            return [_without_decimals(member) for member in value]
        case _:
            return value
