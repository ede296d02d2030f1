"""What a customer display of characters understands: two command sets over one serial line.

Both write characters at a cursor and move it by control characters; they differ in their commands:

                           ESC/POS                  CD5220
    initialize             ESC @                    ESC @
    clear all, this line   CLR, CAN                 CLR, CAN
    to column x, line y    US $ x y                 ESC l x y
    brightness 1 to 4      US X n                   ESC * n
    cursor shown           US C n                   ESC _ n
    overwrite, scroll      US MD1, MD2, MD3         ESC DC1, DC2, DC3
    character table        ESC t n                  ESC f n  (a letter for a country)
    blink, n times 50 ms   US E n                   US E n  (newer ones only)
    a whole line           -                        ESC Q A text CR, ESC Q B text CR
    printer or display     ESC = n                  ESC = n

Columns and lines are counted from 1. In overwrite mode the cursor goes from the end of a line to
the beginning of the next, and from the last to the first.

A display answers nothing, so there is nothing to be read here but by a simulator.

Doubt: after `ESC Q A` a CD5220 takes no other command before it was cleared; so the driver writes
at a cursor and never by whole lines.

Source: Epson DM-D30/DM-D110/DM-D210 command lists; Partner CD5220 user's manual, 6.1 (command
list); Pos-X XP8200 manual, 4.1.8; Epson-branded CD5220 user's manual, 7.2.
"""

import enum
from collections.abc import Mapping
from typing import NamedTuple

from drivers.wire import WireError

BLINK_UNIT_SECONDS = 0.05
"""Of the parameter of `US E`; 0 is steady, 255 is dark."""
STEADY = 0
BRIGHTNESS_LEVELS = (20, 40, 60, 100)
"""Per cent of the four levels, as Epson's displays name them."""

_CR = 0x0D
_LONGEST_LINE = 40
"""Characters of `ESC Q D` at most."""


class Verb(enum.Enum):
    """What a command does."""

    WRITE = "write"
    """Show the characters in `data` at the cursor."""
    INITIALIZE = "initialize"
    CLEAR = "clear"
    CLEAR_LINE = "clear_line"
    MOVE_TO = "move_to"
    """`data` is the column and the line."""
    HOME = "home"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    LINE_START = "line_start"
    LINE_END = "line_end"
    BOTTOM = "bottom"
    OVERWRITE = "overwrite"
    SCROLL_UP = "scroll_up"
    SCROLL_LEFT = "scroll_left"
    BRIGHTNESS = "brightness"
    CURSOR = "cursor"
    CODE_PAGE = "code_page"
    BLINK = "blink"
    SELECT = "select"
    UPPER_LINE = "upper_line"
    """Show the characters in `data` as the whole upper line."""
    LOWER_LINE = "lower_line"
    MARQUEE = "marquee"


class Command(NamedTuple):
    """One command, with its parameters or characters."""

    verb: Verb
    data: bytes = b""


class _Form(NamedTuple):
    """How a command is written: its parameters' number, or None where a CR ends it."""

    verb: Verb
    parameters: int | None


class Dialect:
    """One command set."""

    def __init__(self, name: str, forms: Mapping[bytes, _Form]) -> None:
        self.name = name
        self.forms = forms
        self._codes = {form.verb: code for code, form in reversed(list(forms.items()))}

    def encode(self, verb: Verb, data: bytes = b"") -> bytes:
        """Build a command.

        Raises:
            WireError: This command set lacks it, or the data are not what it takes.
        """
        if verb is Verb.WRITE:
            return _printable(data)
        if verb not in self._codes:
            raise WireError(f"{self.name} has no command for {verb.value}.")
        code = self._codes[verb]
        parameters = self.forms[code].parameters
        if parameters is None:
            return code + _printable(data) + bytes((_CR,))
        if len(data) != parameters:
            raise WireError(f"{verb.value} takes {parameters} parameters, not {len(data)}.")
        return code + data


_COMMON = {
    b"\x08": _Form(Verb.LEFT, 0),
    b"\x09": _Form(Verb.RIGHT, 0),
    b"\x0a": _Form(Verb.DOWN, 0),
    b"\x0b": _Form(Verb.HOME, 0),
    b"\x0c": _Form(Verb.CLEAR, 0),
    b"\x0d": _Form(Verb.LINE_START, 0),
    b"\x18": _Form(Verb.CLEAR_LINE, 0),
    b"\x1b@": _Form(Verb.INITIALIZE, 0),
    b"\x1b=": _Form(Verb.SELECT, 1),
    b"\x1fE": _Form(Verb.BLINK, 1),
}

