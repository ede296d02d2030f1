"""Who wants to be told of what, and up to where everybody was told."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from central_office.errors import OfficeError
from central_office.projections import Projection, Way
from central_office.sql_tables import Session
from central_office.webhooks.signing import new_secret
from edge_daemon.records import new_ulid

Query = Callable[[str, Sequence[Any]], Iterable[tuple[Any, ...]]]
"""Runs a query: `Session.all`, or a `Reader`."""
WEBHOOKS = Projection(
    name="webhooks",
    key={"organization": str, "webhook_id": str},
    values={
        "name": str,
        "url": str,
        "entry_types": str,
        "stores": str,
        "created_by": str,
        "created_at": int,
        "up_to": int,
        "failures": int,
        "next_at": int,
        "last_at": int,
        "last_answer": str,
        "switched_off_at": int,
        "secret": str,
        "claimed_by": str,
        "claimed_until": int,
    },
    way=Way.REPLACE,
    optional=frozenset(
        {"stores", "next_at", "last_at", "last_answer", "switched_off_at", "claimed_by"}
    ),
)
"""`up_to`: the last entry that was told, or is none of its kinds."""
_SHOWN = tuple(WEBHOOKS.columns)[:14]
_COLUMNS = ", ".join(_SHOWN)
_CLAIM = (
    "UPDATE webhooks SET claimed_by = ?, claimed_until = ? WHERE webhook_id = ?"
    " AND switched_off_at IS NULL AND (claimed_until < ? OR claimed_by = ?)"
)
_TOLD = (
    "UPDATE webhooks SET up_to = ?, failures = 0, next_at = NULL, last_at = ?, last_answer = ?"
    " WHERE webhook_id = ?"
)
_FAILED = (
    "UPDATE webhooks SET up_to = ?, failures = ?, next_at = ?, last_at = ?, last_answer = ?,"
    " switched_off_at = ? WHERE webhook_id = ?"
)
_RESUMED = (
    "UPDATE webhooks SET failures = 0, next_at = NULL, switched_off_at = NULL"
    " WHERE organization = ? AND webhook_id = ?"
)


class UnknownWebhookError(OfficeError):
    """Raised when there is no such webhook."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of what, and how that goes.

    Attributes:
        entry_types: The kinds of entries that are told.
        stores: Only of these; of all of the organization's where absent.
        up_to: The last entry that was told, or is none of these.
        failures: Tries in a row that nobody answered with yes; the next is at `next_at`.
        switched_off_at: Since then nothing is tried any more.
    """

    organization: str
    webhook_id: str
    name: str
    url: str
    entry_types: tuple[str, ...]
    stores: tuple[str, ...] | None
    created_by: str
    created_at: int
    up_to: int
    failures: int
    next_at: int | None
    last_at: int | None
    last_answer: str | None
    switched_off_at: int | None

    def wants(self, entry_type: str, store: str) -> bool:
        """Whether it is told of such an entry."""
        return entry_type in self.entry_types and (self.stores is None or store in self.stores)


def webhooks(query: Query, organization: str | None = None) -> list[Webhook]:
    """All of them, or an organization's, the oldest first."""
    where, given = (
        ("", ()) if organization is None else (" WHERE organization = ?", (organization,))
    )
    rows = query(f"SELECT {_COLUMNS} FROM webhooks{where} ORDER BY webhook_id", given)  # noqa: S608 - constants
    return [_webhook(row) for row in rows]


def webhook(query: Query, organization: str, webhook_id: str) -> Webhook:
    """One of them.

    Raises:
        UnknownWebhookError: The organization has none of that id.
    """
    for one in webhooks(query, organization):
        if one.webhook_id == webhook_id:
            return one
    raise UnknownWebhookError(f"There is no webhook {webhook_id!r}.")


def add_webhook(session: Session, wanted: Webhook, now_us: int) -> tuple[Webhook, str]:
    """Add one that is told of what is booked from now on; with its secret, shown this once."""
    last = session.all("SELECT last FROM arrivals WHERE organization = ?", (wanted.organization,))
    made = msgspec.structs.replace(
        wanted,
        webhook_id=new_ulid(now_us),
        created_at=now_us,
        up_to=last[0][0] if last else 0,
    )
    secret = new_secret()
    fields = msgspec.structs.asdict(made)
    fields["entry_types"] = msgspec.json.encode(made.entry_types).decode()
    fields["stores"] = None if made.stores is None else msgspec.json.encode(made.stores).decode()
    row = (*(fields[name] for name in _SHOWN), secret, None, 0)
    session.write([(WEBHOOKS, [row])])
    return made, secret


def secret_of(query: Query, webhook_id: str) -> str:
    """With what its messages are signed.

    Raises:
        UnknownWebhookError: There is none of that id.
    """
    for (secret,) in query("SELECT secret FROM webhooks WHERE webhook_id = ?", (webhook_id,)):
        return str(secret)
    raise UnknownWebhookError(f"There is no webhook {webhook_id!r}.")


def remove_webhook(session: Session, organization: str, webhook_id: str) -> None:
    """Tell it nothing any more; one that is gone stays so."""
    gone = session.run(
        "DELETE FROM webhooks WHERE organization = ? AND webhook_id = ?",
        (organization, webhook_id),
    )
    if gone:
        session.run("DELETE FROM webhook_parts WHERE webhook_id = ?", (webhook_id,))


def resume_webhook(session: Session, organization: str, webhook_id: str) -> Webhook:
    """Go on where it was switched off: nothing is left out.

    Raises:
        UnknownWebhookError: There is none of that id.
    """
    session.run(_RESUMED, (organization, webhook_id))
    return webhook(session.all, organization, webhook_id)


def claim(session: Session, webhook_id: str, by: str, now_us: int, until_us: int) -> bool:
    """Be the one process that tells it, until then; False where another one is."""
    return session.run(_CLAIM, (by, until_us, webhook_id, now_us, by)) == 1


def release(session: Session, by: str) -> None:
    """Let others tell what this process told."""
    session.run("UPDATE webhooks SET claimed_until = 0 WHERE claimed_by = ?", (by,))


def told(session: Session, webhook_id: str, up_to: int, answer: str | None, at: int | None) -> None:
    """Remember up to where it was told, and what the last answer was, and when."""
    session.run(_TOLD, (up_to, at, answer, webhook_id))


def failed(  # noqa: PLR0913, PLR0917 - a row
    session: Session,
    one: Webhook,
    up_to: int,
    answer: str,
    now_us: int,
    next_at: int | None,
) -> None:
    """Remember that nobody said yes; it is switched off where there is no next try."""
    off_at = now_us if next_at is None else None
    row = (up_to, one.failures + 1, next_at, now_us, answer, off_at, one.webhook_id)
    session.run(_FAILED, row)


def _webhook(row: Sequence[Any]) -> Webhook:
    fields = dict(zip(_SHOWN, row, strict=True))
    fields["entry_types"] = msgspec.json.decode(fields["entry_types"], type=tuple[str, ...])
    if fields["stores"] is not None:
        fields["stores"] = msgspec.json.decode(fields["stores"], type=tuple[str, ...])
    return Webhook(**fields)
