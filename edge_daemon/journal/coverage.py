"""Which of this journal's entries somebody has counted in."""

import sqlite3
from collections.abc import Mapping


class Coverage:
    """What somebody knows of this journal, by what it says of each epoch."""

    def __init__(self, connection: sqlite3.Connection, covered: Mapping[str, int]) -> None:
        """Read the epochs.

        Args:
            connection: To the journal.
            covered: Up to which `seq` each epoch is known. An epoch that is not named is known if
                it is older than one that is.
        """
        self._numbers: dict[str, int] = dict(
            connection.execute("SELECT epoch, number FROM epochs").fetchall()
        )
        self._known = {
            self._numbers[epoch]: seq for epoch, seq in covered.items() if epoch in self._numbers
        }
        self._oldest = max(self._known, default=0)

    def has(self, epoch: str, seq: int) -> bool:
        """True for an entry that is counted in."""
        number = self._numbers[epoch]
        known = self._known.get(number)
        return number < self._oldest if known is None else seq <= known
