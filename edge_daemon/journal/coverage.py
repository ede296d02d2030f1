"""Which of this journal's entries somebody has counted in."""

import sqlite3
from collections.abc import Mapping


class Coverage:
    """What somebody knows of this journal, by what it says of each epoch."""

    def __init__(self, connection: sqlite3.Connection, covered: Mapping[str, int]) -> None:
        """Read the epochs.

        Args:
            connection: To the journal.
            covered: Up to which `seq` some epochs are known. The newest of them that is here
                counts; what is older is known. Others may be named that a card put back never had.
        """
        self._numbers: dict[str, int] = dict(
            connection.execute("SELECT epoch, number FROM epochs").fetchall()
        )
        known = [
            (self._numbers[epoch], seq) for epoch, seq in covered.items() if epoch in self._numbers
        ]
        self._up_to = max(known, default=(0, 0))

    def has(self, epoch: str, seq: int) -> bool:
        """True for an entry that is counted in."""
        return (self._numbers[epoch], seq) <= self._up_to
