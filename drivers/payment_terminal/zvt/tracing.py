"""What goes over the wire, for support: every message without card data, as it can be replayed."""

from collections.abc import Callable

from drivers.payment_terminal import TracedMessage
from drivers.wire import WireError
from drivers.wire.zvt import redact_apdu, shapes
from drivers.wire.zvt.apdu import decode_apdu

Listener = Callable[[TracedMessage], None]


class Trace:
    """Hands messages to those who look on; without them nothing is decoded.

    Args:
        clock: Seconds, from any beginning.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._listeners: dict[Listener, float] = {}

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every message until what is returned is called."""
        self._listeners[listener] = self._clock()

        def end() -> None:
            self._listeners.pop(listener, None)

        return end

    def record(self, frame: bytes, by_terminal: bool) -> None:  # noqa: FBT001 - the link's callback
        """Take one message of the wire."""
        if not self._listeners:
            return
        name, message = _clean(frame)
        now = self._clock()
        for listener, began in list(self._listeners.items()):
            listener(
                TracedMessage(
                    at=round(now - began, 6),
                    sender="terminal" if by_terminal else "till",
                    protocol="zvt",
                    name=name,
                    message=message,
                )
            )


def _clean(frame: bytes) -> tuple[str, str]:
    name = shapes.control_name(int.from_bytes(frame[:2], "big"))
    try:
        return name, redact_apdu(decode_apdu(frame)).encode().hex()
    except WireError:
        return f"{name} (not understood)", ""
