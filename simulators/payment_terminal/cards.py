"""The cards in the customers' pockets. Only what a terminal prints is known of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A card; the hidden digits of its number exist nowhere."""

    name: str
    card_type: int
    masked_pan: str
    application_id: str
    totals_group: int
    """Its place in the seven groups of BMP 60."""


CARDS = {
    "girocard": Card("girocard", 5, "672573*********4711", "A0000003591010028001", 0),
    "mastercard": Card("Debit Mastercard", 6, "535315******2200", "A0000000041010", 2),
    "visa": Card("Visa Debit", 10, "476173******0042", "A0000000031010", 4),
    "maestro": Card("Maestro", 46, "675900********1234", "A0000000043060", 6),
}
DEFAULT_CARD = "mastercard"
