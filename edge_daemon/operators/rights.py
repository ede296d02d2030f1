"""Who may do what: the daemon's one place that answers `claims.Check`.

Whoever acts is named in the request (`operator_id`); where the shop wants it (`[operators]
check_rights`), that has to be who is signed on at that register, and a right that they lack needs
an approval that nobody has used yet. All of it is asked inside the transaction of the act.
"""

import sqlite3

from edge_daemon.claims import Approved, Claim, Right
from edge_daemon.clock import MINUTE_US, Clock
from edge_daemon.config import Configuration
from edge_daemon.errors import NotAllowedError
from edge_daemon.operators.approvals import ApprovalRow, find_approval
from edge_daemon.operators.presence import signed_on
from edge_daemon.operators.staff import Staff


class OperatorRights:
    """Checks claims against the office's roles and a manager's approvals."""

    def __init__(self, configuration: Configuration, clock: Clock, staff: Staff) -> None:
        self._settings = configuration.operators
        self._clock = clock
        self._staff = staff

    def check(self, connection: sqlite3.Connection, claim: Claim) -> Approved | None:
        """Whether somebody may do this: the daemon's one `Check`.

        Raises:
            NotAllowedError: They are not signed on, or need an approval; nothing was written.
        """
        if not self._settings.check_rights:
            return self._approved(connection, claim)
        if claim.rights and claim.rights <= claim.granted:
            return None
        name, where = claim.operator_id, claim.workstation
        operator = None if name is None else self._staff.find(name, self._now())
        if operator is None or where is None or signed_on(connection, where) != name:
            raise NotAllowedError(
                f"{name or 'Nobody named'} is not signed on at {where or 'a register'}:"
                " sign on first, with PIN or badge."
            )
        missing = claim.rights - self._staff.rights(operator)
        if not missing:
            return None
        row = self._usable(connection, claim)
        if row is None or row.approved_by is None or missing - row.granted_rights:
            raise NotAllowedError(
                f"{name} may not do this; it needs the right {_listed(missing)}. Ask a manager to"
                " approve it (PUT /v1/approvals/{id}), and name the approval in `approval_id`."
            )
        return Approved(row.approval_id, row.approved_by, missing)

    def _approved(self, connection: sqlite3.Connection, claim: Claim) -> Approved | None:
        """Who has approved it, in a shop whose registers know by themselves who may what."""
        if claim.approval_id is None:
            return None
        row = self._usable(connection, claim)
        if row is None or row.approved_by is None:
            raise NotAllowedError(
                f"The approval {claim.approval_id} is not there, was used, is for somebody or"
                " something else, or has expired: ask for another one."
            )
        served = claim.rights & row.granted_rights
        if claim.rights and not served:
            raise NotAllowedError(
                f"The approval {claim.approval_id} is for {_listed(row.granted_rights)}, not for"
                f" {_listed(claim.rights)}: ask for another one."
            )
        return Approved(row.approval_id, row.approved_by, served)

    def _usable(self, connection: sqlite3.Connection, claim: Claim) -> ApprovalRow | None:
        if claim.approval_id is None:
            return None
        row = find_approval(connection, claim.approval_id)
        if row is None or not row.granted or not _is_meant(row, claim):
            return None
        if row.used_id is not None:
            return row if (row.used_kind, row.used_id) == claim.resource else None
        return row if self.expires_at(row) >= self._now() else None

    def expires_at(self, row: ApprovalRow) -> int:
        """Until when an approval waits for its act, microseconds since 1970 UTC."""
        return (row.granted_at or 0) + self._settings.approval_minutes * MINUTE_US

    def _now(self) -> int:
        return self._clock.now_us()


def _is_meant(row: ApprovalRow, claim: Claim) -> bool:
    """Whether the manager has approved this act of this person, as far as it was said."""
    return (
        row.workstation == claim.workstation
        and row.asked_by in (None, claim.operator_id)
        and row.act_id in (None, claim.resource[1])
    )


def _listed(rights: frozenset[Right]) -> str:
    return " and ".join(sorted(rights))
