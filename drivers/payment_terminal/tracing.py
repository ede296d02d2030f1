"""What goes over the wire, for support: each message without card data."""

import asyncio
from collections.abc import Callable
from typing import Literal

from drivers.payment_terminal import TracedMessage

Listener = Callable[[TracedMessage], None]


class Trace:
    """Hands messages to those who look on; without them nothing is decoded.

    Args:
        protocol: The driver's name.
        show: Returns a message's name and its redacted text.
    """

    def __init__(self, protocol: str, show: Callable[[bytes], tuple[str, str]]) -> None:
        self._protocol = protocol
        self._show = show
        self._listeners: dict[Listener, float] = {}

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every message until what is returned is called."""
        self._listeners[listener] = asyncio.get_running_loop().time()

        def end() -> None:
            self._listeners.pop(listener, None)

        return end

    def record(self, sender: Literal["till", "terminal"], data: bytes) -> None:
        """Take one message of the wire."""
        if not self._listeners:
            return
        name, message = self._show(data)
        now = asyncio.get_running_loop().time()
        for listener, began in list(self._listeners.items()):
            listener(
                TracedMessage(
                    at=round(now - began, 6),
                    sender=sender,
                    protocol=self._protocol,
                    name=name,
                    message=message,
                )
            )
