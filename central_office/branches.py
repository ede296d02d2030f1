"""The branches in quarantine: which entries of a forked epoch belong together.

A rolled-back card, two boxes with one card and a changed byte all look alike at first: an entry
that does not stand where it says. What links to what tells them apart, so that a person can book
the sales of one and refuse the other.
"""

from collections.abc import Iterable
from typing import NamedTuple

from central_office.folds import Sale, read, sale_count
from central_office.lines import Line
from central_office.tables import Waiting
from edge_daemon.records import RecordError

NAME_LENGTH = 12


class Branch(NamedTuple):
    """Entries that follow each other, of one epoch of one edge.

    Attributes:
        waiting: At least one, in the order of `seq`.
    """

    waiting: list[Waiting]

    @property
    def name(self) -> str:
        """The beginning of its first entry's hash."""
        return self.first.hash[:NAME_LENGTH]

    @property
    def first(self) -> Line:
        """Where it leaves the stored chain."""
        return self.waiting[0].line

    @property
    def last(self) -> Line:
        """How far it is known."""
        return self.waiting[-1].line


def branches(waiting: Iterable[Waiting]) -> list[Branch]:
    """Sort entries of one epoch, which come in the order of `seq`, into branches.

    Of two that follow the same entry the later one begins a branch of its own.
    """
    found: list[Branch] = []
    ends: dict[str, Branch] = {}
    for one in waiting:
        branch = ends.pop(one.line.prev_hash, None)
        if branch is None:
            branch = Branch([])
            found.append(branch)
        branch.waiting.append(one)
        ends[one.line.hash] = branch
    return found


def sales_of(branch: Branch) -> tuple[int, dict[str, int]]:
    """How many sales are on it, and their gross amounts (minor units) by currency."""
    sales, gross = 0, dict[str, int]()
    for _, line in branch.waiting:
        try:
            entry = read(line)
        except RecordError:
            continue
        sale = entry.payload if entry is not None and not entry.training else None
        if isinstance(sale, Sale) and (number := sale_count(sale)):
            sales += number
            gross[sale.currency] = gross.get(sale.currency, 0) + sale.totals.gross
    return sales, gross
