"""The registers that wait for a device that another one has to itself, in the order they came.

A register stands in line as long as it waits, and for a moment after, in which it asks again: so
an answer that it still has to wait costs it nothing. Who does not come back loses its place.
"""

import asyncio
import dataclasses
from collections.abc import Callable

PLACE_SECONDS = 5.0
"""How long a place is kept between two questions of its register."""


@dataclasses.dataclass(eq=False)
class Place:
    """One register in line.

    Attributes:
        register: The id of its token.
        name: Of the token, for people.
        workstation: For which it acts.
        served: Set when it has the device.
        waiting: How many of its requests wait at this moment.
    """

    register: str
    name: str
    workstation: str
    served: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    waiting: int = 0
    expires: asyncio.TimerHandle | None = None


class WaitingLine:
    """Who waits for one device."""

    def __init__(self, moved: Callable[[], None]) -> None:
        """Take what is called when the first in line has given up."""
        self._moved = moved
        self._places: list[Place] = []

    def __len__(self) -> int:
        """How many wait."""
        return len(self._places)

    @property
    def first(self) -> Place | None:
        """Whose turn it is next."""
        return self._places[0] if self._places else None

    def number_of(self, place: Place) -> int | None:
        """Where it stands: 1 is next; None where it was given up."""
        return self._places.index(place) + 1 if place in self._places else None

    def has(self, register: str) -> bool:
        """Whether that register waits."""
        return any(place.register == register for place in self._places)

    def join(self, register: str, name: str, workstation: str) -> Place:
        """Take a place at the end, or the one that the register has for that workstation."""
        for place in self._places:
            if (place.register, place.workstation) == (register, workstation):
                return place
        place = Place(register, name, workstation)
        self._places.append(place)
        return place

    def leave(self, register: str) -> None:
        """Give up the places of a register. Nothing happens where it has none."""
        for place in [each for each in self._places if each.register == register]:
            self.remove(place)

    def remove(self, place: Place) -> None:
        """Take one place away."""
        if place.expires is not None:
            place.expires.cancel()
        if place in self._places:
            was_first = place is self._places[0]
            self._places.remove(place)
            if was_first:
                self._moved()

    async def wait(self, place: Place, seconds: float) -> bool:
        """Wait until the place is served, at most so long; then keep it for a while.

        Returns:
            Whether it was served.
        """
        place.waiting += 1
        if place.expires is not None:
            place.expires.cancel()
        try:
            async with asyncio.timeout(seconds):
                await place.served.wait()
        except TimeoutError:
            pass
        finally:
            place.waiting -= 1
            if not place.waiting and not place.served.is_set() and place in self._places:
                loop = asyncio.get_running_loop()
                place.expires = loop.call_later(PLACE_SECONDS, self.remove, place)
        return place.served.is_set()
