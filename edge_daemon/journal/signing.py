"""Ed25519 over the chain: who has the public key can tell our journal from a rewritten one.

A hash chain alone can be computed anew by whoever changes it. A checkpoint signs its own
`prev_hash`, and thereby every entry before it. The key is made at the first start and stays in
the state directory; its public half is the `key_id` of every checkpoint, to be kept elsewhere
(`edge-daemon journal key` prints it).

`cryptography` costs 9 MB and a tenth of a second: it is imported when something is signed.
"""

import contextlib
import os
import pathlib
from typing import Self

from edge_daemon.errors import SigningError
from edge_daemon.records.payloads import SystemEvent

SEED_BYTES = 32
"""Length of an Ed25519 private key (RFC 8032, 5.1.5)."""
OWNER_ONLY = 0o600


class SigningKey:
    """The box's key. Making one blocks for the import of a large library."""

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - see above
            Ed25519PrivateKey,
        )

        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.key_id = self._key.public_key().public_bytes_raw().hex()

    @classmethod
    def at(cls, path: pathlib.Path) -> Self:
        """Read the key, or make it where there is none.

        Raises:
            SigningError: It can be neither read nor made.
        """
        make_key(path)
        try:
            return cls(bytes.fromhex(path.read_text(encoding="ascii")))
        except (OSError, ValueError) as error:
            raise SigningError(f"The signing key {path} cannot be used: {error}.") from error

    def checkpoint(self, prev_hash: str) -> SystemEvent:
        """The entry that signs everything up to the one with this hash."""
        signature = self._key.sign(prev_hash.encode("ascii")).hex()
        return SystemEvent(event="Checkpoint", key_id=self.key_id, signature=signature)


def make_key(path: pathlib.Path) -> None:
    """Make the box's key where it has none.

    Raises:
        SigningError: It cannot be written.
    """
    try:
        with contextlib.suppress(FileExistsError):
            _write_new(path, os.urandom(SEED_BYTES))
    except OSError as error:
        raise SigningError(f"The signing key {path} cannot be made: {error}.") from error


def signature_holds(checkpoint: SystemEvent, prev_hash: str) -> bool:
    """True when the checkpoint's own key has signed that hash."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - see above
        Ed25519PublicKey,
    )

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.key_id or ""))
        key.verify(bytes.fromhex(checkpoint.signature or ""), prev_hash.encode("ascii"))
    except (InvalidSignature, ValueError):
        return False
    return True


def _write_new(path: pathlib.Path, seed: bytes) -> None:
    """Write the key as one durable file; a power cut leaves all of it or nothing."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(seed.hex())
        file.flush()
        os.fsync(file.fileno())
    os.link(draft, path)
    draft.unlink()
