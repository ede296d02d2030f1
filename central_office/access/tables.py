"""What is kept of people, keys and sessions: tables that no entry can fill.

They are made like the projections' tables and are none: a rebuild leaves them alone. Of passwords
there is an Argon2 hash, of keys and sessions a SHA-256: they are long and random.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from central_office.projections import Projection, Way
from central_office.sql_tables import Session

Query = Callable[[str, Sequence[Any]], Iterable[tuple[Any, ...]]]
"""Runs a query: `Session.all`, or a `Reader`."""

USERS = Projection(
    name="users",
    key={"name": str},
    values={
        "organization": str,
        "role": str,
        "stores": str,
        "password": str,
        "created_at": int,
        "disabled_at": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"stores", "disabled_at"}),
)
"""`stores`: JSON, the only ones that are seen; absent where it is all of the organization's."""
API_KEYS = Projection(
    name="api_keys",
    key={"key_id": str},
    values={
        "name": str,
        "organization": str,
        "rights": str,
        "stores": str,
        "digest": bytes,
        "created_by": str,
        "created_at": int,
        "expires_at": int,
        "revoked_at": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"stores", "expires_at", "revoked_at"}),
)
SESSIONS = Projection(
    name="sessions",
    key={"digest": bytes},
    values={"user_name": str, "created_at": int, "expires_at": int},
    way=Way.REPLACE,
    indexes=((("user_name",), None),),
)
ACCESS_CHANGES = Projection(
    name="access_changes",
    key={"one": int},
    values={"number": int},
    way=Way.ADD,
)
"""Counts what changed above, so that every process sees when it has to look again."""
LOOKUPS = Projection(
    name="lookups",
    key={"organization": str, "at": int, "lookup_id": str},
    values={
        "who": str,
        "kind": str,
        "what": str,
        "subject": str,
        "address": str,
    },
    way=Way.KEEP,
    indexes=((("organization", "who", "at"), None),),
)
"""Who looked what up."""

TABLES = (USERS, API_KEYS, SESSIONS, ACCESS_CHANGES, LOOKUPS)
_LOCK = "/access"
"""No edge has this name."""


def prepare(session: Session) -> None:
    """Make the tables where they are missing."""
    session.lock((_LOCK,))
    for table in TABLES:
        session.define(table)


def changed(session: Session) -> None:
    """Say that something did."""
    session.write([(ACCESS_CHANGES, [(1, 1)])])
