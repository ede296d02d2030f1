"""What the till asks of others: the sales that are open, and who may do what."""

import dataclasses
import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple


class OpenSale(NamedTuple):
    """A sale that has not ended: `state` is `awaiting_tender`, `running` or `suspended`."""

    transaction_id: str
    state: str


OpenSales = Callable[[sqlite3.Connection, Sequence[str]], Sequence[OpenSale]]
"""The sales of these workstations that have not ended; asked inside a transaction."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What somebody wants to do, for whoever knows who may.

    Attributes:
        right: `till` for the day's ordinary work; `close` for what ends it.
        resource: Kind and id of the act: an approval serves one act.
    """

    right: str
    workstation: str
    operator_id: str | None
    approval_id: str | None
    resource: tuple[str, str]


Check = Callable[[sqlite3.Connection, Claim], None]
"""Refuses what somebody may not do, inside the transaction of the act."""
