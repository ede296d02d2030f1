"""A device's texts.

Source: Universal Serial Bus Specification 2.0, 9.6.7, tables 9-15 and 9-16.
"""

import struct

from drivers.wire import WireError
from drivers.wire.usb.descriptors import STRING

LANGUAGE_ENGLISH = 0x0409
"""The only language in which most devices have strings."""

_HEADER = 2
"""Length and type."""
_LONGEST = 252
"""Bytes: 126 UTF-16 units."""


def encode_string(text: str) -> bytes:
    """Return a string descriptor; what does not fit into it is cut off."""
    data = text.encode("utf-16-le")[:_LONGEST]
    return bytes((len(data) + _HEADER, STRING)) + data


def encode_languages(*languages: int) -> bytes:
    """Return string descriptor 0: the languages that the device has strings in."""
    data = struct.pack(f"<{len(languages)}H", *languages)
    return bytes((len(data) + _HEADER, STRING)) + data


def decode_string(data: bytes) -> str:
    """Read a string descriptor; units that are no character become U+FFFD.

    Raises:
        WireError: It is none, or cut off.
    """
    if len(data) < _HEADER or data[1] != STRING or not _HEADER <= data[0] <= len(data):
        raise WireError("These bytes are no string descriptor.")
    return data[_HEADER : data[0] & ~1].decode("utf-16-le", "replace")
