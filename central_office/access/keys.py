"""Keys for programs: shown once, kept as a hash, good for what they were made for and no more."""

import secrets
from typing import Any

import msgspec

from central_office.access.rights import Right
from central_office.access.tables import API_KEYS, Query, changed
from central_office.errors import OfficeError
from central_office.sql_tables import Session
from edge_daemon.records import new_ulid
from edge_daemon.web import digest

_COLUMNS = (
    "key_id, name, organization, rights, stores, created_by, created_at, expires_at, revoked_at"
)
PREFIX = "office_"
"""So that a key in the wrong place is recognized as one."""


class UnknownKeyError(OfficeError):
    """Raised when there is no such key."""


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for.

    Attributes:
        stores: The only ones that it sees; all of the organization's where absent.
        expires_at: Microseconds since 1970 UTC; never where absent.
    """

    name: str
    organization: str
    rights: tuple[Right, ...]
    stores: tuple[str, ...] | None = None
    expires_at: int | None = None


class ApiKey(KeyRequest, frozen=True, kw_only=True):
    """What is known of a key; not the key itself."""

    key_id: str
    created_by: str
    created_at: int
    revoked_at: int | None = None


def make_key(session: Session, request: KeyRequest, by: str, now_us: int) -> tuple[ApiKey, str]:
    """Make a key and return what is known of it, and the key, which nobody sees again.

    Raises:
        OfficeError: It would open nothing.
    """
    if not request.rights:
        raise OfficeError("A key needs at least one right.")
    secret = PREFIX + secrets.token_urlsafe(32)
    made = ApiKey(
        **msgspec.structs.asdict(request),
        key_id=new_ulid(now_us),
        created_by=by,
        created_at=now_us,
    )
    session.write([(API_KEYS, [_row(made, digest(secret))])])
    changed(session)
    return made, secret


def api_keys(query: Query, organization: str | None = None) -> list[ApiKey]:
    """All keys, or those of an organization, the oldest first."""
    sql = f"SELECT {_COLUMNS} FROM api_keys"  # noqa: S608 - constants
    if organization is None:
        rows = query(f"{sql} ORDER BY key_id", ())
    else:
        rows = query(f"{sql} WHERE organization = ? ORDER BY key_id", (organization,))
    return [read_key(row) for row in rows]


def revoke_key(
    session: Session, key_id: str, now_us: int, *, organization: str | None = None
) -> ApiKey:
    """Let a key open nothing any more; one that is revoked already stays as it is.

    Raises:
        UnknownKeyError: The organization has no such key.
    """
    found = [one for one in api_keys(session.all, organization) if one.key_id == key_id]
    if not found:
        raise UnknownKeyError(f"There is no key {key_id!r}.")
    if found[0].revoked_at is None:
        session.run("UPDATE api_keys SET revoked_at = ? WHERE key_id = ?", (now_us, key_id))
        changed(session)
        return msgspec.structs.replace(found[0], revoked_at=now_us)
    return found[0]


def read_key(row: tuple[Any, ...]) -> ApiKey:
    """A key from its columns."""
    key_id, name, organization, rights, stores, created_by, *moments = row
    created_at, expires_at, revoked_at = moments
    return ApiKey(
        key_id=key_id,
        name=name,
        organization=organization,
        rights=msgspec.json.decode(rights, type=tuple[Right, ...]),
        stores=None if stores is None else msgspec.json.decode(stores, type=tuple[str, ...]),
        created_by=created_by,
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )


def _row(key: ApiKey, kept: bytes) -> tuple[Any, ...]:
    return (
        key.key_id,
        key.name,
        key.organization,
        msgspec.json.encode(sorted(key.rights)).decode(),
        None if key.stores is None else msgspec.json.encode(key.stores).decode(),
        kept,
        key.created_by,
        key.created_at,
        key.expires_at,
        key.revoked_at,
    )
