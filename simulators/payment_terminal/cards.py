"""The cards in the customers' pockets. Only what a terminal prints is known of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A card; the hidden digits of its number exist nowhere.

    Attributes:
        totals_group: Its place in the seven groups of BMP 60.
        pseudonym: What tag 1F14 says: the same for every reading of this card.
        uid: What the reader sees of a contactless card; a payment card makes up a new one.
        pays: False for a loyalty card.
        covered: False where the account is empty: the bank declines.
    """

    name: str
    card_type: int
    masked_pan: str
    application_id: str
    totals_group: int
    pseudonym: str = ""
    uid: str = "08000000"
    pays: bool = True
    covered: bool = True

    @property
    def printed_pan(self) -> str:
        """The number as slips show it: the last four digits, as the card schemes want it."""
        return "*" * (len(self.masked_pan) - 4) + self.masked_pan[-4:]


CARDS = {
    "girocard": Card("girocard", 5, "672573*********4711", "A0000003591010028001", 0, "71A0"),
    "mastercard": Card("Debit Mastercard", 6, "535315******2200", "A0000000041010", 2, "71A1"),
    "visa": Card("Visa Debit", 10, "476173******0042", "A0000000031010", 4, "71A2"),
    "maestro": Card("Maestro", 46, "675900********1234", "A0000000043060", 6, "71A3"),
    "empty": Card(
        "Debit Mastercard", 6, "535315******9900", "A0000000041010", 2, "71A4", covered=False
    ),
    "loyalty": Card("Klantenkaart", 0, "", "", 6, uid="04A1B2C3D4E580", pays=False),
}
DEFAULT_CARD = "mastercard"
