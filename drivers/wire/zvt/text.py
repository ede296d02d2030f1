"""Character sets: four that terminals use, and the numbers that name them in tags 14 and 27.

Without a negotiation the 8-bit set is CP437. The 7-bit set is ASCII with German letters in the
places of brackets and braces. Undecodable bytes become `\N{REPLACEMENT CHARACTER}`: a receipt with
one wrong letter is a receipt.

Source: ZVT PA00P015 rev. 13.08, tags 14 and 27 and the character tables.
"""

import enum

from drivers.wire import WireError

_SEVEN_BIT = str.maketrans(dict(zip("[\\]{|}~", "ÄÖÜäöüß", strict=True)))
_SEVEN_BIT_BACK = str.maketrans(dict(zip("ÄÖÜäöüß", "[\\]{|}~", strict=True)))

ISO_8859_PARTS = frozenset(range(1, 17)) - {12}
"""Tag 14 names the parts of ISO 8859 by their numbers; part 12 was never published."""


class CharacterSet(enum.IntEnum):
    """The sets that both ends here can write, by their number in tag 14."""

    SEVEN_BIT = 0x00
    ISO_8859_1 = 0x01
    UTF_8 = 0xFE
    CP437 = 0xFF


def codec_name(number: int) -> str:
    """Return Python's name for the character set that tag 14 numbers.

    Raises:
        WireError: There is no such set.
    """
    if number in ISO_8859_PARTS:
        return f"iso8859-{number}"
    if number in {CharacterSet.UTF_8, CharacterSet.CP437, CharacterSet.SEVEN_BIT}:
        return {CharacterSet.UTF_8: "utf-8", CharacterSet.CP437: "cp437"}.get(
            CharacterSet(number), "ascii"
        )
    raise WireError(f"{number:02X} is no character set.")


def decode_text(data: bytes, character_set: int = CharacterSet.CP437) -> str:
    """Return what `data` says in `character_set`, without the NUL that ends card names."""
    text = data.rstrip(b"\0").decode(codec_name(character_set), "replace")
    return text.translate(_SEVEN_BIT) if character_set == CharacterSet.SEVEN_BIT else text


def encode_text(text: str, character_set: int = CharacterSet.CP437) -> bytes:
    """Return `text` in `character_set`; what the set lacks becomes a question mark."""
    if character_set == CharacterSet.SEVEN_BIT:
        text = text.translate(_SEVEN_BIT_BACK)
    return text.encode(codec_name(character_set), "replace")
