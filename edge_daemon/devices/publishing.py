"""The live stream, as devices know it."""

from typing import Any, Protocol


class Publish(Protocol):
    """How the live stream takes an event (`EventStream.publish`)."""

    def __call__(
        self,
        type: str,  # noqa: A002 - the word on the wire
        data: Any,  # noqa: ANN401 - a struct or a mapping
        *,
        device: str | None = None,
        only_for: str | None = None,
    ) -> object:
        """Give the event to every register that listens, or to one. Never blocks."""
        ...
