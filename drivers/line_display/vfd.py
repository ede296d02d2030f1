"""A vacuum fluorescent display of two lines of twenty characters, on a serial line.

What both command sets have in common: open the line, initialize, write at a cursor. Text goes out
in one piece, so that a customer never reads half of two prices.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Literal, Never

import msgspec

from drivers.errors import DeviceError, ErrorCode, OfflineError
from drivers.fan import EventFan
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.profile import Encoding
from drivers.settings import Arrivals, DeviceSettings, Seconds
from drivers.transport import ByteStream, LinkLostError
from drivers.transport.path_arrivals import path_arrivals
from drivers.transport.serial import Parity
from drivers.transport.serial_device import open_serial_device
from drivers.wire.line_display import BRIGHTNESS_LEVELS, STEADY, Dialect, Verb

BLINK_PERIOD = 10
"""Half a second on, half a second off, in units of 50 ms."""


class SerialSettings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every display on a serial line is told.

    Attributes:
        url: A device such as `/dev/serial/by-id/usb-…`, or `socket://host:port`, or
            `rfc2217://host:port`.
        baudrate, bytesize, parity: As set in the display.
        columns, rows: Of its glass.
        brightness: Per cent; 20, 40, 60 or 100.
        timeout: Seconds for one text; a display that holds its line for longer is offline.
    """

    url: Annotated[str, msgspec.Meta(min_length=1)]
    baudrate: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    bytesize: Literal[7, 8] = 8
    parity: Parity = "none"
    columns: Annotated[int, msgspec.Meta(ge=8, le=80)] = 20
    rows: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2
    brightness: Literal[20, 40, 60, 100] = 100
    timeout: Seconds = 2.0


def watch_arrivals(settings: SerialSettings) -> Arrivals | None:
    """Return who watches for the display; None where it is on the network."""
    return path_arrivals(settings.url)


async def open_vfd(
    name: str,
    settings: SerialSettings,
    dialect: Dialect,
    code_pages: Mapping[int, str],
    selection: bytes,
) -> "Vfd":
    """Open the line and clear the display.

    Args:
        name: Of the device.
        settings: Of its line and glass.
        dialect: Its command set.
        code_pages: The one character table that it is set to: number, and Python's codec.
        selection: The command that selects it; empty where it is selected already.

    Raises:
        OfflineError: It is not there, or takes no text.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    stream = await open_serial_device(name, "customer display", settings)
    encodings = {codec: Encoding(python_encode=codec) for codec in code_pages.values()}
    display = Vfd(name, settings, dialect, TextEncoder(code_pages, encodings), stream)
    try:
        await display.start(selection)
    except BaseException:
        await display.close()
        raise
    return display


class Vfd:
    """One display; see `drivers.line_display.LineDisplay`."""

    def __init__(
        self,
        name: str,
        settings: SerialSettings,
        dialect: Dialect,
        text: TextEncoder,
        stream: ByteStream,
    ) -> None:
        self._name = name
        self._settings = settings
        self._encode = dialect.encode
        self._text = text
        self._stream = stream
        self._fan = EventFan[Never]()
        self._at_the_line = asyncio.Lock()
        self._watching = asyncio.create_task(self._watch(), name=f"display-{name}")

    @property
    def columns(self) -> int:
        """Characters of a line."""
        return self._settings.columns

    @property
    def rows(self) -> int:
        """Lines."""
        return self._settings.rows

    async def start(self, selection: bytes) -> None:
        """Put the display into the state that the other verbs begin with."""
        await self._send(
            self._encode(Verb.INITIALIZE)
            + selection
            + self._encode(Verb.OVERWRITE)
            + self._encode(Verb.CURSOR, b"\x00")
            + self._encode(Verb.CLEAR)
        )
        await self.set_brightness(self._settings.brightness)

    async def display_text(self, lines: Sequence[str], *, blink: bool = False) -> None:
        """Show these lines, and nothing else."""
        data = self._encode(Verb.BLINK, bytes((BLINK_PERIOD if blink else STEADY,)))
        for row in range(self.rows):
            line = lines[row] if row < len(lines) else ""
            data += self._encode(Verb.MOVE_TO, bytes((1, row + 1)))
            data += self._encode(Verb.WRITE, self._characters(line))
        await self._send(data)

    async def set_brightness(self, percent: int) -> None:
        """Set the nearest of the four levels."""
        distances = [abs(level - percent) for level in BRIGHTNESS_LEVELS]
        level = distances.index(min(distances)) + 1
        await self._send(self._encode(Verb.BRIGHTNESS, bytes((level,))))

    def events(self) -> AsyncIterator[Never]:
        """Iterating raises `OfflineError` when the display is gone."""
        return self._fan.subscribe()

    async def check_health(self) -> None:
        """Say whether its line is still there."""
        if self._fan.ended is not None:
            raise self._fan.ended

    async def close(self) -> None:
        """Let go of the display."""
        self._fan.end(self._error("The customer display is closed.", ErrorCode.CLOSED))
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await self._stream.close()

    def _characters(self, line: str) -> bytes:
        """The line in the display's characters, as wide as its glass."""
        text = line.replace("\n", " ")
        data = b"".join(run for _, run in self._text.encode(text, self._text.first))
        return data[: self.columns].ljust(self.columns)

    async def _send(self, data: bytes) -> None:
        await self.check_health()
        try:
            async with asyncio.timeout(self._settings.timeout), self._at_the_line:
                await self._stream.write(data)
        except (LinkLostError, TimeoutError) as error:
            gone = self._gone()
            self._fan.end(gone)
            raise gone from error

    async def _watch(self) -> None:
        """Notice that the cable is out: a display has nothing else to say."""
        with contextlib.suppress(LinkLostError):
            while True:
                await self._stream.read()
        self._fan.end(self._gone())
        await self._stream.close()

    def _gone(self) -> DeviceError:
        return self._error(
            "The customer display cannot be reached. Check its cable, and that it is switched on.",
            ErrorCode.OFFLINE,
        )

    def _error(self, message: str, code: ErrorCode) -> OfflineError:
        return OfflineError(message, device=self._name, code=code)
