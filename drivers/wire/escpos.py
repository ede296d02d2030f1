"""Reads ESC/POS, the language of receipt printers, as a printer does.

    Text runs to the next byte below 20h.
    LF CR HT FF CAN                    [code:1]
    ESC FS GS commands                 [lead:1] [command:1] [parameters: as the table says]
    ESC ( x · FS ( x · GS ( x          [lead:1] [28] [letter:1] [length:2 LE] [data:length]
    GS 8 L                             [1D 38 4C] [length:4 LE] [data:length]
    DLE EOT, ENQ, DC4                  see `escpos_realtime`

The language has no frames and no checksum: a reader that misjudges one length prints the rest of
the receipt as garbage. Hence these rules. Every byte belongs to exactly one command. The cut into
chunks changes nothing. Lead and unknown command are an `Unknown` of both bytes, and reading goes
on behind them; a control character is never taken as the second byte of an unknown command,
because it may lead the next one. Nothing is refused: a printer has nobody to complain to, so
`WireError` is not raised here.

Doubt: models differ in what they swallow after a command that they do not know; this reader knows
the commands of Epson's TM series, of which others speak dialects.

Source: Epson ESC/POS Command Reference for TM printers.
"""

import re

from drivers.wire import escpos_realtime
from drivers.wire.escpos_commands import (
    CharacterSet,
    CodePage,
    Command,
    Initialize,
    Oversized,
    Text,
    Unknown,
)
from drivers.wire.escpos_forms import FORMS, LONGER, Form

MAX_TEXT = 1024
"""A longer run of text is cut here; the longest printed line has 80 characters."""

MAX_DATA = 1 << 20
"""Commands with more data are swallowed; an image of 576 dots by a metre of paper has 576 kB."""

_LEADS = b"\x1b\x1c\x1d"
_SPACE = 0x20
_TEXT = re.compile(rb"[\x20-\xff]{1,%d}" % MAX_TEXT)


class EscPosReader:
    """Turns the bytes that a printer receives into commands.

    Attributes:
        position: How many bytes the commands returned so far took. As no byte is left out, this
            is where the next command begins.
    """

    def __init__(self) -> None:
        self.position = 0
        self._data = bytearray()
        self._skip = 0
        self._code_page = 0
        self._character_set = 0
        self._ended = False

    def receive_data(self, data: bytes) -> None:
        """Add bytes as they came from the wire."""
        self._data += data

    def end(self) -> None:
        """Say that no more bytes will come: text and a command that is cut off are returned."""
        self._ended = True

    def discard(self) -> None:
        """Forget the bytes that are no whole command yet. Selected code pages stay."""
        self.position += len(self._data)
        self._skip = 0
        self._data.clear()

    def next_event(self) -> Command | None:
        """Return the next command, or None when more bytes are needed."""
        self._skip_data()
        if not self._data:
            return None
        if self._data[0] >= _SPACE:
            return self._text()
        if self._data[0] == escpos_realtime.DLE:
            return self._real_time()
        return self._command()

    def _skip_data(self) -> None:
        skipped = min(self._skip, len(self._data))
        self._skip -= skipped
        self._take(skipped)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._data[:size])
        del self._data[:size]
        self.position += size
        return taken

    def _text(self) -> Command | None:
        match = _TEXT.match(self._data)
        size = match.end() if match else 0
        if size == len(self._data) and size < MAX_TEXT and not self._ended:
            return None
        return Text(self._take(size), self._code_page, self._character_set)

    def _real_time(self) -> Command | None:
        size = escpos_realtime.length(self._data)
        if size == 0:
            return Unknown(self._take(1))
        if size is None or size > len(self._data):
            return self._cut_off()
        return escpos_realtime.parse(self._take(size))

    def _command(self) -> Command | None:
        for prefix in (bytes(self._data[:size]) for size in (1, 2, 3)):
            form = FORMS.get(prefix)
            if form is not None:
                return self._known(prefix, form)
            if prefix not in LONGER:
                return self._unknown(prefix)
            if len(self._data) == len(prefix):
                break
        return self._cut_off()

    def _known(self, prefix: bytes, form: Form) -> Command | None:
        size = form.measure(self._data)
        if size is None:
            return self._cut_off()
        if size < len(prefix):
            return self._unknown(prefix)
        if size > MAX_DATA:
            self._skip = size - len(prefix)
            oversized = Oversized(form.name, self._skip)
            self._take(len(prefix))
            self._skip_data()
            return oversized
        if size > len(self._data):
            return self._cut_off()
        command = form.build(self._take(size)[len(prefix) :])
        self._remember(command)
        return command

    def _unknown(self, prefix: bytes) -> Command:
        whole = prefix[0] in _LEADS and prefix[-1] >= _SPACE
        return Unknown(self._take(len(prefix) if whole else 1))

    def _cut_off(self) -> Command | None:
        return Unknown(self._take(len(self._data))) if self._ended else None

    def _remember(self, command: Command) -> None:
        match command:
            case CodePage(number):
                self._code_page = number
            case CharacterSet(number):
                self._character_set = number
            case Initialize():
                self._code_page = self._character_set = 0


def read(data: bytes) -> list[Command]:
    """Return all commands in `data`; what is cut off at its end comes as `Unknown`."""
    reader = EscPosReader()
    reader.receive_data(data)
    reader.end()
    return list(iter(reader.next_event, None))
