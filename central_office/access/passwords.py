"""Passwords: hashed by Argon2id, compared in about a tenth of a second whatever was given."""

import functools
from typing import TYPE_CHECKING

from central_office.errors import OfficeError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 10
LONGEST = 256
"""Characters; more would only let strangers keep us busy."""


@functools.cache
def _hasher() -> "PasswordHasher":
    """With the library's settings (RFC 9106, 4: the second recommended set)."""
    try:
        from argon2 import PasswordHasher  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise OfficeError("Passwords need the extra `office`: install pos-edge[office].") from error
    return PasswordHasher()


def hashed(password: str) -> str:
    """What is kept of a password.

    Raises:
        OfficeError: It is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise OfficeError(f"A password has {SHORTEST} to {LONGEST} characters.")
    return _hasher().hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one of which `kept` was kept; None fits none, as slowly."""
    hasher = _hasher()
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415 - an extra

    try:
        hasher.verify(kept if kept is not None else _nobodys(), password[: LONGEST + 1])
    except (Argon2Error, InvalidHashError):
        return False
    return kept is not None


@functools.cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this one")
