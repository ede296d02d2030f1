"""Who was given or lost what, in the office's own chain: nobody can take that back unseen.

The log of look-ups says it, too: there a person reads it.

Source: records.md 5.15, 5.16, keys, scopes, roles.
"""

from typing import NamedTuple

from central_office.access.keys import ApiKey
from central_office.access.lookups import add_lookup, lookup
from central_office.access.people import Person
from central_office.access.rights import ROLES
from central_office.own_chain import Act, act
from central_office.sql_tables import Session, SqlTables
from edge_daemon.records.payloads import AccessEvent

COMMAND = "command"
"""The kind of who gives or takes by the command line."""


class Teller(NamedTuple):
    """Who gives or takes.

    Attributes:
        who, kind, address: As in the log of look-ups.
        name: As in the chain.
        now_us: When, microseconds since 1970 UTC.
    """

    who: str
    name: str
    kind: str
    address: str
    now_us: int


def of_person(person: Person) -> AccessEvent:
    """What somebody may do from now on."""
    return AccessEvent(
        event="ScopesChanged",
        subject=f"person {person.name}",
        reason=person.role.value if person.disabled_at is None else "disabled",
        scopes=tuple(sorted(ROLES[person.role])) or None,
    )


def of_key(key: ApiKey) -> AccessEvent:
    """What a key is good for from now on."""
    subject = f"key {key.key_id}"
    if key.revoked_at is not None:
        return AccessEvent(event="Revoked", subject=subject, reason="revoked")
    return AccessEvent(
        event="ScopesChanged", subject=subject, reason=key.name, scopes=tuple(key.rights) or None
    )


def tell_access(session: Session, organization: str, event: AccessEvent, teller: Teller) -> None:
    """Write it, in the transaction that makes it so."""
    act(SqlTables(session), organization, [Act(event, teller.name)], teller.now_us)
    is_taken = event.event == "Revoked" or event.reason == "disabled"
    made = lookup(
        who=teller.who,
        kind=teller.kind,
        what="access_taken" if is_taken else "access_given",
        subject=f"{event.subject}: {event.reason}",
        address=teller.address,
        now_us=teller.now_us,
    )
    add_lookup(session, organization, made)
