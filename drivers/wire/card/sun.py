"""The proof of an NTAG 424 DNA that it was tapped just now (SUN, secure unique NFC message).

At each tap the tag counts, and writes into its message its UID and counter, in the clear or
encrypted (PICC data), and a MAC over them with a key of this tap:

    PICC data   [C7] [uid:7] [counter:3, low first] [random:5], AES-CBC with the meta read key, IV 0
    SV1         C3 3C 00 01 00 80 [uid:7] [counter:3]; its CMAC with the file read key encrypts data
    SV2         3C C3 00 01 00 80 [uid:7] [counter:3]; its CMAC with the file read key makes the MAC
    MAC         every second byte of a CMAC with that key, over a part of the message or nothing
    file data   AES-CBC; the IV is the counter, encrypted with the key from SV1

A tag in LRP mode does the same with LRP in the place of AES (`lrp`), its PICC data behind 8 random
bytes that begin a counter, and one SV for both: 00 01 00 80 [uid:7] [counter:3] 1E E1.

The counter rises with every tap: who keeps the last one notices a copy. That is not done here. Not
known here: keys that are diversified by UID.

Source: NXP AN12196 rev. 2.0, 3.3 and 3.4; NTAG 424 DNA data sheet NT4H2421Gx rev. 3.0, 9.3.
"""

import dataclasses
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from drivers.wire import WireError
from drivers.wire.card.blocks import BLOCK, encrypt_block
from drivers.wire.card.lrp import Lrp

COUNTER = 3
LRP_RANDOM = 8
"""Lengths in bytes."""
_SV1, _SV2 = bytes.fromhex("C33C00010080"), bytes.fromhex("3CC300010080")
_LRP_HEAD, _LRP_TAIL = bytes.fromhex("00010080"), bytes.fromhex("1EE1")
_LRP_DATA = bytes(3)
"""Behind the counter, where file data begin."""
_TAG = 0xC7
"""UID and counter are there, and the UID has 7 bytes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tap:
    """Which tag, in which mode, and which of its taps."""

    uid: bytes
    counter: int
    lrp: bool = False

    @property
    def encoded(self) -> bytes:
        """As in the session vectors."""
        return self.uid + self.counter.to_bytes(COUNTER, "little")


def open_picc_data(meta_key: bytes, encrypted: bytes) -> Tap:
    """Decrypt who tapped.

    Raises:
        WireError: It is not of this key, or names no UID or no counter.
    """
    lrp = len(encrypted) == LRP_RANDOM + BLOCK
    if lrp:
        data = Lrp(meta_key).decrypt(encrypted[LRP_RANDOM:], encrypted[:LRP_RANDOM])
    elif len(encrypted) == BLOCK:
        decryptor = Cipher(AES(meta_key), CBC(bytes(BLOCK))).decryptor()
        data = decryptor.update(encrypted) + decryptor.finalize()
    else:
        raise WireError(f"PICC data have 16 or 24 bytes, not {len(encrypted)}.")
    if data[0] != _TAG:
        raise WireError("The PICC data are not of this key, or name no UID and counter.")
    return Tap(data[1:8], int.from_bytes(data[8:11], "little"), lrp)


def seal_picc_data(meta_key: bytes, tap: Tap, random: bytes) -> bytes:
    """Encrypt who tapped, as a tag in AES mode does; `random` are 5 bytes."""
    encryptor = Cipher(AES(meta_key), CBC(bytes(BLOCK))).encryptor()
    return encryptor.update(bytes((_TAG,)) + tap.encoded + random) + encryptor.finalize()


def mac(file_key: bytes, tap: Tap, covered: bytes = b"") -> bytes:
    """The MAC of this tap, 8 bytes, over a part of the message."""
    if tap.lrp:
        return Lrp(_lrp_key(file_key, tap)).cmac(covered)[1::2]
    return _cmac(mac_key(file_key, tap), covered)[1::2]


def proves(file_key: bytes, tap: Tap, covered: bytes, claimed: bytes) -> bool:
    """True when `claimed` is the MAC; takes as long whatever differs."""
    return hmac.compare_digest(mac(file_key, tap, covered), claimed)


def mac_key(file_key: bytes, tap: Tap) -> bytes:
    """The key of this tap's MAC, in AES mode."""
    return _cmac(file_key, _SV2 + tap.encoded)


def open_file_data(file_key: bytes, tap: Tap, encrypted: bytes) -> bytes:
    """Decrypt what the tag mirrors of its file.

    Raises:
        WireError: It is not a number of whole blocks.
    """
    if not encrypted or len(encrypted) % BLOCK:
        raise WireError(f"File data are blocks of {BLOCK} bytes, not {len(encrypted)} bytes.")
    if tap.lrp:
        counter = tap.counter.to_bytes(COUNTER, "little")
        return Lrp(_lrp_key(file_key, tap), 1).decrypt(encrypted, counter + _LRP_DATA)
    decryptor = _file_cipher(file_key, tap).decryptor()
    return decryptor.update(encrypted) + decryptor.finalize()


def seal_file_data(file_key: bytes, tap: Tap, data: bytes) -> bytes:
    """Encrypt what the tag mirrors of its file, whole blocks, as a tag in AES mode does."""
    encryptor = _file_cipher(file_key, tap).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _file_cipher(file_key: bytes, tap: Tap) -> Cipher[CBC]:
    key = _cmac(file_key, _SV1 + tap.encoded)
    counter = tap.counter.to_bytes(COUNTER, "little")
    iv = encrypt_block(key, counter.ljust(BLOCK, b"\0"))
    return Cipher(AES(key), CBC(iv))


def _lrp_key(file_key: bytes, tap: Tap) -> bytes:
    return Lrp(file_key).cmac(_LRP_HEAD + tap.encoded + _LRP_TAIL)


def _cmac(key: bytes, data: bytes) -> bytes:
    made = CMAC(AES(key))
    made.update(data)
    return made.finalize()
