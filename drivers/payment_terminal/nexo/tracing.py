"""What a message looks like in a capture for support: its name, and itself without card data."""

import json

from drivers.wire import WireError
from drivers.wire.nexo.description import redact_members
from drivers.wire.nexo.envelope import HEADER, Message, encode, unwrap
from drivers.wire.nexo.members import parse_json


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
    return name, json.dumps(redact_members(plain), ensure_ascii=False)
