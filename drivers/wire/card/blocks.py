"""Single blocks of AES-128, and CMAC over any function of a block.

Source: FIPS 197; NIST SP 800-38B, 6.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
"""Bytes."""
_REDUCTION = 0x87
"""Of the field of 2 to the 128th elements."""


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Encrypt one block; a mode is what the caller makes of it."""
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - one block, see above
    return encryptor.update(block) + encryptor.finalize()


def decrypt_block(key: bytes, block: bytes) -> bytes:
    """Decrypt one block."""
    decryptor = Cipher(AES(key), ECB()).decryptor()  # noqa: S305 - one block, see above
    return decryptor.update(block) + decryptor.finalize()


def cmac_with(encrypt: Callable[[bytes], bytes], data: bytes) -> bytes:
    """CMAC whose block cipher is `encrypt`."""
    whole = _doubled(encrypt(bytes(BLOCK)))
    last = data[(max(len(data), 1) - 1) // BLOCK * BLOCK :]
    before = data[: len(data) - len(last)]
    if len(last) == BLOCK:
        last = _mixed(last, whole)
    else:
        last = _mixed((last + b"\x80").ljust(BLOCK, b"\0"), _doubled(whole))
    state = bytes(BLOCK)
    for start in range(0, len(before), BLOCK):
        state = encrypt(_mixed(state, before[start : start + BLOCK]))
    return encrypt(_mixed(state, last))


def _doubled(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    if number >> 8 * BLOCK:
        number = number & ((1 << 8 * BLOCK) - 1) ^ _REDUCTION
    return number.to_bytes(BLOCK, "big")


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(first ^ second for first, second in zip(one, other, strict=True))
