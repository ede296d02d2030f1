"""The office's list of operators, in memory: people are few, and every act asks.

The list is replaced as a whole when another version comes into force, so any thread may read it.
"""

import contextlib
from typing import NamedTuple

from edge_daemon.claims import Right
from edge_daemon.config import Configuration
from edge_daemon.master_data import OPERATORS, MasterData, MasterDataChangedError
from edge_daemon.records.master_data import Operator, Shift
from edge_daemon.records.verifiers import badge_matches, pin_matches


class _List(NamedTuple):
    operators: dict[str, Operator]
    shifts: tuple[Shift, ...]


class Staff:
    """Who may use the registers, and what their roles let them do."""

    def __init__(self, configuration: Configuration, master_data: MasterData) -> None:
        self._roles = {role.name: frozenset(role.rights) for role in configuration.roles}
        if not self._roles:
            self._roles = {"manager": frozenset(Right)}
        self._master_data = master_data
        self._list = _List({}, ())

    async def load(self) -> None:
        """Read the list that is in force; a list that changes meanwhile is read again."""
        while True:
            with contextlib.suppress(MasterDataChangedError):
                operators: dict[str, Operator] = {}
                shifts: dict[tuple[str, int], Shift] = {}
                async for part in self._master_data.parts(OPERATORS):
                    operators |= {each.operator_id: each for each in part.operators}
                    shifts |= {(each.operator_id, each.start): each for each in part.shifts}
                self._list = _List(operators, tuple(shifts.values()))
                return

    def find(self, operator_id: str, now_us: int) -> Operator | None:
        """The operator of that id who may still work here."""
        found = self._list.operators.get(operator_id)
        return None if found is None or _gone(found, now_us) else found

    def all(self, now_us: int) -> list[Operator]:
        """Everybody who may work here, by name."""
        people = [each for each in self._list.operators.values() if not _gone(each, now_us)]
        return sorted(people, key=lambda each: (each.name, each.operator_id))

    def shifts(self, begin_us: int, end_us: int) -> list[Shift]:
        """The shifts that fall into a time, by their start."""
        found = [each for each in self._list.shifts if each.start < end_us and each.end > begin_us]
        return sorted(found, key=lambda each: (each.start, each.operator_id))

    def by_pin(self, operator_id: str, pin: str, now_us: int) -> Operator | None:
        """Whose PIN this is; slow on purpose, so call it on a thread."""
        operator = self.find(operator_id, now_us)
        verifiers = () if operator is None else operator.credential_verifiers
        pins = [each.verifier for each in verifiers if each.method == "PIN"]
        return operator if any(pin_matches(each, pin) for each in pins or [_NOBODY]) else None

    def by_badge(self, reference: str, now_us: int) -> Operator | None:
        """Whose badge this is."""
        found = None
        for operator in self.all(now_us):
            for each in operator.credential_verifiers:
                if each.method != "PIN" and badge_matches(each.verifier, reference):
                    found = operator
        return found

    def rights(self, operator: Operator) -> frozenset[Right]:
        """What somebody's roles let them do."""
        return frozenset().union(*(self._roles.get(role, frozenset()) for role in operator.roles))


_NOBODY = f"scrypt:{2**14}:8:1:00:00"
"""Takes as long as a real one: whether an id exists cannot be told from the time."""


def _gone(operator: Operator, now_us: int) -> bool:
    return operator.valid_to is not None and operator.valid_to <= now_us
