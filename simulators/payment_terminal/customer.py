"""The person in front of the terminal.

What a hand does before the terminal asks is kept until it does: a customer holds the card ready.
"""

import asyncio
from dataclasses import dataclass

from simulators.payment_terminal.cards import CARDS, DEFAULT_CARD


@dataclass(frozen=True, slots=True)
class Presented:
    """A card at the reader, contactless or in the slot with a PIN."""

    card: str
    contactless: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """No card will come: the customer pressed stop or walked away, or the till aborts."""


Move = Presented | Gone

ACTIONS = {
    "tap": f"Hold a card to the reader: card, one of {', '.join(CARDS)}.",
    "insert_pin": "Insert a card and enter the right PIN: card as for tap.",
    "refuse": "Press the red key.",
    "walk_away": "Leave; the terminal gives up waiting.",
    "auto": "Let every customer tap at once: on, true or false.",
    "power_cut": "Pull the terminal's plug and put it back.",
}


class Customer:
    """What the customer does next."""

    def __init__(self, *, auto: bool) -> None:
        self.auto = auto
        self._moves: asyncio.Queue[Move] = asyncio.Queue()

    async def move(self, patience: float) -> Move:
        """Wait for a card, at most `patience` seconds."""
        if self.auto and self._moves.empty():
            return Presented(DEFAULT_CARD, contactless=True)
        try:
            async with asyncio.timeout(patience):
                return await self._moves.get()
        except TimeoutError:
            return Gone()

    def present(self, *, contactless: bool, card: str = DEFAULT_CARD) -> None:
        """Hold a card to the reader, or insert it and enter the PIN.

        Raises:
            ValueError: There is no such card.
        """
        self.require(card)
        self._moves.put_nowait(Presented(card, contactless))

    def require(self, card: str) -> None:
        """Raise ValueError when there is no such card."""
        if card not in CARDS:
            raise ValueError(f"There is no card {card!r}. Known: {', '.join(CARDS)}.")

    def leave(self) -> None:
        """Press the red key, or walk away."""
        self._moves.put_nowait(Gone())

    def forget(self) -> None:
        """Let the next customer come: what the last one held ready is gone."""
        while not self._moves.empty():
            self._moves.get_nowait()
