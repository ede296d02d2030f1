"""What every part of a register's calls has: the box, and who we are."""

from typing import Any

from edge_daemon.client.connection import Connection

Json = dict[str, Any]


class Asking:
    """The line to the box, and what stands in every body."""

    workstation: str | None
    operator_id: str | None
    _box: Connection

    def _said(self, **fields: object) -> Json:
        """A body: what is given, and who we are."""
        return without_none(workstation=self.workstation, operator_id=self.operator_id, **fields)


def without_none(**fields: object) -> Json:
    """The fields that are given."""
    return {name: value for name, value in fields.items() if value is not None}
