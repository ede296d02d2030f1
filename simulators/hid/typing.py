"""Which keys type a text: what a scanner does that is set to a country's keyboard.

What the layout lacks is typed as an Alt code. GS is Ctrl and the key right of [.
"""

import functools
from collections.abc import Iterator
from typing import Final

from drivers.wire.hid import layout
from drivers.wire.hid.layouts import ROWS

Stroke = tuple[int, int]
"""Modifiers, and the usage of a key."""

CTRL, SHIFT, ALT, ALT_GR = 0x01, 0x02, 0x04, 0x40
ENTER, TAB = 0x28, 0x2B
GS_KEY: Final = ROWS["D"][11]
NOTHING: Final = (0, 0)

_KEYPAD_0, _KEYPAD_1 = 0x62, 0x59
_PLAIN: Final = {"\r": (0, ENTER), "\t": (0, TAB), "\x1d": (CTRL, GS_KEY)}


def strokes(text: str, country: str) -> Iterator[Stroke]:
    """Return what is pressed; `NOTHING` where all has to be let go first."""
    last = NOTHING
    for character in text:
        for stroke in _character(character, country):
            if stroke[1] == last[1]:
                yield NOTHING
            yield stroke
            last = stroke


def _character(character: str, country: str) -> list[Stroke]:
    stroke = _PLAIN.get(character) or _keys(country).get(character)
    return [stroke] if stroke is not None else _alt_code(character)


def _alt_code(character: str) -> list[Stroke]:
    code = character.encode("cp1252", "replace")[0]
    digits = f"0{code:03}"
    pressed = [(ALT, _KEYPAD_0 if digit == "0" else _KEYPAD_1 + int(digit) - 1) for digit in digits]
    return [stroke for each in pressed for stroke in (each, (ALT, 0))] + [NOTHING]


@functools.cache
def _keys(country: str) -> dict[str, Stroke]:
    """The stroke for each character that needs no accent's key."""
    found: dict[str, Stroke] = {}
    chosen = layout(country)
    for (shift, alt_gr), keys in chosen.keys.items():
        modifiers = SHIFT * shift | ALT_GR * alt_gr
        for usage, character in keys.items():
            if not chosen.is_dead(usage, character, shift=shift, alt_gr=alt_gr):
                found.setdefault(character, (modifiers, usage))
    return found
