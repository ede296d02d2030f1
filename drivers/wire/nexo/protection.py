"""The encrypted form that a terminal on the local network speaks.

    passphrase ─ PBKDF2-HMAC-SHA1 ─► HMAC key 32 │ AES-256 key 32 │ IV 16
    NexoBlob = AES-256-CBC(PKCS #7, IV XOR nonce) of the JSON bytes
    Hmac     = HMAC-SHA256 of the JSON bytes

The header travels in clear beside the blob, so that one inside has to be equal to it: else an old
blob could be sent under a new ServiceID. Whatever does not fit is one and the same error, and what
is compared takes the same time wherever it differs: nobody learns by trying.

Source: Adyen, "Protect local communications"; Adyen/adyen-node-api-library nexoCrypto.
"""

import base64
import binascii
import functools
import hashlib
import hmac
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.wire import WireError
from drivers.wire.nexo.envelope import HEADER, Message, encode, message_of, side, unwrap
from drivers.wire.nexo.members import Members, parse_json, read, write
from drivers.wire.nexo.parts import MessageHeader

SALT = b"AdyenNexoV1Salt"
ITERATIONS = 4000
HMAC_BYTES, KEY_BYTES, BLOCK_BYTES = 32, 32, 16
CRYPTO_VERSION = 1
BLOB, TRAILER = "NexoBlob", "SecurityTrailer"


class ProtectionError(WireError):
    """Raised when a message cannot be trusted. It never says why."""

    def __init__(self) -> None:
        super().__init__("The message cannot be opened with this key.")


class SecurityTrailer(Members, frozen=True, kw_only=True):
    """Which key closed a message, and how to check it."""

    adyen_crypto_version: int
    key_identifier: str
    key_version: int
    nonce: str
    hmac: str


@dataclass(frozen=True, slots=True, repr=False)
class DerivedKeys:
    """What a passphrase becomes."""

    hmac: bytes
    cipher: bytes
    iv: bytes


@functools.lru_cache(maxsize=8)
def derive_keys(passphrase: str) -> DerivedKeys:
    """Return the keys of a passphrase; takes some milliseconds the first time."""
    length = HMAC_BYTES + KEY_BYTES + BLOCK_BYTES
    derived = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), SALT, ITERATIONS, length)
    cipher = derived[HMAC_BYTES : HMAC_BYTES + KEY_BYTES]
    return DerivedKeys(derived[:HMAC_BYTES], cipher, derived[HMAC_BYTES + KEY_BYTES :])


@dataclass(frozen=True, slots=True)
class Protection:
    """One key that till and terminal share."""

    keys: DerivedKeys
    key_identifier: str
    key_version: int

    def close(self, message: Message, nonce: bytes) -> bytes:
        """Return the bytes of a message, encrypted.

        Args:
            message: What is said.
            nonce: 16 random bytes, others for each message.

        Raises:
            WireError: A value in it is not what the protocol allows.
        """
        return self.seal(message.header, encode(message), nonce)

    def seal(self, header: MessageHeader, plain: bytes, nonce: bytes) -> bytes:
        """Return bytes, encrypted, behind a header in clear; raises as `close`."""
        trailer = SecurityTrailer(
            adyen_crypto_version=CRYPTO_VERSION,
            key_identifier=self.key_identifier,
            key_version=self.key_version,
            nonce=_base64(nonce),
            hmac=_base64(authenticate(self.keys, plain)),
        )
        secured = {
            HEADER: write(header),
            BLOB: _base64(encrypt(self.keys, plain, nonce)),
            TRAILER: write(trailer),
        }
        return msgspec.json.encode({side(header): secured})

    def open(self, data: bytes | str) -> Message:
        """Return the message in these bytes.

        Raises:
            ProtectionError: Another key, a tampered or replayed message, or none at all.
            WireError: It is ours, and no nexo message.
        """
        outer, plain = self._decrypted(data)
        message = message_of(unwrap(parse_json(plain)))
        if message.header != outer:
            raise ProtectionError
        return message

    def _decrypted(self, data: bytes | str) -> tuple[MessageHeader, bytes]:
        try:
            secured = unwrap(parse_json(data))
            header = read(MessageHeader, secured.get(HEADER))
            trailer = read(SecurityTrailer, secured.get(TRAILER))
            blob, nonce, code = (
                _bytes(secured.get(BLOB)),
                _bytes(trailer.nonce),
                _bytes(trailer.hmac),
            )
        except WireError:
            raise ProtectionError from None
        named = (trailer.key_identifier, trailer.key_version, trailer.adyen_crypto_version)
        if named != (self.key_identifier, self.key_version, CRYPTO_VERSION):
            raise ProtectionError
        return header, unlock(self.keys, blob, nonce, code)


def encrypt(keys: DerivedKeys, plain: bytes, nonce: bytes) -> bytes:
    """Return AES-256-CBC of the padded bytes.

    Raises:
        WireError: The nonce is not 16 bytes.
    """
    padding = BLOCK_BYTES - len(plain) % BLOCK_BYTES
    encryptor = _cipher(keys, nonce).encryptor()
    return encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()


def authenticate(keys: DerivedKeys, plain: bytes) -> bytes:
    """Return HMAC-SHA256 of the bytes."""
    return hmac.digest(keys.hmac, plain, "sha256")


def unlock(keys: DerivedKeys, blob: bytes, nonce: bytes, code: bytes) -> bytes:
    """Decrypt and check; the check is done whether or not the padding fits.

    Raises:
        ProtectionError: Anything does not fit.
    """
    if len(code) != HMAC_BYTES or len(nonce) != BLOCK_BYTES or not blob or len(blob) % BLOCK_BYTES:
        raise ProtectionError
    decryptor = _cipher(keys, nonce).decryptor()
    padded = decryptor.update(blob) + decryptor.finalize()
    padding = padded[-1]
    length = len(padded) - padding if padding <= BLOCK_BYTES else len(padded)
    fits = hmac.compare_digest(padded[length:], bytes([padding]) * (len(padded) - length))
    fits &= 1 <= padding <= BLOCK_BYTES
    fits &= hmac.compare_digest(authenticate(keys, padded[:length]), code)
    if not fits:
        raise ProtectionError
    return padded[:length]


def _cipher(keys: DerivedKeys, nonce: bytes) -> Cipher[modes.CBC]:
    if len(nonce) != BLOCK_BYTES:
        raise WireError("A nonce has 16 bytes.")
    iv = bytes(derived ^ random for derived, random in zip(keys.iv, nonce, strict=True))
    return Cipher(algorithms.AES(keys.cipher), modes.CBC(iv))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        raise ProtectionError from None
