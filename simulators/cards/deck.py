"""The cards of a counter: members, a gift card, a badge, a bank card, and a tag that is empty."""

import dataclasses
from collections.abc import Mapping
from typing import cast

from drivers.wire.card.atr import iso_dep_atr, memory_card_atr
from drivers.wire.card.ndef import encode_message, text, uri
from simulators.cards.chips import (
    Chip,
    ClassicCard,
    FelicaTag,
    FileChip,
    MemoryTag,
    PaymentChip,
    SunMessage,
)

META_KEY = bytes.fromhex("5A1B0C3E77D24F6E8A9B0C1D2E3F4051")
FILE_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
"""Of this deck only. A shop's keys are its own, and no one else's."""
TYPE_A, TYPE_B, FELICA = "106A", "106B", "212F"
VISA = bytes.fromhex("A0000000031010")
MAESTRO = bytes.fromhex("A0000000043060")
MEMBER_ADDRESS = "https://leden.example.nl/m/"
SUN_ADDRESS = "https://leden.example.nl/s?p={picc_data}&c={mac}"
BADGE_ADDRESS = "https://personeel.example.nl/b?p={picc_data}&f={covered}{file_data}&c={mac}"

_ULTRALIGHT, _FELICA = memory_card_atr(0x03, 0x0003), memory_card_atr(0x11, 0x003B)
_CLASSIC = memory_card_atr(0x03, 0x0001)
_NTAG_424, _DESFIRE = iso_dep_atr(bytes.fromhex("0177B0")), iso_dep_atr(b"\x80")
_BANK = iso_dep_atr(bytes.fromhex("0073C821"))


@dataclasses.dataclass(frozen=True)
class VirtualCard:
    """A card in somebody's hand.

    Attributes:
        words: Who holds it, for people.
        atr: What a PC/SC reader makes up for it.
        made_of: What it is made of.
        radio: The technology by which it is found, in nfcpy's words.
    """

    name: str
    words: str
    atr: bytes
    uid: bytes
    made_of: MemoryTag | ClassicCard | FelicaTag | Chip
    message: SunMessage | None = None
    radio: str = TYPE_A

    @property
    def memory(self) -> MemoryTag | ClassicCard | None:
        """What a reader reads by itself; None where it is none of these."""
        return self.made_of if isinstance(self.made_of, MemoryTag | ClassicCard) else None

    @property
    def chip(self) -> Chip | None:
        """What answers commands; None where nothing does."""
        passive = isinstance(self.made_of, MemoryTag | ClassicCard | FelicaTag)
        return None if passive else cast("Chip", self.made_of)


def new_deck() -> Mapping[str, VirtualCard]:
    """Every card, new from the factory: nobody has tapped one yet."""
    cards = (
        _member(), _old_member(), _sun_member(), _badge(), _gift_card(), _felica(), _bank_card(),
        _bank_card_b(), _blank(),
    )  # fmt: skip
    return {card.name: card for card in cards}


def _member() -> VirtualCard:
    uid = bytes.fromhex("04A1B2C3D4E5F6")
    tag = MemoryTag(uid, [uri(MEMBER_ADDRESS + "10042")])
    return VirtualCard("member", "a member's card (NTAG216)", _ULTRALIGHT, uid, tag)


def _old_member() -> VirtualCard:
    uid = bytes.fromhex("A1B2C3D4")
    words = "a member's card that only its number tells (MIFARE Classic)"
    return VirtualCard("old_member", words, _CLASSIC, uid, ClassicCard(uid))


def _sun_member() -> VirtualCard:
    uid = bytes.fromhex("04C5D6E7F80910")
    message = SunMessage(uid, SUN_ADDRESS, META_KEY, FILE_KEY)
    words = "a member's card that cannot be copied (NTAG 424 DNA)"
    return VirtualCard("sun_member", words, _NTAG_424, uid, FileChip(message), message)


def _badge() -> VirtualCard:
    uid = bytes.fromhex("0411223344556A")
    message = SunMessage(uid, BADGE_ADDRESS, META_KEY, FILE_KEY, b"BADGE-0007".ljust(16, b"\0"))
    return VirtualCard(
        "badge", "a cashier's badge (NTAG 424 DNA)", _NTAG_424, uid, FileChip(message), message
    )


def _gift_card() -> VirtualCard:
    message = encode_message([text("GC-6001-4471")])
    chip = FileChip(lambda: message)
    uid = bytes.fromhex("047788990011AA")
    return VirtualCard("gift_card", "a gift card (Type 4)", _DESFIRE, uid, chip)


def _felica() -> VirtualCard:
    idm = bytes.fromhex("01401B0102030405")
    tag = FelicaTag(idm, [uri(MEMBER_ADDRESS + "20077")])
    return VirtualCard("felica", "a member's card (FeliCa)", _FELICA, idm, tag, radio=FELICA)


def _bank_card() -> VirtualCard:
    uid = bytes.fromhex("04DEADBEEFCAFE")
    return VirtualCard("bank_card", "a bank card", _BANK, uid, PaymentChip([VISA, MAESTRO]))


def _bank_card_b() -> VirtualCard:
    uid, chip = bytes.fromhex("C0FFEE99"), PaymentChip([MAESTRO])
    return VirtualCard("bank_card_b", "a bank card of type B", _BANK, uid, chip, radio=TYPE_B)


def _blank() -> VirtualCard:
    uid = bytes.fromhex("04000102030405")
    return VirtualCard("blank", "a tag with nothing on it", _ULTRALIGHT, uid, MemoryTag(uid))


def rules_toml(reader: str) -> str:
    """The `[[card_rule]]` tables that say whose the cards on this reader are."""
    keys = f'meta_key = "{META_KEY.hex()}"\nfile_key = "{FILE_KEY.hex()}"\n'
    rules = (
        ("members", "customer", MEMBER_ADDRESS + "{number}", ""),
        ("sun-members", "customer", SUN_ADDRESS, keys),
        ("badges", "badge", BADGE_ADDRESS, keys),
        ("gift-cards", "gift_card", "GC-{number}", ""),
    )
    return "\n".join(
        f'[[card_rule]]\nname = "{reader}-{name}"\nmeaning = "{meaning}"\n'
        f'readers = ["{reader}"]\nndef = "{ndef}"\n{more}'
        for name, meaning, ndef, more in rules
    )
