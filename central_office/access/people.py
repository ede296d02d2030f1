"""People: who they are to the business, which stores they see, and their passwords."""

import re
from typing import Any

import msgspec

from central_office.access.rights import Role
from central_office.access.tables import USERS, Query, changed
from central_office.errors import OfficeError
from central_office.sql_tables import Session

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_COLUMNS = "name, organization, role, stores, created_at, disabled_at"


class UnknownPersonError(OfficeError):
    """Raised when nobody has that name."""


class LastOwnerError(OfficeError):
    """Raised when nobody would be left who may give rights. Nothing was changed."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may log in.

    Attributes:
        name: With which the person logs in; unique at the office.
        stores: The only ones that are seen; all of the organization's where absent.
        created_at, disabled_at: Microseconds since 1970 UTC.
    """

    name: str
    organization: str
    role: Role
    stores: tuple[str, ...] | None = None
    created_at: int
    disabled_at: int | None = None


def people(query: Query, organization: str | None = None) -> list[Person]:
    """Everybody, or those of an organization, by name."""
    sql = f"SELECT {_COLUMNS} FROM users"  # noqa: S608 - constants
    if organization is None:
        rows = query(f"{sql} ORDER BY name", ())
    else:
        rows = query(f"{sql} WHERE organization = ? ORDER BY name", (organization,))
    return [_person(row) for row in rows]


def person(query: Query, name: str) -> Person:
    """One of them.

    Raises:
        UnknownPersonError: Nobody has that name.
    """
    sql = f"SELECT {_COLUMNS} FROM users WHERE name = ?"  # noqa: S608 - constants
    for row in query(sql, (name,)):
        return _person(row)
    raise UnknownPersonError(f"Nobody is called {name!r}.")


def save_person(session: Session, who: Person, password: str | None = None) -> None:
    """Write somebody; `password` is what is kept of a new one, None leaves the old one.

    What somebody may not do any more ends at once: sessions are judged by what is written here.

    Raises:
        OfficeError: The name is none.
        UnknownPersonError: Somebody new has no password.
        LastOwnerError: It was the last owner without a limit to stores.
    """
    if NAME.fullmatch(who.name) is None:
        raise OfficeError(
            f"A name has letters, digits and ._@+-, at most 64; {who.name!r} is none."
        )
    kept = password or password_of(session.all, who.name)
    if kept is None:
        raise UnknownPersonError(f"Nobody is called {who.name!r}; somebody new needs a password.")
    stores = None if who.stores is None else msgspec.json.encode(who.stores).decode()
    values = (who.organization, who.role.value, stores, kept, who.created_at, who.disabled_at)
    session.write([(USERS, [(who.name, *values)])])
    _refuse_without_owner(session, who.organization)
    if password is not None or who.disabled_at is not None:
        session.run("DELETE FROM sessions WHERE user_name = ?", (who.name,))
    changed(session)


def password_of(query: Query, name: str) -> str | None:
    """What is kept of somebody's password; None for nobody."""
    for (kept,) in query("SELECT password FROM users WHERE name = ?", (name,)):
        return str(kept)
    return None


def _refuse_without_owner(session: Session, organization: str) -> None:
    owners = (
        one
        for one in people(session.all, organization)
        if one.role is Role.OWNER and one.stores is None and one.disabled_at is None
    )
    if next(owners, None) is None:
        raise LastOwnerError(
            f"{organization} needs one owner who sees all of its stores: make another one first."
        )


def _person(row: tuple[Any, ...]) -> Person:
    name, organization, role, stores, created_at, disabled_at = row
    return Person(
        name=name,
        organization=organization,
        role=Role(role),
        stores=None if stores is None else msgspec.json.decode(stores, type=tuple[str, ...]),
        created_at=created_at,
        disabled_at=disabled_at,
    )
