"""What goes over the wire, for support: each message without card data, as JSON."""

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from drivers.payment_terminal import TracedMessage
from drivers.wire import WireError
from drivers.wire.nexo.envelope import Message, encode
from drivers.wire.nexo.members import parse_json
from drivers.wire.redaction import redact_json

Listener = Callable[[TracedMessage], None]


class Tracer:
    """Tells whoever listens; costs nothing while nobody does."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._listeners: dict[Listener, float] = {}

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every message from now on, until the returned one is called."""
        self._listeners[listener] = _now()
        return lambda: self._forget(listener)

    def tell(self, sender: Literal["till", "terminal"], message: Message) -> None:
        """Tell a message. Of what was received, the members that are known here are shown."""
        if not self._listeners:
            return
        name, text = _shown(message)
        for listener, began in tuple(self._listeners.items()):
            listener(
                TracedMessage(
                    at=round(_now() - began, 3),
                    sender=sender,
                    protocol=self._protocol,
                    name=name,
                    message=text,
                )
            )

    def _forget(self, listener: Listener) -> None:
        self._listeners.pop(listener, None)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _shown(message: Message) -> tuple[str, str]:
    name = type(message.body).__name__ if message.body else message.header.message_category
    try:
        plain = parse_json(encode(message))
    except WireError:
        return name, ""
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
