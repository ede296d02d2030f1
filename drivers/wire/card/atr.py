"""What an answer to reset says about a card.

A contactless card has none; PC/SC readers make one up, and put the kind of card into it:

    memory card      3B 8F 80 01 80 4F 0C A0 00 00 03 06 [standard:1] [name:2] 00 00 00 00 [check:1]
    ISO/IEC 14443-4  3B 8n 80 01 [historical:n] [check:1]

All else is a chip with contacts, and speaks APDUs as those of 14443-4 do.

Source: PC/SC part 3, 2.01.09, 3.1.3.2.3; PC/SC part 3 supplement (standards and names of memory
cards).
"""

import enum

_MEMORY_CARD = bytes.fromhex("3B8F8001804F0CA000000306")
_CONTACTLESS = bytes.fromhex("8001")
_STANDARD_14443_3A = 0x03
_STANDARD_FELICA = 0x11
_NAME_ULTRALIGHT = 0x0003
_NAMES_CLASSIC = (0x0001, 0x0002, 0x0026)
_NAME_FELICA = 0x003B


class Technology(enum.StrEnum):
    """How a card talks."""

    CONTACT = "contact"
    ISO_DEP = "iso_dep"
    """ISO/IEC 14443-4: Type 4 tags, phones, payment cards."""
    TYPE_2 = "type_2"
    """NTAG, MIFARE Ultralight."""
    TYPE_3 = "type_3"
    """FeliCa."""
    MIFARE_CLASSIC = "mifare_classic"
    OTHER = "other"


def technology(atr: bytes) -> Technology:
    """What kind of card gives this answer to reset. Every answer is of some kind."""
    if atr.startswith(_MEMORY_CARD):
        return _memory_card(atr[12:15])
    if len(atr) > 1 and atr[1] & 0xF0 == 0x80 and atr[2:4] == _CONTACTLESS:  # noqa: PLR2004 - TD1 only
        return Technology.ISO_DEP
    return Technology.CONTACT


def memory_card_atr(standard: int, name: int) -> bytes:
    """The answer to reset that a reader makes up for a memory card."""
    body = _MEMORY_CARD + bytes((standard,)) + name.to_bytes(2, "big") + bytes(4)
    return body + bytes((_check(body),))


def iso_dep_atr(historical: bytes) -> bytes:
    """The answer to reset that a reader makes up for a card of ISO/IEC 14443-4."""
    body = bytes((0x3B, 0x80 | len(historical))) + _CONTACTLESS + historical
    return body + bytes((_check(body),))


def _memory_card(described: bytes) -> Technology:
    standard, name = described[:1], int.from_bytes(described[1:], "big")
    if standard == bytes((_STANDARD_FELICA,)) or name == _NAME_FELICA:
        return Technology.TYPE_3
    if standard != bytes((_STANDARD_14443_3A,)):
        return Technology.OTHER
    if name == _NAME_ULTRALIGHT:
        return Technology.TYPE_2
    return Technology.MIFARE_CLASSIC if name in _NAMES_CLASSIC else Technology.OTHER


def _check(body: bytes) -> int:
    """TCK: the exclusive or of everything behind the first byte (ISO/IEC 7816-3, 8.2.5)."""
    check = 0
    for byte in body[1:]:
        check ^= byte
    return check
