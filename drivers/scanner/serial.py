r"""A barcode scanner on a serial line: RS-232, USB as virtual COM port, Bluetooth, device server.

Set the scanner to end each code with CR (the default of most) and, where it can, to send the AIM
identifier and GS (0x1D) for FNC1. Nothing is ever written to it.

A USB scanner as COM port (CDC) gets another `/dev/ttyACM` each time it is plugged in, and two of a
kind get them in any order. So its address is a name that udev makes of its serial number
(`/dev/pos/…`, `/dev/serial/by-id/…`), which comes back as the same with the same scanner; one that
names a number instead is refused with what to write.

One scan is what stands between prefix and suffix (`drivers.wire.barcode`).
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from drivers.scanner import Scanner
from drivers.scanner.listening import ListeningScanner, ScannerSettings
from drivers.scanner.reading import get_ready
from drivers.settings import Arrivals
from drivers.transport.path_arrivals import path_arrivals
from drivers.transport.serial import Parity
from drivers.transport.serial_device import open_serial_device
from drivers.wire.barcode import ScanFraming

_NUMBERED = re.compile(r"/dev/tty(ACM|USB)\d+")
"""Names that the kernel gives out in the order in which it finds devices."""


class Settings(ScannerSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""The fields of a `[[scanner]]` table with `driver = "serial"`.

    Attributes:
        url: A device such as `/dev/serial/by-id/usb-…`, or `socket://host:port`, or
            `rfc2217://host:port`.
        baudrate, bytesize, parity: As set in the scanner; USB ignores them.
        prefix, suffix: What the scanner sends around the data, `"\u0002"` for STX. Without a
            suffix a silence of `gap` ends the scan, and half a code is not noticed.
    """

    url: Annotated[str, msgspec.Meta(min_length=1)]
    baudrate: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    bytesize: Literal[7, 8] = 8
    parity: Parity = "none"
    prefix: str = ""
    suffix: str = "\r"

    def __post_init__(self) -> None:
        """Refuse an address that moves, and a prefix that the encoding cannot hold."""
        super().__post_init__()
        if _NUMBERED.fullmatch(self.url):
            raise ValueError(
                f"{self.url} is another device after the next start. Write its name in /dev/pos or"
                " /dev/serial/by-id, which stays"
            )
        try:
            (self.prefix + self.suffix).encode(self.encoding)
        except UnicodeEncodeError as error:
            raise ValueError(f"encoding {self.encoding!r} does not fit: {error}") from error


def watch_arrivals(settings: Settings) -> Arrivals | None:
    """Return who watches for the scanner; None where it is on the network."""
    return path_arrivals(settings.url)


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> Scanner:
    """Open the line to the scanner. Scans from before are thrown away.

    Raises:
        OfflineError: It is not there, or another program holds it.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    del devices  # a scanner needs no other device
    await get_ready()
    stream = await open_serial_device(name, "scanner", settings)
    framing = ScanFraming(
        prefix=settings.prefix.encode(settings.encoding),
        suffix=settings.suffix.encode(settings.encoding),
        max_length=settings.max_length,
    )
    return ListeningScanner(name, settings, stream, framing)
