"""A USB scanner in the mode that was made for computers: HID POS (usage page 8Ch).

    [[scanner]]
    name = "scanner"
    driver = "hid_pos"
    usb = "0c2e:0b61/S12345"

Each code arrives in one report, long ones in several, with the kind of code and without a keyboard
layout. Scanners are set to it by a bar code of their manual ("USB HID POS", "OPOS", "IBM" are
others).
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from drivers.errors import UnsupportedError
from drivers.scanner import Scanner
from drivers.scanner.hid import open_hid
from drivers.scanner.listening import ListeningScanner, ScannerSettings
from drivers.scanner.reading import get_ready
from drivers.settings import Arrivals
from drivers.transport.usb import usb_arrivals
from drivers.wire import WireError
from drivers.wire.barcode import LINE_ENDS, Dropped, DropReason, Message
from drivers.wire.hid import ScannedData, ScannerReports, is_scanner
from drivers.wire.usb import parse_address


class Settings(ScannerSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `[[scanner]]` table with `driver = "hid_pos"`.

    Attributes:
        usb: Which device: `vendor:product/serial number`, or `vendor:product@port`.
    """

    usb: Annotated[str, msgspec.Meta(min_length=1)]

    def __post_init__(self) -> None:
        """Refuse an address that is none."""
        super().__post_init__()
        parse_address(self.usb)


def watch_arrivals(settings: Settings) -> Arrivals:
    """Return who watches for the scanner."""
    return usb_arrivals(parse_address(settings.usb))


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> Scanner:
    """Claim the scanner. Scans from before are gone.

    Raises:
        OfflineError: It is not there, may not be opened, or is another program's.
        UnsupportedError: It is in another USB mode, or the address is none.
    """
    del devices  # a scanner needs no other device
    await get_ready()
    line = await open_hid(name, settings.usb, is_scanner)
    try:
        codes = ReportedCodes(ScannerReports(line.descriptor, settings.max_length))
    except WireError as error:
        await line.close()
        raise UnsupportedError(
            f"The scanner's reports hold no codes: {error}", device=name
        ) from error
    return ListeningScanner(name, settings, line, codes)


class ReportedCodes:
    """Puts reports together to codes, each with its AIM identifier as other scanners send it."""

    def __init__(self, reports: ScannerReports) -> None:
        self._reports = reports

    @property
    def unfinished(self) -> bool:
        """True while part of a code waits for its rest."""
        return self._reports.unfinished

    def receive_data(self, data: bytes) -> list[Message | Dropped]:
        """Take a report."""
        try:
            code = self._reports.receive(data)
        except WireError:
            return [Dropped(DropReason.GARBLED, len(data))]
        message = b"" if code is None else _as_sent(code)
        return [Message(message)] if message else []

    def receive_silence(self) -> list[Message | Dropped]:
        """Take note of a silence: the rest of a long code does not come any more."""
        length = self._reports.forget()
        return [Dropped(DropReason.SILENCE, length)] if length else []


def _as_sent(code: ScannedData) -> bytes:
    data = code.data.strip(LINE_ENDS)
    return data if code.symbology is None or not data else f"]{code.symbology}".encode() + data
