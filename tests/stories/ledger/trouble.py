"""What goes wrong in a step: one thing, at a place drawn by chance."""

import dataclasses
import enum
import random

from tests.stories.ledger.under_test import TerminalUnderTest

COMMITS = 9
"""Of a card sale."""


class Strike(enum.StrEnum):
    """What happens at a passage on the wire."""

    CUT = "the link breaks"
    POWER_CUT = "the terminal loses power"
    CRASH = "the daemon loses power"
    BOTH_DIE = "terminal and daemon lose power"
    LEAVE = "the register goes away"
    KILL = "the daemon is killed"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong.

    Attributes:
        faults: Of the terminal, by name.
        strike: What happens at `passage`, before (`arrives` False) or after it.
        commit: The daemon loses power at this commit, before or (`after`) once it is on disk.
        again: It loses power once more, at this commit of its next life.
    """

    faults: tuple[str, ...] = ()
    strike: Strike | None = None
    passage: int = 0
    arrives: bool = False
    commit: int = 0
    after: bool = False
    again: int = 0

    def __str__(self) -> str:
        parts = list(self.faults)
        if self.strike is not None:
            when = "after" if self.arrives else "before"
            parts.append(f"{self.strike} {when} passage {self.passage}")
        if self.commit:
            when = "after" if self.after else "before"
            parts.append(f"the daemon loses power {when} commit {self.commit}")
        if self.again:
            parts.append(f"and at commit {self.again} of its next life")
        return ", ".join(parts) or "nothing goes wrong"


def draw(chance: random.Random, terminal: TerminalUnderTest) -> Trouble:
    """Draw what goes wrong in a step with the daemon in this process."""
    kind = chance.choices(
        ("once", "lasting", "strangers", "wire", "commit", "nothing"), (24, 6, 9, 32, 26, 3)
    )[0]
    again = chance.randint(1, 6) if chance.random() < 0.2 else 0
    match kind:
        case "once":
            return Trouble(faults=(chance.choice(terminal.once),))
        case "lasting":
            return Trouble(faults=(chance.choice(terminal.lasting),))
        case "strangers" if terminal.strangers:
            stranger = chance.choice(terminal.strangers)
            return _cut_somewhere(chance, terminal, Strike.CUT, faults=(stranger,))
        case "commit":
            return Trouble(
                commit=chance.randint(1, COMMITS), after=chance.random() < 0.5, again=again
            )
        case "nothing":
            return Trouble()
    strike = chance.choice(
        (Strike.CUT, Strike.CUT, Strike.POWER_CUT, Strike.CRASH, Strike.BOTH_DIE, Strike.LEAVE)
    )
    once = (chance.choice(terminal.once),) if chance.random() < 0.15 else ()
    dies = strike in {Strike.CRASH, Strike.BOTH_DIE}
    return dataclasses.replace(
        _cut_somewhere(chance, terminal, strike, faults=once), again=again if dies else 0
    )


def draw_another_amount(chance: random.Random, terminal: TerminalUnderTest) -> Trouble:
    """Draw how the terminal comes to hold another amount where ours would be."""
    if chance.random() < 0.5:
        return Trouble(faults=("wrong_amount",))
    keyed = chance.choice(("keyed_other", "keyed_other_instead"))
    return _cut_somewhere(chance, terminal, Strike.CUT, faults=(keyed,))


def draw_kill(chance: random.Random, terminal: TerminalUnderTest) -> Trouble:
    """Draw at which passage the daemon's process is killed."""
    return _cut_somewhere(chance, terminal, Strike.KILL)


def _cut_somewhere(
    chance: random.Random,
    terminal: TerminalUnderTest,
    strike: Strike,
    *,
    faults: tuple[str, ...] = (),
) -> Trouble:
    return Trouble(
        faults=faults,
        strike=strike,
        passage=chance.randint(1, terminal.passages),
        arrives=chance.random() < 0.5,
    )
