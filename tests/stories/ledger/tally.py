"""What the evenings counted."""

import collections
import dataclasses
import json
from typing import Self

from tests.stories.ledger.till import Till


@dataclasses.dataclass(slots=True)
class Tally:
    """Sums over evenings.

    Attributes:
        faults: What has really struck, of what was drawn.
        kills: Among them: `kill -9` of a real process.
        in_doubt: Payments whose end was not known for a while.
        resolved: Of them, those that the daemon ended by itself.
        manual: Of them, those that only a person could end, as the oracle agrees.
        mistaken: Payments that a stranger's equal money stands for; see `Verdict`.
        wrong: Findings of the oracle; must be 0.
        by_fault: How often each fault has struck.
        by_reason: Why the wire hid the truth, and how often.
    """

    evenings: int = 0
    steps: int = 0
    payments: int = 0
    faults: int = 0
    kills: int = 0
    in_doubt: int = 0
    resolved: int = 0
    manual: int = 0
    mistaken: int = 0
    wrong: int = 0
    by_fault: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    by_reason: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def struck(self, *names: str) -> None:
        """Count faults that have struck."""
        self.faults += len(names)
        self.by_fault.update(names)

    def close(self, till: Till) -> None:
        """Count an evening's payments."""
        doubts = [paid for paid in till.payments.values() if paid.was_in_doubt]
        asked = [paid for paid in till.payments.values() if paid.asked_a_person]
        self.evenings += 1
        self.payments += len(till.payments)
        self.in_doubt += len(doubts)
        self.manual += len(asked)
        self.resolved += len([paid for paid in doubts if not paid.asked_a_person])

    def add(self, other: "Tally") -> None:
        """Add another evening's sums."""
        for field in dataclasses.fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            setattr(self, field.name, mine + theirs)

    def as_json(self) -> str:
        """All sums in one line."""
        fields = dataclasses.fields(self)
        return json.dumps({field.name: getattr(self, field.name) for field in fields})

    @classmethod
    def of_json(cls, text: str) -> Self:
        """Read what `as_json` wrote."""
        values = json.loads(text)
        for name in ("by_fault", "by_reason"):
            values[name] = collections.Counter(values[name])
        return cls(**values)

    def __str__(self) -> str:
        return (
            f"{self.evenings} evenings, {self.payments} payments, {self.faults} faults"
            f" ({self.kills} kill -9): {self.in_doubt} in doubt, {self.resolved} resolved by"
            f" themselves, {self.manual} manual, {self.mistaken} a stranger's,"
            f" {self.wrong} wrong"
        )
