"""The hand that holds cards to a reader, and what can go wrong with them."""

from collections.abc import Mapping
from typing import Any, Final

from simulators.cards.chips import PaymentChip
from simulators.cards.deck import VirtualCard, new_deck
from simulators.control import Faults, Json, UnknownNameError, unknown

SLOW_SECONDS: Final = 0.1
"""Of each answer under `slow`."""
TORN_AFTER: Final = 1
"""Answers that a card still gives under `torn`."""

FAULTS: Final = {
    "mute": "The card stops to answer while it is read; some readers hang until it is taken away.",
    "slow": f"The card takes {SLOW_SECONDS:g} s for each answer.",
    "torn": "The card is pulled away while it is read. Strikes once.",
    "copied": "A card that proves itself repeats its last proof, as a copy would.",
}


class CardHand:
    """Which card lies on a reader."""

    def __init__(self) -> None:
        self.cards: Mapping[str, VirtualCard] = new_deck()
        self.held: VirtualCard | None = None
        self.taps = 0

    @property
    def actions(self) -> Mapping[str, str]:
        """What can be done with cards, on every reader."""
        return {
            "tap": f"Hold a card to the reader and leave it there: card, one of {self._names}.",
            "remove": "Take the card away.",
        }

    def take(self, name: str) -> VirtualCard:
        """Take a card from the deck, in the place of the one that was held.

        Raises:
            UnknownNameError: There is none of that name.
        """
        if name not in self.cards:
            raise UnknownNameError(unknown("card", name, self.cards))
        self.held = self.cards[name]
        self.taps += 1
        return self.held

    def obey(self, faults: Faults) -> None:
        """Let the cards be what the faults say."""
        for card in self.cards.values():
            if card.message is not None:
                card.message.copied = "copied" in faults

    def state(self) -> Json:
        """What a person would see; `payment_card_asked_on` has to stay 0."""
        asked_on = sum(
            card.made_of.asked_on
            for card in self.cards.values()
            if isinstance(card.made_of, PaymentChip)
        )
        return {
            "card": None if self.held is None else self.held.name,
            "taps": self.taps,
            "payment_card_asked_on": asked_on,
        }

    @property
    def _names(self) -> str:
        return ", ".join(self.cards)


def card_argument(arguments: dict[str, Any]) -> str:
    """The one argument of `tap`.

    Raises:
        ValueError: It is missing, or there are others.
    """
    match arguments:
        case {"card": str(card), **rest} if not rest:
            return card
    raise ValueError("tap takes a card, by its name, and nothing else.")
