"""What a USB device says about itself, and the requests to its control endpoint.

    device          18 bytes, one
    configuration   9 bytes, then its interfaces; `wTotalLength` counts them all
    interface       9 bytes, then what its class adds (HID: 21h), then its endpoints
    endpoint        7 bytes (9 with audio), then what its class adds
    string          2 bytes, then UTF-16; number 0 lists languages
    setup           [bmRequestType:1] [bRequest:1] [wValue:2] [wIndex:2] [wLength:2]

All numbers are little-endian. A descriptor begins with its length and its type, so what nobody
knows can be skipped; it is kept as `extra` of what it follows.

How a person says which device is meant stands in `address`.

Source: Universal Serial Bus Specification 2.0, chapter 9.
"""

from drivers.wire.usb.address import UsbAddress, parse_address
from drivers.wire.usb.descriptors import (
    CONFIGURATION,
    DEVICE,
    ENDPOINT,
    IN,
    INTERFACE,
    STRING,
    Configuration,
    Device,
    Endpoint,
    Interface,
    TransferType,
)
from drivers.wire.usb.reading import decode_configuration, decode_device, total_length
from drivers.wire.usb.setup import Request, SetupPacket, decode_setup
from drivers.wire.usb.strings import (
    LANGUAGE_ENGLISH,
    decode_string,
    encode_languages,
    encode_string,
)

__all__ = [
    "CONFIGURATION",
    "DEVICE",
    "ENDPOINT",
    "IN",
    "INTERFACE",
    "LANGUAGE_ENGLISH",
    "STRING",
    "Configuration",
    "Device",
    "Endpoint",
    "Interface",
    "Request",
    "SetupPacket",
    "TransferType",
    "UsbAddress",
    "decode_configuration",
    "decode_device",
    "decode_setup",
    "decode_string",
    "encode_languages",
    "encode_string",
    "parse_address",
    "total_length",
]
