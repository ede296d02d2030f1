"""Who was given or lost what, in the office's own chain: nobody can take that back unseen.

Source: records.md 5.16, keys, scopes, roles.
"""

from collections.abc import Sequence

from central_office.own_chain import Act, act
from central_office.sql_tables import Session, SqlTables
from edge_daemon.records.payloads import AccessEvent


def access_event(event: str, subject: str, reason: str, rights: Sequence[str]) -> AccessEvent:
    """What is told: `event` as `AccessEvent` has it, the subject with its kind before it."""
    return AccessEvent(event=event, subject=subject, reason=reason, scopes=tuple(rights) or None)


def tell_access(
    session: Session, organization: str, event: AccessEvent, by: str, now_us: int
) -> None:
    """Write it, in the transaction that makes it so."""
    act(SqlTables(session), organization, [Act(event, by)], now_us)
