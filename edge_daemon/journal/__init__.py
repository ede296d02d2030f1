"""The journal: append-only truth. The bytes are the truth, everything else is an index.

An append returns only after its fsync. Appends that arrive together share one commit. Nothing in
here is ever updated or deleted.
"""

from edge_daemon.journal.coverage import Coverage
from edge_daemon.journal.inheritance import Inheritance
from edge_daemon.journal.journal import Journal
from edge_daemon.journal.values import (
    Acknowledged,
    Draft,
    EdgeIdentity,
    Head,
    Projection,
    StoredEntry,
)

__all__ = [
    "Acknowledged",
    "Coverage",
    "Draft",
    "EdgeIdentity",
    "Head",
    "Inheritance",
    "Journal",
    "Projection",
    "StoredEntry",
]
