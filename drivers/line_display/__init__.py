"""Customer displays of characters: the verbs that every driver shares (UnifiedPOS LineDisplay).

A display says nothing back: what was sent is taken as shown. Nothing shown is worth an entry in
the journal, and text that is too long for its line is cut, never wrapped.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Never, Protocol


class LineDisplay(Protocol):
    """An open customer display."""

    @property
    def columns(self) -> int:
        """Characters of a line."""
        ...

    @property
    def rows(self) -> int:
        """Lines."""
        ...

    async def display_text(self, lines: Sequence[str], *, blink: bool = False) -> None:
        """Show these lines, and nothing else.

        Characters that the display lacks are replaced by their nearest look.

        Raises:
            OfflineError: It is gone, or takes no text.
        """
        ...

    async def set_brightness(self, percent: int) -> None:
        """Set the device brightness; the nearest level that it has.

        Raises:
            OfflineError: As above.
        """
        ...

    def events(self) -> AsyncIterator[Never]:
        """Iterating raises `OfflineError` when the display is gone; there are no events."""
        ...

    async def check_health(self) -> None:
        """Say whether its line is still there.

        Raises:
            OfflineError: It is not.
        """
        ...

    async def close(self) -> None:
        """Let go of the display. It goes on showing what it shows. Never raises."""
        ...
