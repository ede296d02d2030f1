"""A keyboard's reports to keys, and keys to text.

    boot report   [modifiers:1] [reserved:1] [keys:6]

A report says which keys are down, not which were pressed. A key that was not down in the report
before has been pressed; several in one report in the order in which they stand. A full keyboard
reports the usage 01h in every place (roll over): that says nothing, and nothing has been released.

A scanner that types is a typist with habits. What its layout lacks it types as an Alt code: Alt
held, digits on the keypad, Alt let go; `029` is GS. It may hold caps lock. Control characters are
Ctrl with a key (Ctrl and ] is GS), or a function key that it was set to.

This file does not know which device it is about, nor where a code ends.

Source: HID 1.11, appendix B.1 and C; HID Usage Tables 1.5, section 10; Alt codes: as Windows has
them (with a leading zero code page 1252, without one the shop's OEM code page, 850).
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from drivers.wire import WireError
from drivers.wire.hid.descriptor import Field, ReportDescriptor
from drivers.wire.hid.layouts import Layout

KEYBOARD: Final = 0x0001_0006
KEYPAD: Final = 0x0001_0007
"""Generic Desktop: keyboard, keypad."""
KEY_PAGE: Final = 0x0007_0000
FIRST_MODIFIER: Final = 0xE0
LAST_MODIFIER: Final = 0xE7
ROLL_OVER: Final = 0x01

CTRL: Final = 0x11
SHIFT: Final = 0x22
LEFT_ALT: Final = 0x04
RIGHT_ALT: Final = 0x40
"""Bits of the modifiers; left and right where both mean the same."""

MOST_KEYS: Final = 1024
"""Of one field: more than any keyboard has, and little enough to look at for each report."""

CAPS_LOCK: Final = 0x39
ENTER, TAB = 0x28, 0x2B
GS: Final = "\x1d"

_PLAIN_KEYS: Final = {ENTER: "\r", TAB: "\t", 0x58: "\r"}
_KEYPAD: Final = {
    **{0x59 + digit - 1: str(digit) for digit in range(1, 10)},
    0x62: "0",
    0x54: "/",
    0x55: "*",
    0x56: "-",
    0x57: "+",
    0x63: ".",
    0x67: "=",
}
_US_CONTROL: Final = {0x2F: "\x1b", 0x30: GS, 0x31: "\x1c", 0x32: "\x1c"}
"""By place: many scanners send these keys with Ctrl whatever layout they are set to."""
_MOST_ALT_DIGITS = 5
_MARKS: Final = {
    "\u00b4": "\u0301",  # acute
    "`": "\u0300",
    "^": "\u0302",
    "\u00a8": "\u0308",  # diaeresis
    "~": "\u0303",
    "\u00b8": "\u0327",  # cedilla
}
"""Accents as their keys show them, and as marks to be put over (or under) a letter."""
_BOOT_LENGTH: Final = 8


@dataclass(frozen=True)
class Keys:
    """What is down.

    Attributes:
        modifiers: A bit for each of E0h to E7h.
        usages: The other keys, in the report's order.
    """

    modifiers: int
    usages: tuple[int, ...]


class BootKeyboard:
    """Reads the reports that every keyboard has under the boot protocol."""

    def read(self, report: bytes) -> Keys | None:
        """Read a report; None where it says nothing.

        Raises:
            WireError: It is too short.
        """
        if len(report) < _BOOT_LENGTH:
            raise WireError(f"A keyboard's report of {len(report)} bytes.")
        return _keys(report[0], report[2:_BOOT_LENGTH])


BOOT_KEYBOARD: Final = BootKeyboard()


class DescribedKeyboard:
    """Reads reports as their descriptor lays them out: arrays, and a bit for each key.

    Args:
        descriptor: Of a keyboard.

    Raises:
        WireError: It is no keyboard's.
    """

    def __init__(self, descriptor: ReportDescriptor) -> None:
        self._descriptor = descriptor
        self._fields = [
            field
            for application in (KEYBOARD, KEYPAD)
            for field in descriptor.inputs(application)
            if field.count <= MOST_KEYS
            and any(first & 0xFFFF_0000 == KEY_PAGE for first, _ in field.usages)
        ]
        if not self._fields:
            raise WireError("The reports hold no keys.")
        self._ids = {field.report_id for field in self._fields}

    def read(self, report: bytes) -> Keys | None:
        """Read a report; None where it says nothing about keys.

        Raises:
            WireError: It is too short.
        """
        report_id, body = self._descriptor.split(report)
        if report_id not in self._ids:
            return None
        modifiers = 0
        usages: list[int] = []
        for field in self._fields:
            if field.report_id != report_id:
                continue
            for usage in _down(field, body):
                if FIRST_MODIFIER <= usage <= LAST_MODIFIER:
                    modifiers |= 1 << usage - FIRST_MODIFIER
                else:
                    usages.append(usage)
        return _keys(modifiers, usages)


def is_keyboard(descriptor: ReportDescriptor) -> bool:
    """True when the device types."""
    return bool(descriptor.inputs(KEYBOARD) or descriptor.inputs(KEYPAD))


def _down(field: Field, body: bytes) -> list[int]:
    """The usages of the key page that a field says are down."""
    found = []
    for index, value in enumerate(field.values(body)):
        if field.variable:
            usage = field.usage(index) if value else None
        else:
            usage = field.usage(value - field.logical_minimum) if value else None
        if usage is not None and usage & 0xFFFF_0000 == KEY_PAGE:
            found.append(usage & 0xFFFF)
    return found


def _keys(modifiers: int, usages: Collection[int]) -> Keys | None:
    if ROLL_OVER in usages:
        return None
    return Keys(modifiers, tuple(usage for usage in usages if usage))


class Typist:
    """Turns keys into text, as the computer would for which the scanner was set up.

    Args:
        layout: Which key types what.
        caps_lock: Whether caps lock is on at first.
        separators: Keys that stand for GS (FNC1), by their usages.
        oem_code_page: Of Alt codes without a leading zero.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        caps_lock: bool = False,
        separators: Collection[int] = (),
        oem_code_page: str = "cp850",
    ) -> None:
        self._layout = layout
        self._caps_lock = caps_lock
        self._separators = frozenset(separators)
        self._oem_code_page = oem_code_page
        self._down: frozenset[int] = frozenset()
        self._modifiers = 0
        self._alt_code = ""
        self._dead = ""

    @property
    def unfinished(self) -> bool:
        """True while an accent waits for its letter, or an Alt code for its end."""
        return bool(self._dead or self._alt_code)

    def forget(self) -> None:
        """Drop what is unfinished: its rest does not come any more."""
        self._dead = self._alt_code = ""

    def type(self, keys: Keys) -> str:
        """Take what is down now, and return what that typed."""
        text = ""
        if self._modifiers & LEFT_ALT and not keys.modifiers & LEFT_ALT:
            text += self._end_alt_code()
        for usage in keys.usages:
            if usage not in self._down:
                text += self._compose(self._press(usage, keys.modifiers), usage, keys.modifiers)
        self._down = frozenset(keys.usages)
        self._modifiers = keys.modifiers
        return text

    def _press(self, usage: int, modifiers: int) -> str:
        if usage in self._separators:
            return GS
        if usage == CAPS_LOCK:
            self._caps_lock = not self._caps_lock
            return ""
        if modifiers & LEFT_ALT and not modifiers & CTRL:
            self._alt_code += _KEYPAD.get(usage, "")
            return ""
        if usage in _PLAIN_KEYS:
            return _PLAIN_KEYS[usage]
        if usage in _KEYPAD:
            return _KEYPAD[usage]
        return self._printed(usage, modifiers)

    def _printed(self, usage: int, modifiers: int) -> str:
        if _is_alt_gr(modifiers):
            return self._layout.character(usage, shift=bool(modifiers & SHIFT), alt_gr=True)
        if modifiers & CTRL:
            return self._control(usage)
        shift = bool(modifiers & SHIFT) != (self._caps_lock and usage in self._layout.caps)
        return self._layout.character(usage, shift=shift)

    def _control(self, usage: int) -> str:
        """Ctrl with a key: the control character, 00h to 1Fh."""
        if (character := self._layout.control.get(usage) or _US_CONTROL.get(usage)) is not None:
            return character
        letter = self._layout.character(usage)
        return chr(ord(letter) & 0x1F) if letter.isascii() and letter.isalpha() else ""

    def _end_alt_code(self) -> str:
        digits, self._alt_code = self._alt_code, ""
        if not digits.isdecimal() or len(digits) > _MOST_ALT_DIGITS:
            return ""
        code = int(digits) & 0xFF
        if code < ord(" "):
            return chr(code)
        code_page = "cp1252" if digits.startswith("0") else self._oem_code_page
        return bytes((code,)).decode(code_page, "ignore")

    def _compose(self, text: str, usage: int, modifiers: int) -> str:
        """Put an accent over what follows its key."""
        dead, self._dead = self._dead, ""
        if not text:
            self._dead = dead
            return ""
        level = (bool(modifiers & SHIFT), _is_alt_gr(modifiers))
        if self._layout.is_dead(usage, text, shift=level[0], alt_gr=level[1]):
            if not dead:
                self._dead = text
                return ""
            return dead + text
        return _under(dead, text) if dead else text


def _is_alt_gr(modifiers: int) -> bool:
    return bool(modifiers & RIGHT_ALT or (modifiers & CTRL and modifiers & LEFT_ALT))


def _under(dead: str, text: str) -> str:
    """The accented letter; the accent alone before a space; both where no such letter exists."""
    if text == " ":
        return dead
    mark = _MARKS.get(dead, "")
    composed = unicodedata.normalize("NFC", text + mark)
    return composed if len(composed) == 1 else dead + text
