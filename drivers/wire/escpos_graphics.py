"""Images in a printer's lasting memory: to keep one, to print one, to ask which there are.

    keep       GS ( L or GS 8 L  fn 67   30 43 30 k1 k2 01 [width:2] [height:2] 31 [rows]
    print      GS ( L            fn 69   30 45 k1 k2 01 01
    which?     GS ( L            fn 64   30 40 4B 43
    answer     37 72 status [k1 k2]… 00  status 41: more follow when ACK (06) is sent; 40: the last

A key is two characters from 20h to 7Eh. The memory wears: Epson allows ten writes a day. It keeps
what it has when the power goes, and what somebody else put there.

Source: Epson ESC/POS Command Reference: GS ( L / GS 8 L, fn 64, 67 and 69, "ESC/POS Handshaking
Protocol".
"""

import hashlib

KEY_CODES_REQUEST = b"\x1d(L\x04\x000@KC"
ACKNOWLEDGED = b"\x06"

_FIRST, _KINDS = 0x20, 95
_SHORT = 0xFFFF
"""The longest `GS ( L`; beyond that it is `GS 8 L`."""


def key_of(width: int, rows: bytes) -> bytes:
    """Return the key under which an image is kept: one of 9,025, always the same for the same."""
    number = int.from_bytes(hashlib.sha256(width.to_bytes(2) + rows).digest()[:8])
    return bytes((_FIRST + number % _KINDS, _FIRST + number // _KINDS % _KINDS))


def define_nv_graphics(key: bytes, width: int, height: int, rows: bytes) -> bytes:
    """Keep an image: rows from top to bottom, each padded to bytes, a set bit is black."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    parameters = b"0C0" + key + b"\x01" + size + b"1" + rows
    if len(parameters) > _SHORT:
        return b"\x1d8L" + len(parameters).to_bytes(4, "little") + parameters
    return b"\x1d(L" + len(parameters).to_bytes(2, "little") + parameters


def print_nv_graphics(key: bytes) -> bytes:
    """Print the image that is kept under `key`."""
    return b"\x1d(L\x06\x000E" + key + b"\x01\x01"
