"""What a printer says about itself: maker, model, and the languages that it speaks.

    [length of all:2] MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;

Names and values are ASCII; names come long or short (`MANUFACTURER`, `MFG`). The length is
big-endian and counts itself; some printers write it little-endian or do not count it, so it is not
believed.

Source: IEEE 1284-1994, 7.6; USB Device Class Definition for Printing Devices 1.1, 4.2.1.
"""

from dataclasses import dataclass

from drivers.wire import WireError

_LENGTH = 2
_LONG_NAMES = {"MANUFACTURER": "MFG", "MODEL": "MDL", "COMMAND SET": "CMD"}


@dataclass(frozen=True)
class DeviceId:
    """Who a printer is.

    Attributes:
        commands: The languages that it names, in its own words and in capitals.
    """

    manufacturer: str = ""
    model: str = ""
    commands: tuple[str, ...] = ()


def decode_device_id(data: bytes) -> DeviceId:
    """Read an answer to GET_DEVICE_ID.

    Raises:
        WireError: It is shorter than its length field.
    """
    if len(data) < _LENGTH:
        raise WireError("A device id begins with two bytes of length.")
    fields: dict[str, str] = {}
    for part in data[_LENGTH:].decode("ascii", "replace").split(";"):
        name, _, value = part.partition(":")
        name = name.strip("\0 ").upper()
        fields[_LONG_NAMES.get(name, name)] = value.strip("\0 ")
    commands = (each.strip().upper() for each in fields.get("CMD", "").split(","))
    return DeviceId(fields.get("MFG", ""), fields.get("MDL", ""), tuple(filter(None, commands)))
