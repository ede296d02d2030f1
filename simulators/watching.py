"""What happens at a simulator, told by what changes in its state."""

from dataclasses import dataclass
from typing import Any

from simulators.control import Json


@dataclass(frozen=True)
class Change:
    """One thing that a person sees is different from before."""

    name: str
    before: Any
    after: Any


class StateWatch:
    """Tells changes once they have settled: what differs between two looks is still happening.

    So a receipt is told when it is complete and not line by line.
    """

    def __init__(self, state: Json) -> None:
        self._told = state
        self._last = state

    def look(self, state: Json) -> list[Change]:
        """Compare with the last look, and return what has changed and come to rest."""
        changes = [
            Change(name, self._told.get(name), value)
            for name, value in state.items()
            if value == self._last.get(name) and value != self._told.get(name)
        ]
        self._told = self._told | {change.name: change.after for change in changes}
        self._last = state
        return changes
