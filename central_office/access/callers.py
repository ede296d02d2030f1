"""Knows everybody by heart, so that judging a request costs no query.

A process looks again when `access_changes` has counted on: what one process or command changes,
the others know within a second.
"""

import dataclasses
from collections.abc import Callable, Mapping

from central_office.access.keys import ApiKey, read_key
from central_office.access.people import Person, people
from central_office.access.rights import ROLES, Role
from central_office.access.tables import Query
from edge_daemon.web import NOBODY, Caller, Denial, Reason, digest

_KEYS = (
    "SELECT digest, key_id, name, organization, rights, stores, created_by, created_at,"
    " expires_at, revoked_at FROM api_keys"
)


class OfficeCaller(Caller, frozen=True, kw_only=True):
    """Who asks the office.

    Attributes:
        organization: Whose books are seen.
        stores: The only ones that are seen; all of them where absent.
        role: A person's; absent for a program.
        session: Hash of the session; empty for a program.
    """

    organization: str
    stores: tuple[str, ...] | None = None
    role: Role | None = None
    session: bytes = b""


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """Everybody, as of one moment.

    Attributes:
        number: Of changes until then.
        users: By name.
        keys: By the hash of the key.
        sessions: By their hash, whose it is and until when.
    """

    number: int = -1
    users: Mapping[str, Person] = dataclasses.field(default_factory=dict)
    keys: Mapping[bytes, ApiKey] = dataclasses.field(default_factory=dict)
    sessions: Mapping[bytes, tuple[str, int]] = dataclasses.field(default_factory=dict)


def look(query: Query, before: Known) -> Known:
    """Everybody as of now; `before` itself where nothing changed."""
    number = next((row[0] for row in query("SELECT number FROM access_changes", ())), 0)
    if number == before.number:
        return before
    keys = {bytes(row[0]): read_key(row[1:]) for row in query(_KEYS, ())}
    sessions = query("SELECT digest, user_name, expires_at FROM sessions", ())
    return Known(
        number,
        {one.name: one for one in people(query)},
        keys,
        {bytes(kept): (name, expires_at) for kept, name, expires_at in sessions},
    )


class Directory:
    """What is known, and the judging by it.

    Attributes:
        known: Replaced as a whole.
        keys, sessions: What the gate asks.
    """

    def __init__(self, now_us: Callable[[], int]) -> None:
        """Take the time, microseconds since 1970 UTC."""
        self.known = Known()
        self.now_us = now_us
        self.keys = _Keys(self)
        self.sessions = _Sessions(self)


class _Keys:
    """`edge_daemon.web.Callers` of bearer tokens."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def judge(self, token: str, address: str) -> Caller | Denial:
        """Say whose key `token` is, or why it opens nothing."""
        del address
        key = self._directory.known.keys.get(digest(token))
        if key is None:
            return _denied(Reason.UNKNOWN_TOKEN, "This key is not one of ours. Make a new one.")
        if key.revoked_at is not None:
            message = f"The key {key.name!r} was revoked. Make a new one."
            return _denied(Reason.REVOKED_TOKEN, message, key.key_id)
        if key.expires_at is not None and self._directory.now_us() >= key.expires_at:
            message = f"The key {key.name!r} has expired. Make a new one."
            return _denied(Reason.EXPIRED_TOKEN, message, key.key_id)
        return OfficeCaller(
            id=key.key_id,
            name=key.name,
            scopes=frozenset(key.rights),
            organization=key.organization,
            stores=key.stores,
        )

    def holds(self, caller: Caller) -> bool:
        """True while the key is good, for as much as it was."""
        keys = self._directory.known.keys
        found = next((kept for kept, key in keys.items() if key.key_id == caller.id), None)
        if found is None or keys[found].revoked_at is not None:
            return False
        expires_at = keys[found].expires_at
        return expires_at is None or self._directory.now_us() < expires_at


class _Sessions:
    """`edge_daemon.web.Callers` of browsers' sessions."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def judge(self, token: str, address: str) -> Caller | Denial:
        """Say whose session `token` is, or why it opens nothing."""
        del address
        return self._judge(digest(token))

    def _judge(self, kept: bytes) -> Caller | Denial:
        known = self._directory.known
        name, expires_at = known.sessions.get(kept, ("", 0))
        user = known.users.get(name)
        if user is None or user.disabled_at is not None or self._directory.now_us() >= expires_at:
            return _denied(Reason.EXPIRED_TOKEN, "This session has ended. Log in again.", name)
        return OfficeCaller(
            id=user.name,
            name=user.name,
            scopes=frozenset(ROLES[user.role]),
            organization=user.organization,
            stores=user.stores,
            role=user.role,
            session=kept,
        )

    def holds(self, caller: Caller) -> bool:
        """True while the session goes on with the same rights."""
        return isinstance(caller, OfficeCaller) and self._judge(caller.session) == caller


def _denied(reason: Reason, message: str, subject: str = "") -> Denial:
    return Denial(reason, subject or NOBODY, message)
