"""An open scanner, whatever it is plugged into: listens, and tells each code that is whole.

A driver says where the bytes come from (a `Line`) and how they become codes (`Codes`). Bytes that
are no code (half of one, noise) are dropped and logged with their number, never shown as a scan.
"""

import asyncio
import codecs
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Protocol

import msgspec

from drivers.errors import DeviceError, ErrorCode, OfflineError
from drivers.fan import EventFan
from drivers.scanner import ScannerEvent
from drivers.scanner.reading import read_scan
from drivers.settings import DeviceSettings, Seconds
from drivers.transport import LinkLostError
from drivers.wire.barcode import MAX_LENGTH, Dropped, Message

_log = logging.getLogger(__name__)


class ScannerSettings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""What every scanner's table may say, however it is plugged in.

    Attributes:
        aim: Take `]` and two characters at the start for the AIM symbology identifier.
        encoding: Of the data; bytes that it cannot read are taken as Latin-1.
        max_length: Bytes of one scan; more are noise.
        gap: A silence within a scan, in seconds, after which its rest no longer comes.
    """

    aim: bool = True
    encoding: str = "utf-8"
    max_length: Annotated[int, msgspec.Meta(ge=8, le=65536)] = MAX_LENGTH
    gap: Seconds = 0.25

    def __post_init__(self) -> None:
        """Refuse an encoding that Python does not know."""
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise ValueError(f"encoding {self.encoding!r} does not fit: {error}") from error


class Line(Protocol):
    """Where the bytes come from."""

    async def read(self) -> bytes:
        """Wait for bytes, or for a report.

        Raises:
            LinkLostError: The scanner is gone.
        """
        ...

    async def close(self) -> None:
        """Let go of it. Never raises."""
        ...


class Codes(Protocol):
    """How bytes become codes, in whatever pieces they arrive."""

    @property
    def unfinished(self) -> bool:
        """True while part of a code waits for its rest: watch for a silence."""
        ...

    def receive_data(self, data: bytes) -> list[Message | Dropped]:
        """Take what the line brought, and return what that completed, in order."""
        ...

    def receive_silence(self) -> list[Message | Dropped]:
        """Take note that the line was silent, and return what that ended."""
        ...


class ListeningScanner:
    """Reads one scanner until its line ends."""

    def __init__(self, name: str, settings: ScannerSettings, line: Line, codes: Codes) -> None:
        self._name = name
        self._settings = settings
        self._line = line
        self._codes = codes
        self._fan = EventFan[ScannerEvent]()
        self._reading = asyncio.create_task(self._read_on(), name=f"scanner-{name}")

    def events(self) -> AsyncIterator[ScannerEvent]:
        """See `Scanner`."""
        return self._fan.subscribe()

    async def check_health(self) -> None:
        """See `Scanner`."""
        if self._fan.ended is not None:
            raise self._fan.ended

    async def close(self) -> None:
        """See `Scanner`."""
        self._fan.end(self._closed())
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._line.close()

    async def _read_on(self) -> None:
        try:
            while True:
                for event in await self._next_events():
                    self._handle(event)
        except LinkLostError as error:
            _log.warning("%s: %s", self._name, error)
            self._fan.end(self._unplugged())
            await self._line.close()

    async def _next_events(self) -> list[Message | Dropped]:
        try:
            async with asyncio.timeout(self._settings.gap if self._codes.unfinished else None):
                data = await self._line.read()
        except TimeoutError:
            return await self._after_silence()
        return self._codes.receive_data(data)

    async def _after_silence(self) -> list[Message | Dropped]:
        """Take note of a silence, unless it was the event loop that was busy, and not the line."""
        try:
            async with asyncio.timeout(0):
                return self._codes.receive_data(await self._line.read())
        except TimeoutError:
            return self._codes.receive_silence()

    def _handle(self, event: Message | Dropped) -> None:
        if isinstance(event, Message):
            self._fan.publish(read_scan(self._text(event.data), aim=self._settings.aim))
        else:
            _log.warning("%s: %d bytes dropped: %s", self._name, event.length, event.reason)

    def _text(self, data: bytes) -> str:
        try:
            return data.decode(self._settings.encoding)
        except UnicodeDecodeError:
            return data.decode("latin-1")

    def _unplugged(self) -> DeviceError:
        return OfflineError("The scanner is unplugged. Check its cable.", device=self._name)

    def _closed(self) -> DeviceError:
        return OfflineError("The scanner is closed.", device=self._name, code=ErrorCode.CLOSED)
