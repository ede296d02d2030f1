"""From a printer's bytes to the characters that it shows.

A byte below 80h is ASCII, of which `ESC R` replaces twelve characters by a country's own. A byte
from 80h on is looked up in the table that `ESC t` selected. Every byte is one character.

Source: Epson ESC/POS Command Reference, "Character Code Tables" and ESC R; the numbers are those
of the TM-T88V.
"""

import functools

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for a byte that the table leaves empty, and for tables that nobody here knows."""

CODECS = {
    0: "cp437",
    1: "shift_jis",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    32: "cp720",
    33: "cp775",
    34: "cp855",
    35: "cp861",
    36: "cp862",
    37: "cp864",
    38: "cp869",
    39: "iso8859_2",
    40: "iso8859_15",
    45: "cp1250",
    46: "cp1251",
    47: "cp1253",
    48: "cp1254",
    49: "cp1255",
    50: "cp1256",
    51: "cp1257",
    52: "cp1258",
    53: "kz1048",
}
"""Number of `ESC t` and the Python codec of the same table. Of 1, Katakana, single bytes only."""

EURO = {13: 0xD5}
"""Tables that had their euro sign added, and where: 857 (IBM's CCSID 9049, against CCSID 857).
Python has the older one; libraries that choose a table by themselves look for the newer one."""

_REPLACED = "#$@[\\]^`{|}~"
"""The ASCII characters that `ESC R` replaces."""

_NATIONAL = (
    "#$@[\\]^`{|}~",  # 0 USA
    "#$à°ç§^`éùè¨",  # 1 France
    "#$§ÄÖÜ^`äöüß",  # 2 Germany
    "£$@[\\]^`{|}~",  # 3 United Kingdom
    "#$@ÆØÅ^`æøå~",  # 4 Denmark I
    "#¤ÉÄÖÅÜéäöåü",  # 5 Sweden
    "#$@°\\é^ùàòèì",  # 6 Italy
    "₧$@¡Ñ¿^`¨ñ}~",  # 7 Spain I
    "#$@[¥]^`{|}~",  # 8 Japan
    "#¤ÉÆØÅÜéæøåü",  # 9 Norway
    "#$ÉÆØÅÜéæøåü",  # 10 Denmark II
    "#$á¡Ñ¿é`íñóú",  # 11 Spain II
    "#$á¡Ñ¿éüíñóú",  # 12 Latin America
    "#$@[₩]^`{|}~",  # 13 Korea
    "#$ŽŠĐĆČžšđćč",  # 14 Slovenia and Croatia
    "#¥@[\\]^`{|}~",  # 15 China
)


def decode(data: bytes, code_page: int, character_set: int = 0) -> str:
    """Return the characters that a printer shows for `data`, one for each byte."""
    table = _table(code_page, character_set)
    return "".join(table[byte] for byte in data)


@functools.lru_cache(maxsize=64)
def _table(code_page: int, character_set: int) -> tuple[str, ...]:
    codec = CODECS.get(code_page)
    characters = [_character(byte, codec) for byte in range(256)]
    if code_page in EURO:
        characters[EURO[code_page]] = "€"
    if character_set < len(_NATIONAL):
        for replaced, national in zip(_REPLACED, _NATIONAL[character_set], strict=True):
            characters[ord(replaced)] = national
    return tuple(characters)


def _character(byte: int, codec: str | None) -> str:
    if byte < 0x80:  # noqa: PLR2004 - the end of ASCII
        return chr(byte)
    character = bytes((byte,)).decode(codec, "replace") if codec else REPLACEMENT
    return character if character.isprintable() else REPLACEMENT
