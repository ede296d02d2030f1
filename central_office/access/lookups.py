"""The log of who looked what up, and who decided what: rows are added, never changed."""

from typing import Any

import msgspec

from central_office.access.tables import LOOKUPS
from central_office.sql_tables import Session
from central_office.views.paging import View
from edge_daemon.records import new_ulid

SUBJECT_LIMIT = 500


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked something up, or did something that is to be remembered.

    Attributes:
        at: Microseconds since 1970 UTC.
        lookup_id: A ULID.
        who, kind: The name of a `person`, the id of a `key`, or who gave a `command` at the
            office's machine.
        what: Such as `receipt`, `receipts`, `hours`, `access_given`.
        subject: Of what: a receipt's place, what was searched for, a name.
        address: From where.
    """

    at: int
    lookup_id: str
    who: str
    kind: str
    what: str
    subject: str
    address: str


LOG = View(
    row=Lookup,
    source="lookups",
    key=("at", "lookup_id"),
    values=("who", "kind", "what", "subject", "address"),
    grouped=False,
    days=False,
    store="organization",
    others=("who", "what"),
)


def add_lookup(session: Session, organization: str, made: Lookup) -> None:
    """Add a row."""
    values = (made.who, made.kind, made.what, made.subject, made.address)
    row: tuple[Any, ...] = (organization, made.at, made.lookup_id, *values)
    session.write([(LOOKUPS, [row])])


def lookup(  # noqa: PLR0913 - all by name
    *, who: str, kind: str, what: str, subject: str, address: str, now_us: int
) -> Lookup:
    """A row of now."""
    return Lookup(
        lookup_id=new_ulid(now_us),
        at=now_us,
        who=who,
        kind=kind,
        what=what,
        subject=subject.replace("\0", "\ufffd")[:SUBJECT_LIMIT],
        address=address,
    )
