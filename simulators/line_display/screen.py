"""What the glass of a customer display shows: its cells, its cursor, its modes."""

from typing import TYPE_CHECKING, Final

from drivers.wire.escpos_code_pages import decode
from drivers.wire.line_display import BRIGHTNESS_LEVELS, STEADY, Command, Dialect, Verb

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS: Final = 20
ROWS: Final = 2
_BLANK: Final = " "
_LARGEST_BRIGHTNESS: Final = len(BRIGHTNESS_LEVELS)


class Screen:
    """The inner life of one display.

    Attributes:
        complaints: What it was sent and cannot do, in words.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.complaints: list[str] = []
        self._has_code_pages = dialect.name == "ESC/POS"
        self._acts: dict[Verb, Callable[[bytes], None]] = {
            Verb.WRITE: self._write,
            Verb.MOVE_TO: self._move_to,
            Verb.BRIGHTNESS: self._set_brightness,
            Verb.BLINK: self._set_blink,
            Verb.CODE_PAGE: self._set_code_page,
            Verb.SELECT: self._select,
            Verb.UPPER_LINE: lambda data: self._write_line(0, data),
            Verb.LOWER_LINE: lambda data: self._write_line(1, data),
            Verb.MARQUEE: lambda data: self._write_line(0, data),
            Verb.INITIALIZE: lambda _: self.initialize(),
            Verb.CLEAR: lambda _: self.clear(),
            Verb.CLEAR_LINE: lambda _: self._clear_line(),
        }
        self.initialize()

    def initialize(self) -> None:
        """Begin as after power-on."""
        self._mode = Verb.OVERWRITE
        self._brightness = _LARGEST_BRIGHTNESS
        self._blink = STEADY
        self._code_page = 0
        self._selected = True
        self.clear()

    def clear(self) -> None:
        """Darken every cell; the cursor goes home."""
        self._cells = [[_BLANK] * COLUMNS for _ in range(ROWS)]
        self._column = self._row = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """What a customer reads."""
        return tuple("".join(row) for row in self._cells)

    @property
    def brightness(self) -> int:
        """Per cent."""
        return BRIGHTNESS_LEVELS[self._brightness - 1]

    @property
    def blinks(self) -> bool:
        """Whether the text goes on and off."""
        return self._blink != STEADY

    def act(self, command: Command) -> None:
        """Do what the display was told."""
        if not self._selected and command.verb is not Verb.SELECT:
            return  # meant for the printer behind it
        known = self._acts.get(command.verb)
        if known is not None:
            known(command.data)
        elif command.verb in (Verb.OVERWRITE, Verb.SCROLL_UP, Verb.SCROLL_LEFT):
            self._mode = command.verb
        elif command.verb is not Verb.CURSOR:
            self._move(command.verb)

    def _write(self, data: bytes) -> None:
        for character in decode(data, self._code_page):
            self._cells[self._row][self._column] = character
            self._advance()

    def _advance(self) -> None:
        if self._column + 1 < COLUMNS:
            self._column += 1
        elif self._mode is Verb.SCROLL_LEFT:
            row = self._cells[self._row]
            row[:] = [*row[1:], _BLANK]
        elif self._mode is Verb.SCROLL_UP and self._row + 1 == ROWS:
            self._cells = [*self._cells[1:], [_BLANK] * COLUMNS]
            self._column = 0
        else:
            self._column, self._row = 0, (self._row + 1) % ROWS

    def _move_to(self, data: bytes) -> None:
        column, row = data
        if 1 <= column <= COLUMNS and 1 <= row <= ROWS:
            self._column, self._row = column - 1, row - 1
        else:
            self.complaints.append(f"There is no column {column} on a line {row}.")

    def _move(self, verb: Verb) -> None:
        match verb:
            case Verb.HOME:
                self._column = self._row = 0
            case Verb.LEFT:
                self._column = max(0, self._column - 1)
            case Verb.RIGHT:
                self._column = min(COLUMNS - 1, self._column + 1)
            case Verb.UP | Verb.DOWN:
                self._row = (self._row + 1) % ROWS
            case Verb.LINE_START:
                self._column = 0
            case Verb.LINE_END:
                self._column = COLUMNS - 1
            case Verb.BOTTOM:
                self._column, self._row = COLUMNS - 1, ROWS - 1
            case _:
                self.complaints.append(f"{verb.value} is not known here.")

    def _write_line(self, row: int, data: bytes) -> None:
        text = decode(data, self._code_page)[:COLUMNS]
        self._cells[row] = list(text.ljust(COLUMNS))

    def _clear_line(self) -> None:
        self._cells[self._row] = [_BLANK] * COLUMNS
        self._column = 0

    def _set_brightness(self, data: bytes) -> None:
        if 1 <= data[0] <= _LARGEST_BRIGHTNESS:
            self._brightness = data[0]
        else:
            self.complaints.append(f"There is no brightness {data[0]}.")

    def _set_blink(self, data: bytes) -> None:
        self._blink = data[0]

    def _set_code_page(self, data: bytes) -> None:
        if self._has_code_pages:
            self._code_page = data[0]

    def _select(self, data: bytes) -> None:
        self._selected = bool(data[0] & 0b10)
