"""A scale of 15 kg in steps of 5 g that speaks the 8217 dialogue on a pty.

Goods are put on and taken off; each time it swings for a few answers before it comes to rest. Who
presses zero with a bag on it and takes the bag away has a scale under zero, as in a shop.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from drivers.wire.toledo_8217 import Answer, Question, Status, Weight, encode_answer
from simulators.control import Faults, Json, UnknownNameError, unknown
from simulators.serial_line import SerialLine

CAPACITY: Final = 15_000
STEP: Final = 5
ZERO_RANGE: Final = 300
"""Grams around the first zero within which the zero key works: 2 % of the capacity."""
SWINGS: Final = 2
"""Answers for which it moves after goods were put on or taken off."""
NOISE: Final = b"\x02\x7f1\x00.\r"
"""What a bad contact makes of an answer."""

_FAULTS: Final = {
    "in_motion": "Somebody leans on the counter: it never comes to rest.",
    "silent": "It is switched on and answers nothing.",
    "garbage": "A bad contact: every answer is spoilt.",
    "half_answer": "The first half of each answer is sent, and nothing more.",
    "chatty": "Every answer is sent twice.",
}

_ACTIONS: Final = {
    "put": "Put goods on it: grams, such as 480.",
    "take_off": "Take everything off.",
    "press_zero": "Press its zero key.",
    "jolt": "Knock against it: it swings.",
    "unplug": "Pull the cable.",
    "plug_in": "Put the cable back.",
}


class Scale:
    """One simulated scale.

    Args:
        name: Its name in the TOML, and of its symlink.
        directory: Where the symlink is; a temporary one when absent.
    """

    family = "scale"

    def __init__(self, name: str = "scale", directory: Path | None = None) -> None:
        self.name = name
        self.faults = Faults(_FAULTS)
        self._line = SerialLine(name, directory, self._hear)
        self._load = 0
        self._zero = 0
        self._swings = 0
        self._questions = 0
        self._asked = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Plug it in."""
        self._line.plug_in()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Pull the cable for good."""
        self._line.close()

    @property
    def url(self) -> str:
        """The address for the configuration; it stays the same when the cable is pulled."""
        return str(self._line.path)

    def toml(self) -> str:
        """The `[[scale]]` table; a pty has neither seven bits nor parity."""
        fields = {
            "name": self.name,
            "driver": "toledo_8217",
            "url": self.url,
            "bytesize": 8,
            "parity": "none",
        }
        return "\n".join(
            ["[[scale]]", *(f"{key} = {json.dumps(value)}" for key, value in fields.items()), ""]
        )

    def state(self) -> Json:
        """What a person would see."""
        return {
            "plugged_in": self._line.plugged_in,
            "grams": self._load,
            "shows": self._shown(),
        }

    async def wait_for_questions(self, count: int = 1) -> None:
        """Wait until it was asked so many times more."""
        wanted = self._questions + count
        while self._questions < wanted:
            await self._asked.wait()

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return _ACTIONS

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument is missing, unknown or of the wrong kind.
        """
        if action not in _ACTIONS:
            raise UnknownNameError(unknown("action", action, _ACTIONS))
        if action == "put":
            self.put(_grams(arguments))
        elif arguments:
            raise ValueError(f"{action} takes no arguments.")
        else:
            getattr(self, action)()

    def put(self, grams: int) -> None:
        """Put goods on it."""
        self._load += grams
        self.jolt()

    def take_off(self) -> None:
        """Take everything off."""
        self._load = 0
        self.jolt()

    def jolt(self) -> None:
        """Knock against it."""
        self._swings = SWINGS

    def press_zero(self) -> bool:
        """Take what lies on it for nothing; False when it moves, or too much lies on it."""
        if self._moves() or not -ZERO_RANGE <= self._load <= ZERO_RANGE:
            return False
        self._zero = self._load
        return True

    def unplug(self) -> None:
        """Pull the cable."""
        self._line.unplug()

    def plug_in(self) -> None:
        """Put the cable back, at the same address."""
        self._line.plug_in()

    def _hear(self, data: bytes) -> None:
        for letter in data:
            if letter == Question.WEIGHT.value[0]:
                self._answer(self._reading())
            elif letter == Question.ZERO.value[0]:
                self.press_zero()
                self._answer(self._status())

    def _answer(self, answer: Answer) -> None:
        self._questions += 1
        self._asked.set()
        self._asked = asyncio.Event()
        self._swings = max(0, self._swings - 1)
        if "silent" in self.faults:
            return
        line = NOISE if "garbage" in self.faults else encode_answer(answer)
        if "half_answer" in self.faults:
            line = line[: len(line) // 2]
        self._line.send(line * (2 if "chatty" in self.faults else 1))

    def _reading(self) -> Answer:
        status = self._status()
        if status.in_motion or status.over_capacity or status.under_zero:
            return status
        return Weight(self._net())

    def _status(self) -> Status:
        return Status(
            in_motion=self._moves(),
            over_capacity=self._load > CAPACITY,
            under_zero=self._net() < 0,
            outside_zero_range=not -ZERO_RANGE <= self._load <= ZERO_RANGE,
            center_of_zero=self._net() == 0,
        )

    def _moves(self) -> bool:
        return self._swings > 0 or "in_motion" in self.faults

    def _net(self) -> int:
        """Grams above zero, in the scale's steps."""
        return round((self._load - self._zero) / STEP) * STEP

    def _shown(self) -> str:
        if self._load > CAPACITY:
            return "-----"
        return f"{self._net() / 1000:.3f} kg"


def _grams(arguments: Json) -> int:
    match arguments:
        case {"grams": int(grams), **rest} if not rest and not isinstance(grams, bool):
            return grams
    raise ValueError("put needs grams: a whole number, and nothing else.")


def open_simulator(name: str, directory: Path) -> Scale:
    """Make the scale that `pos-simulators` starts."""
    return Scale(name, directory)
