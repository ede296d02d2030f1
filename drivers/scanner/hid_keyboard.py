r"""A USB scanner that types: how most of them leave the factory.

    [[scanner]]
    name = "scanner"
    driver = "hid_keyboard"
    usb = "05e0:1200/S12345"
    layout = "us"

It types with the keyboard layout that it was set to (`layout`), which need not be the computer's.
What it types goes to nobody else: its interface is claimed, and given back when it is closed.

Set it to end each code with Enter (the default of most), and to send the AIM identifier and GS for
FNC1 where it can. A mode made for computers (`hid_pos`, or a COM port) is faster and needs no
layout.
"""

import codecs
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol

import msgspec

from drivers.errors import OfflineError
from drivers.scanner import Scanner
from drivers.scanner.hid import open_hid
from drivers.scanner.listening import ListeningScanner, ScannerSettings
from drivers.scanner.reading import get_ready
from drivers.settings import Arrivals, Seconds
from drivers.transport import LinkLostError
from drivers.transport.usb import usb_arrivals
from drivers.wire import WireError
from drivers.wire.barcode import Dropped, DropReason, Message, ScanFraming
from drivers.wire.hid import BOOT_KEYBOARD, Keys, Typist, is_keyboard, layout
from drivers.wire.hid.keyboard import DescribedKeyboard
from drivers.wire.usb import parse_address

KeyUsage = Annotated[int, msgspec.Meta(ge=0x04, le=0xDF)]
"""HID usage of a key: 58 is F1, 65 is F8."""


class Settings(ScannerSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""The fields of a `[[scanner]]` table with `driver = "hid_keyboard"`.

    Attributes:
        usb: Which device: `vendor:product/serial number`, or `vendor:product@port`.
        layout: The country that the scanner is set to.
        caps_lock: Whether it takes caps lock to be on.
        separator_keys: Keys that it was set to send for GS (FNC1), by their HID usages. Ctrl and
            the closing bracket, and the Alt code 029, are understood without.
        oem_code_page: Of Alt codes without a leading zero.
        prefix, suffix: What it types around the data; Enter is `"\r"`, Tab `"\t"`.
        gap: As for every scanner, but longer: each key is a report that the host has to fetch.
    """

    usb: Annotated[str, msgspec.Meta(min_length=1)]
    layout: Literal["us", "uk", "be", "nl", "fr", "de"] = "us"
    caps_lock: bool = False
    separator_keys: tuple[KeyUsage, ...] = ()
    oem_code_page: str = "cp850"
    prefix: str = ""
    suffix: str = "\r"
    gap: Seconds = 1.0

    def __post_init__(self) -> None:
        """Refuse an address that is none, and a code page that Python does not know."""
        super().__post_init__()
        parse_address(self.usb)
        try:
            codecs.lookup(self.oem_code_page)
        except LookupError as error:
            raise ValueError(f"oem_code_page {self.oem_code_page!r} does not fit") from error


def watch_arrivals(settings: Settings) -> Arrivals:
    """Return who watches for the scanner."""
    return usb_arrivals(parse_address(settings.usb))


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> Scanner:
    """Take the scanner away from the kernel. Scans from before are gone: they were typed.

    Raises:
        OfflineError: It is not there, may not be opened, or is another program's.
        UnsupportedError: It does not type, or the address is none.
    """
    del devices  # a scanner needs no other device
    await get_ready()
    line = await open_hid(name, settings.usb, is_keyboard)
    try:
        keyboard: KeyboardReader = BOOT_KEYBOARD
        if not await line.speak_boot_protocol():
            keyboard = DescribedKeyboard(line.descriptor)
        await line.report_changes_only()
    except (LinkLostError, WireError) as error:
        await line.close()
        raise OfflineError(f"The scanner does not answer. ({error})", device=name) from error
    except BaseException:
        await line.close()
        raise
    return ListeningScanner(name, settings, line, TypedCodes(settings, keyboard))


class KeyboardReader(Protocol):
    """Reads reports."""

    def read(self, report: bytes) -> Keys | None:
        """See `BootKeyboard`."""
        ...


class TypedCodes:
    """Puts what was typed together to codes."""

    def __init__(self, settings: Settings, keyboard: KeyboardReader) -> None:
        self._keyboard = keyboard
        self._encoding = settings.encoding
        self._typist = Typist(
            layout(settings.layout),
            caps_lock=settings.caps_lock,
            separators=settings.separator_keys,
            oem_code_page=settings.oem_code_page,
        )
        self._framing = ScanFraming(
            prefix=settings.prefix.encode(settings.encoding),
            suffix=settings.suffix.encode(settings.encoding),
            max_length=settings.max_length,
        )

    @property
    def unfinished(self) -> bool:
        """True while part of a code waits for its rest."""
        return self._framing.unfinished or self._typist.unfinished

    def receive_data(self, data: bytes) -> list[Message | Dropped]:
        """Take a report."""
        try:
            keys = self._keyboard.read(data)
        except WireError:
            return [Dropped(DropReason.GARBLED, len(data))]
        text = "" if keys is None else self._typist.type(keys)
        if not text:
            return []
        return self._framing.receive_data(text.encode(self._encoding, "replace"))

    def receive_silence(self) -> list[Message | Dropped]:
        """Take note of a silence."""
        self._typist.forget()
        return self._framing.receive_silence()
