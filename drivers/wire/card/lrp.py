"""LRP, the leakage resilient primitive: what an NTAG 424 DNA in LRP mode uses in the place of AES.

A key makes sixteen plaintexts and a few updated keys. A value is taken in nibble by nibble: each
chooses the plaintext that the key of the step before encrypts, and the result is the next key. So
no key ever meets a value that somebody else has chosen.

Source: NXP AN12304 rev. 1.1, algorithms 1 to 6.
"""

from drivers.wire import WireError
from drivers.wire.card.blocks import BLOCK, cmac_with, decrypt_block, encrypt_block

_MORE, _THIS = b"\x55" * BLOCK, b"\xaa" * BLOCK
_NIBBLES = 16


class Lrp:
    """One key, ready for use."""

    def __init__(self, key: bytes, update: int = 0) -> None:
        """Take the key's updated key of that number: 0 makes MACs, 1 encrypts."""
        self._plaintexts = _chain(encrypt_block(key, _MORE), _NIBBLES)
        self._key = _chain(encrypt_block(key, _THIS), update + 1)[update]

    def evaluate(self, value: bytes) -> bytes:
        """Take in a value of any length and return a block; algorithm 3, finished."""
        found = self._key
        for byte in value:
            for nibble in (byte >> 4, byte & 0x0F):
                found = encrypt_block(found, self._plaintexts[nibble])
        return encrypt_block(found, bytes(BLOCK))

    def cmac(self, data: bytes) -> bytes:
        """The CMAC of `data`; algorithm 6."""
        return cmac_with(self.evaluate, data)

    def decrypt(self, data: bytes, counter: bytes) -> bytes:
        """Decrypt whole blocks, none padded, from this counter on; algorithm 5.

        Raises:
            WireError: It is not a number of whole blocks.
        """
        if not data or len(data) % BLOCK:
            raise WireError(f"Encrypted data are blocks of {BLOCK} bytes, not {len(data)} bytes.")
        first, last = int.from_bytes(counter, "big"), 1 << 8 * len(counter)
        blocks = [data[start : start + BLOCK] for start in range(0, len(data), BLOCK)]
        return b"".join(
            decrypt_block(
                self.evaluate(((first + number) % last).to_bytes(len(counter), "big")), block
            )
            for number, block in enumerate(blocks)
        )


def _chain(key: bytes, count: int) -> list[bytes]:
    """Algorithms 1 and 2: a block of each key in a row of keys."""
    found = []
    for _ in range(count):
        found.append(encrypt_block(key, _THIS))
        key = encrypt_block(key, _MORE)
    return found
