r"""A barcode scanner on a serial line: RS-232, USB as virtual COM port, Bluetooth, device server.

Set the scanner to end each code with CR (the default of most) and, where it can, to send the AIM
identifier and GS (0x1D) for FNC1. Nothing is ever written to it.

One scan is what stands between prefix and suffix (`drivers.wire.barcode`). Bytes that are no scan
(half a code, noise) are dropped and logged with their number, never shown as a scan.
"""

import asyncio
import codecs
import dataclasses
import importlib
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from drivers.errors import DeviceError, ErrorCode, OfflineError, UnsupportedError
from drivers.fan import EventFan
from drivers.scanner import Scan, Scanner, ScannerEvent
from drivers.settings import DeviceSettings, Seconds
from drivers.transport import ByteStream, LinkLostError
from drivers.transport.serial import Parity, open_serial
from drivers.wire.barcode import MAX_LENGTH, Dropped, Message, ScanFraming

_READER = "drivers.wire.gs1"
"""Imports biip, which takes a tenth of a second: when a scanner is opened, and no sooner."""

_log = logging.getLogger(__name__)


class Settings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""The fields of a `[[scanner]]` table with `driver = "serial"`.

    Attributes:
        url: A device such as `/dev/serial/by-id/usb-…`, or `socket://host:port`, or
            `rfc2217://host:port`.
        baudrate, bytesize, parity: As set in the scanner; USB ignores them.
        prefix, suffix: What the scanner sends around the data, `"\u0002"` for STX. Without a
            suffix a silence of `gap` ends the scan, and half a code is not noticed.
        aim: Take `]` and two characters at the start for the AIM symbology identifier.
        encoding: Of the data; bytes that it cannot read are taken as Latin-1.
        max_length: Bytes of one scan; more are noise.
        gap: A silence within a scan, in seconds, after which its rest no longer comes.
    """

    url: Annotated[str, msgspec.Meta(min_length=1)]
    baudrate: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    bytesize: Literal[7, 8] = 8
    parity: Parity = "none"
    prefix: str = ""
    suffix: str = "\r"
    aim: bool = True
    encoding: str = "utf-8"
    max_length: Annotated[int, msgspec.Meta(ge=8, le=65536)] = MAX_LENGTH
    gap: Seconds = 0.25

    def __post_init__(self) -> None:
        """Refuse an encoding that Python does not know, or that cannot hold the prefix."""
        try:
            codecs.lookup(self.encoding)
            (self.prefix + self.suffix).encode(self.encoding)
        except (LookupError, UnicodeEncodeError) as error:
            raise ValueError(f"encoding {self.encoding!r} does not fit: {error}") from error


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> Scanner:
    """Open the line to the scanner. Scans from before are thrown away.

    Raises:
        OfflineError: It is not there, or another program holds it.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    del devices  # a scanner needs no other device
    await asyncio.to_thread(importlib.import_module, _READER)
    try:
        stream = await open_serial(
            settings.url,
            baudrate=settings.baudrate,
            bytesize=settings.bytesize,
            parity=settings.parity,
        )
    except LinkLostError as error:
        raise OfflineError(
            f"The scanner does not answer. Check its cable. ({error})", device=name
        ) from error
    except ValueError as error:
        raise UnsupportedError(
            f"The scanner's line cannot be set up: {error}", device=name
        ) from error
    return _SerialScanner(name, settings, stream)


class _SerialScanner:
    """Reads one scanner until its line ends."""

    def __init__(self, name: str, settings: Settings, stream: ByteStream) -> None:
        self._name = name
        self._settings = settings
        self._stream = stream
        self._fan = EventFan[ScannerEvent]()
        self._framing = ScanFraming(
            prefix=settings.prefix.encode(settings.encoding),
            suffix=settings.suffix.encode(settings.encoding),
            max_length=settings.max_length,
        )
        self._reading = asyncio.create_task(self._read_on(), name=f"scanner-{name}")

    def events(self) -> AsyncIterator[ScannerEvent]:
        return self._fan.subscribe()

    async def check_health(self) -> None:
        if self._fan.ended is not None:
            raise self._fan.ended

    async def close(self) -> None:
        self._fan.end(self._closed())
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._stream.close()

    async def _read_on(self) -> None:
        try:
            while True:
                for event in await self._next_events():
                    self._handle(event)
        except LinkLostError as error:
            _log.warning("%s: %s", self._name, error)
            self._fan.end(self._unplugged())
            await self._stream.close()

    async def _next_events(self) -> list[Message | Dropped]:
        try:
            async with asyncio.timeout(self._settings.gap if self._framing.unfinished else None):
                data = await self._stream.read()
        except TimeoutError:
            return self._framing.receive_silence()
        return self._framing.receive_data(data)

    def _handle(self, event: Message | Dropped) -> None:
        if isinstance(event, Message):
            self._fan.publish(self._scan(event.data))
        else:
            _log.warning("%s: %d bytes dropped: %s", self._name, event.length, event.reason)

    def _scan(self, data: bytes) -> Scan:
        try:
            text = data.decode(self._settings.encoding)
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        from drivers.wire.gs1 import read_code  # noqa: PLC0415 - `open_device` has imported it

        code = read_code(text, aim=self._settings.aim)
        return Scan(scan_data=text, **dataclasses.asdict(code))

    def _unplugged(self) -> DeviceError:
        return OfflineError("The scanner is unplugged. Check its cable.", device=self._name)

    def _closed(self) -> DeviceError:
        return OfflineError("The scanner is closed.", device=self._name, code=ErrorCode.CLOSED)