ESC_POS = Dialect(
    "ESC/POS",
    _COMMON
    | {
        b"\x1f\x0a": _Form(Verb.UP, 0),
        b"\x1f\x0d": _Form(Verb.LINE_END, 0),
        b"\x1fB": _Form(Verb.BOTTOM, 0),
        b"\x1f$": _Form(Verb.MOVE_TO, 2),
        b"\x1f\x01": _Form(Verb.OVERWRITE, 0),
        b"\x1f\x02": _Form(Verb.SCROLL_UP, 0),
        b"\x1f\x03": _Form(Verb.SCROLL_LEFT, 0),
        b"\x1fX": _Form(Verb.BRIGHTNESS, 1),
        b"\x1fC": _Form(Verb.CURSOR, 1),
        b"\x1bt": _Form(Verb.CODE_PAGE, 1),
    },
)

CD5220 = Dialect(
    "CD5220",
    _COMMON
    | {
        b"\x1b[D": _Form(Verb.LEFT, 0),
        b"\x1b[C": _Form(Verb.RIGHT, 0),
        b"\x1b[A": _Form(Verb.UP, 0),
        b"\x1b[B": _Form(Verb.DOWN, 0),
        b"\x1b[H": _Form(Verb.HOME, 0),
        b"\x1b[L": _Form(Verb.LINE_START, 0),
        b"\x1b[R": _Form(Verb.LINE_END, 0),
        b"\x1b[K": _Form(Verb.BOTTOM, 0),
        b"\x1bl": _Form(Verb.MOVE_TO, 2),
        b"\x1b\x11": _Form(Verb.OVERWRITE, 0),
        b"\x1b\x12": _Form(Verb.SCROLL_UP, 0),
        b"\x1b\x13": _Form(Verb.SCROLL_LEFT, 0),
        b"\x1b*": _Form(Verb.BRIGHTNESS, 1),
        b"\x1b_": _Form(Verb.CURSOR, 1),
        b"\x1bf": _Form(Verb.CODE_PAGE, 1),
        b"\x1bQA": _Form(Verb.UPPER_LINE, None),
        b"\x1bQB": _Form(Verb.LOWER_LINE, None),
        b"\x1bQD": _Form(Verb.MARQUEE, None),
    },
)


class CommandReader:
    """Cuts what a display receives into commands, in whatever pieces it arrives."""

    def __init__(self, dialect: Dialect) -> None:
        self._forms = dialect.forms
        self._longest = max(map(len, dialect.forms))
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> list[Command]:
        """Take bytes and return the commands that they complete.

        Raises:
            WireError: A control character begins no command of this set. It is dropped, with all
                that was received with it.
        """
        self._buffer += data
        commands = []
        try:
            while self._buffer and (command := self._next_command()) is not None:
                commands.append(command)
        except WireError:
            self._buffer.clear()
            raise
        return commands

    def _next_command(self) -> Command | None:
        """Take the first command off the buffer; None while it is incomplete."""
        written = _length_of_text(self._buffer)
        if written:
            return Command(Verb.WRITE, self._take(written))
        for length in range(1, self._longest + 1):
            code = bytes(self._buffer[:length])
            if len(code) == length and code in self._forms:
                return self._complete(code)
        if not any(code.startswith(self._buffer[: self._longest]) for code in self._forms):
            raise WireError(f"{self._buffer[:2].hex(' ')} begins no command.")
        return None

    def _complete(self, code: bytes) -> Command | None:
        verb, parameters = self._forms[code]
        if parameters is not None:
            end = len(code) + parameters
            if len(self._buffer) < end:
                return None
            return Command(verb, self._take(end)[len(code) :])
        end = self._buffer.find(_CR, len(code))
        if end < 0:
            if len(self._buffer) > len(code) + _LONGEST_LINE:
                raise WireError(f"A line has no CR within {_LONGEST_LINE} characters.")
            return None
        return Command(verb, self._take(end + 1)[len(code) : -1])

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken


def _length_of_text(data: bytes | bytearray) -> int:
    for length, byte in enumerate(data):
        if byte < 0x20:  # noqa: PLR2004 - control characters
            return length
    return len(data)


def _printable(data: bytes) -> bytes:
    if _length_of_text(data) < len(data):
        raise WireError("Text for a display has no control characters.")
    return data
