"""A printer on USB: which of its interfaces prints, and what to do when it does not answer.

Printers that say by their class what they are have class 7, some with several ways to speak at the
same interface: 2 is to and fro, which is what we need. Older receipt printers (and newer ones that
are set so) are vendor-specific: class FFh with one endpoint each way.

    A1 00   GET_DEVICE_ID    maker, model and language (`drivers.wire.ieee1284`)
    21 02   SOFT_RESET       drop what was received and begin anew

A printer whose last host went away in the middle of a command takes whatever comes next for the
rest of it. So one that does not answer is reset once, which makes it print nothing of before.

Source: USB Device Class Definition for Printing Devices 1.1, 4.2 and 5.
"""

import logging
from collections.abc import Sequence

from drivers.transport import ByteStream, LinkLostError, NotAllowedError
from drivers.transport.usb import RefusedRequestError, UsbStream, open_usb
from drivers.wire import WireError
from drivers.wire.ieee1284 import DeviceId, decode_device_id
from drivers.wire.usb import Interface, TransferType

_log = logging.getLogger(__name__)

PRINTER, VENDOR_SPECIFIC = 7, 0xFF
_PREFERENCE = ((PRINTER, 2), (PRINTER, 3), (PRINTER, 1), (VENDOR_SPECIFIC, None))
"""Classes and protocols: both directions, IEEE 1284.4, one direction, the maker's own."""

_GET_DEVICE_ID, _SOFT_RESET = 0, 2
_FROM_CLASS, _TO_CLASS = 0xA1, 0x21
_LONGEST_ID = 1024

OTHER_LANGUAGES = {"STAR", "STARLINE", "ZPL", "EPL", "TSPL", "PCL", "POSTSCRIPT", "ESC/P2"}
"""In which ESC/POS means nothing, or something else."""


class OtherLanguageError(NotAllowedError):
    """Raised when the printer says that it speaks something else; the message says what."""


def printing_interface(interfaces: Sequence[Interface]) -> Interface | None:
    """Choose the interface that prints and answers; None: the device is no printer."""
    for kind, protocol in _PREFERENCE:
        for each in interfaces:
            fits = each.interface_class == kind and protocol in (None, each.protocol)
            if fits and _both_ways(each):
                return each
    return None


def _both_ways(interface: Interface) -> bool:
    ways = {e.is_in for e in interface.endpoints if e.transfer_type is TransferType.BULK}
    return ways == {True, False}


async def open_usb_printer(address: str) -> ByteStream:
    """Claim the printer's interface and throw away what it has said to nobody.

    Raises:
        OtherLanguageError: It does not speak ESC/POS. It is let go.
        LinkLostError: As `drivers.transport.usb.open_usb`.
    """
    stream = await open_usb(address, printing_interface, fresh=True)
    try:
        refuse_other_languages(await device_id(stream))
    except LinkLostError:
        await stream.close()
        raise
    return stream


def refuse_other_languages(known: DeviceId) -> None:
    """Refuse a printer that names languages, and no ESC/POS among them.

    Raises:
        OtherLanguageError: It does.
    """
    if OTHER_LANGUAGES.intersection(known.commands) and "ESC/POS" not in known.commands:
        raise OtherLanguageError(
            f"The printer {known.manufacturer} {known.model} speaks {', '.join(known.commands)}."
            " Set it to ESC/POS."
        )


async def device_id(stream: UsbStream) -> DeviceId:
    """Ask who the printer is; one that has no answer is nobody in particular.

    Only of interface 0: others have their number in another place of this request, where pyusb
    takes it for an interface that it should claim.

    Raises:
        LinkLostError: It is gone.
    """
    if stream.interface.number:
        return DeviceId()
    try:
        answer = await stream.control(_FROM_CLASS, _GET_DEVICE_ID, 0, length=_LONGEST_ID)
        return decode_device_id(answer)
    except (RefusedRequestError, WireError):
        return DeviceId()


async def reset(stream: ByteStream) -> bool:
    """Have a printer on USB forget what it was told; False where that cannot be asked for.

    Raises:
        LinkLostError: It is gone.
    """
    if not isinstance(stream, UsbStream):
        return False
    try:
        await stream.control(_TO_CLASS, _SOFT_RESET, 0)
    except RefusedRequestError:
        return False
    _log.info("%s did not answer and was reset", stream.device.address)
    return True
