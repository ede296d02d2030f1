"""With what a PIN or badge is checked: the text in the office's list of operators.

    scrypt:N:r:p:SALT:HASH      a PIN; salt and hash in hexadecimal
    64 hexadecimal digits       a badge: SHA-256 of what it says

A PIN has few digits, so whoever has the list can try them all, whatever the function; scrypt makes
that slow and each guess at a till cost a moment. The lock after a few wrong ones is what guards.

Source: RFC 7914, 2 and 6.
"""

import hashlib
import hmac
import os

COST = 2**14
"""N: with r = 8, 16 MiB and some 50 ms, also on a Raspberry Pi 4."""
BLOCK = 8
PARALLEL = 1
_LIMITS = (2**17, 32, 4)
"""The most of N, r and p that is computed: a list from outside must not stop a box."""
_SALT_BYTES = 16
_HASH_BYTES = 32


def pin_verifier(pin: str, salt: bytes | None = None) -> str:
    """Make the text that stands for a PIN in the office's list."""
    salt = os.urandom(_SALT_BYTES) if salt is None else salt
    digest = _scrypt(pin, salt, COST, BLOCK, PARALLEL)
    return f"scrypt:{COST}:{BLOCK}:{PARALLEL}:{salt.hex()}:{digest.hex()}"


def pin_matches(verifier: str, pin: str) -> bool:
    """True for the right PIN; False too for a text that is no verifier."""
    try:
        kind, *numbers, salt, digest = verifier.split(":")
        cost, block, parallel = (int(number) for number in numbers)
        expected = bytes.fromhex(digest)
        if kind != "scrypt" or not all(
            0 < number <= limit
            for number, limit in zip((cost, block, parallel), _LIMITS, strict=True)
        ):
            return False
        found = _scrypt(pin, bytes.fromhex(salt), cost, block, parallel)
    except ValueError:
        return False
    return hmac.compare_digest(found, expected)


def badge_reference(text: str) -> str:
    """What stands for a badge that says `text` (its number, or the UID of its chip in hex)."""
    return hashlib.sha256(f"badge:{text}".encode()).hexdigest()


def badge_matches(verifier: str, reference: str) -> bool:
    """True for the badge of that reference."""
    return hmac.compare_digest(verifier.encode(), reference.encode())


def _scrypt(pin: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        pin.encode(),
        salt=salt,
        n=cost,
        r=block,
        p=parallel,
        maxmem=256 * cost * block + 2**20,
        dklen=_HASH_BYTES,
    )
