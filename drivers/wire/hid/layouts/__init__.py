"""Which key types what: a file for each country, read where a scanner types.

Scanners type as Windows is set up, so these are the layouts of Windows. A file's rows are the rows
of keys as ISO/IEC 9995-1 numbers them, from left to right: E from the key left of 1, D, C, and B
from the key left of Z. Two of them (C12 and B00) are missing on American keyboards.

    [[rows]]  plain, shift: a character for each key
    alt_gr, shift_alt_gr: the few that have one
    dead: accents that wait for the next letter; not_dead: where they do not
    caps: "letters", or "all" except those of `caps_not`: what caps lock acts on
    control: control characters that are not Ctrl with a letter

Reading data of our own package is all the I/O there is.

Source of each file: Unicode CLDR 41, keyboards/windows.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

ROWS: Final[dict[str, tuple[int, ...]]] = {
    "E": (0x35, *range(0x1E, 0x28), 0x2D, 0x2E),
    "D": (0x14, 0x1A, 0x08, 0x15, 0x17, 0x1C, 0x18, 0x0C, 0x12, 0x13, 0x2F, 0x30),
    "C": (0x04, 0x16, 0x07, 0x09, 0x0A, 0x0B, 0x0D, 0x0E, 0x0F, 0x33, 0x34, 0x32),
    "B": (0x64, 0x1D, 0x1B, 0x06, 0x19, 0x05, 0x11, 0x10, 0x36, 0x37, 0x38),
}
"""Usages of the keys, row by row (HID Usage Tables 1.5, section 10, and its footnotes)."""
FIRST_NUMBER: Final = {"E": 0, "D": 1, "C": 1, "B": 0}
SPACE: Final = 0x2C
BACKSLASH: Final = 0x31
"""American keyboards have C12 here."""
SAME_KEY: Final = {BACKSLASH: 0x32}

Level = tuple[bool, bool]
"""Shift, AltGr."""


@dataclass(frozen=True)
class Layout:
    """One country's keyboard.

    Attributes:
        name: Its file's.
        keys: Characters by level and usage.
        caps: Usages that caps lock acts on.
        control: Control characters by usage.
        dead: Accents that wait for the next letter.
        not_dead: Level and usage where they do not wait.
    """

    name: str
    keys: Mapping[Level, Mapping[int, str]]
    caps: frozenset[int]
    control: Mapping[int, str]
    dead: str
    not_dead: frozenset[tuple[Level, int]]

    def character(self, usage: int, *, shift: bool = False, alt_gr: bool = False) -> str:
        """What a key types; nothing where it types nothing."""
        return self.keys[shift, alt_gr].get(SAME_KEY.get(usage, usage), "")

    def is_dead(self, usage: int, text: str, *, shift: bool, alt_gr: bool) -> bool:
        """True when what a key typed waits for the next letter."""
        return text in self.dead and ((shift, alt_gr), usage) not in self.not_dead


def layouts() -> list[str]:
    """The names of the layouts."""
    files = resources.files(__package__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


@functools.cache
def layout(name: str) -> Layout:
    """Read a layout.

    Raises:
        KeyError: There is none of that name.
    """
    if name not in layouts():
        raise KeyError(name)
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8")
    return _layout(name, tomllib.loads(text))


def key(place: str) -> int:
    """The usage of a key by its place, such as `E01`."""
    row, number = place[0], int(place[1:])
    return ROWS[row][number - FIRST_NUMBER[row]]


def _layout(name: str, data: dict[str, Any]) -> Layout:
    levels = {
        (False, False): _level(data["plain"]),
        (True, False): _level(data["shift"]),
        (False, True): _few(data.get("alt_gr", {})),
        (True, True): _few(data.get("shift_alt_gr", {})),
    }
    return Layout(
        name=name,
        keys=levels,
        caps=_caps(data, levels[False, False]),
        control=_few(data["control"]),
        dead=data.get("dead", ""),
        not_dead=frozenset(((False, True), key(place)) for place in data.get("not_dead", [])),
    )


def _level(rows: dict[str, str]) -> dict[int, str]:
    found = {SPACE: " "}
    for row, usages in ROWS.items():
        found |= {
            usage: character
            for usage, character in zip(usages, rows[row], strict=True)
            if character != " "
        }
    return found


def _few(places: dict[str, str]) -> dict[int, str]:
    return {key(place): character for place, character in places.items()}


def _caps(data: dict[str, Any], plain: Mapping[int, str]) -> frozenset[int]:
    if data["caps"] == "letters":
        return frozenset(usage for usage, character in plain.items() if character.isalpha())
    return frozenset(plain) - {key(place) for place in data.get("caps_not", [])}
