"""A manager's word, good for one act: a projection of `Intent` and `Outcome`.

An approval is used by the first intent that names it in `approval_id`, in the same commit as the
act; the same act asked again may use it again.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlite_utils import Database

from edge_daemon.claims import Right
from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import Intent, Outcome, OutcomeState

VERB = "approve"


class ApprovalRow(NamedTuple):
    """One approval.

    Attributes:
        rights: Joined by spaces.
        asked_by, act_id: For whom and for which act alone it is good, where that was said.
        used_kind, used_id: The act that it has served.
    """

    approval_id: str
    workstation: str
    rights: str
    asked_by: str | None
    act_id: str | None
    granted: int
    approved_by: str | None
    granted_at: int | None
    used_kind: str | None
    used_id: str | None

    @property
    def granted_rights(self) -> frozenset[Right]:
        """What is approved."""
        return frozenset(Right(word) for word in self.rights.split())


_SELECT = f"SELECT {', '.join(ApprovalRow._fields)} FROM approvals"  # noqa: S608 - constants only


def find_approval(connection: sqlite3.Connection, approval_id: str) -> ApprovalRow | None:
    """Read one approval."""
    row = connection.execute(f"{_SELECT} WHERE approval_id = ?", (approval_id,)).fetchone()
    return ApprovalRow(*row) if row else None


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    match entry.payload:
        case Intent(verb=verb) as intent if verb == VERB:
            request = intent.request
            connection.execute(
                "INSERT OR IGNORE INTO approvals (approval_id, intent_id, workstation, rights,"
                " asked_by, act_id, granted) VALUES (?, ?, ?, ?, ?, ?, 0)",
                (
                    intent.resource_id,
                    entry.entry_id,
                    intent.workstation,
                    " ".join(request["rights"]),
                    request.get("asked_by"),
                    request.get("act_id"),
                ),
            )
        case Intent() as intent:
            for approval_id in _named(intent.request):
                connection.execute(
                    "UPDATE approvals SET used_kind = ?, used_id = ? WHERE approval_id = ?"
                    " AND used_id IS NULL",
                    (intent.resource_kind, intent.resource_id, approval_id),
                )
        case Outcome(state=OutcomeState.FINISHED, intent_id=intent_id, answer=dict(answer)):
            connection.execute(
                "UPDATE approvals SET granted = 1, approved_by = ?, granted_at = ?"
                " WHERE intent_id = ?",
                (answer.get("operator_id"), entry.occurred_at, intent_id),
            )
        case _:
            pass


def _named(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Every `approval_id` in a request, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "approval_id" and isinstance(inner, str):
                yield inner
            elif isinstance(inner, (dict, list)):
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("approvals")
    if table.exists():
        return
    table.create(
        {
            "approval_id": str,
            "intent_id": str,
            "workstation": str,
            "rights": str,
            "asked_by": str,
            "act_id": str,
            "granted": int,
            "approved_by": str,
            "granted_at": int,
            "used_kind": str,
            "used_id": str,
        },
        not_null={"approval_id", "intent_id", "workstation", "rights", "granted"},
        strict=True,
    )
    table.create_index(["approval_id"], unique=True)
    table.create_index(["intent_id"])


APPROVALS = Projection("approvals", _create, ("approvals",), _apply)
"""Approvals, and what they were used for."""
