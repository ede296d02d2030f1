"""What a terminal under test is to the proof: its faults, and its books in common words."""

import abc
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from simulators.control import Faults
from tests.stories.ledger.till import Paid
from tests.stories.ledger.wire import Ends, to_port


class Booking(NamedTuple):
    """One line of a terminal's books, whatever its protocol.

    Attributes:
        kind: In the journal's words.
        asked: What it was asked for; `amount` is what it booked.
        stands: Not declined, not taken back.
        by_hand: Somebody keyed it at the terminal, or another till sent it.
        original: The booking that it is about.
        money: What the shop gets by it now.
        number: By which the terminal names it.
    """

    id: int
    kind: str
    asked: int
    amount: int
    stands: bool
    by_hand: bool
    original: int | None
    money: int
    number: str


class TerminalUnderTest(abc.ABC):
    """A simulated terminal.

    Attributes:
        simulator: It.
        passages: On the wire, of a payment and a question after it, about.
        exclusive: No other till, nothing keyed by hand.
        once: Faults that strike one time by themselves.
        lasting: Faults that last for a step.
        strangers: Faults for the time when the link is down: somebody else uses the terminal.
        needs_its_plug_pulled: Lasting faults after which it comes back only so.
        kinds: What it can be asked for.
    """

    passages: ClassVar[int]
    once: ClassVar[tuple[str, ...]]
    lasting: ClassVar[tuple[str, ...]]
    kinds: ClassVar[frozenset[str]]

    def __init__(self, simulator: Any, *, exclusive: bool = False) -> None:
        self.simulator = simulator
        self.exclusive = exclusive
        self.strangers: tuple[str, ...] = ()
        self.needs_its_plug_pulled: tuple[str, ...] = ()

    @property
    def faults(self) -> Faults:
        """Its switches."""
        faults: Faults = self.simulator.faults
        return faults

    @property
    def busy(self) -> bool:
        """True while a command runs, with or without a till."""
        return bool(self.simulator.state()["step"] != "idle")

    async def connect(self) -> Ends:
        """Connect to it, as the wire's far end."""
        return await to_port(self.simulator.port)

    def toml(self, port: int) -> str:
        """The table for the daemon's configuration, over a wire at this port."""
        table: str = self.simulator.toml()
        return table.replace(f"port = {self.simulator.port}", f"port = {port}")

    @abc.abstractmethod
    def bookings(self) -> list[Booking]:
        """Its books."""

    @abc.abstractmethod
    def begin_step(self) -> None:
        """Remember how it stands before anything happens."""

    @abc.abstractmethod
    def is_of(self, booking: Booking, paid: Paid, originals: Sequence[int]) -> bool:
        """True when a booking of a step can only be what one of its payments became.

        Args:
            booking: One of the same kind.
            paid: The payment; those of one step differ in their amounts.
            originals: The bookings of what it refers to.
        """

    def is_in_the_place_of(self, booking: Booking, paid: Paid) -> bool:
        """True when a stranger's booking has the very number that this payment would have."""
        del booking, paid
        return False

    def is_named(self, booking: Booking, paid: Paid) -> bool:
        """True when the till could name this booking to give it back."""
        del booking, paid
        return True

    @abc.abstractmethod
    def hides(self, paid: Paid, mine: Sequence[Booking]) -> str | None:
        """Say why its wire does not tell what became of a payment of this step; None if it does.

        Args:
            paid: The payment.
            mine: What the terminal really booked for it.
        """

    @abc.abstractmethod
    def give_back_by_hand(self, booking: Booking) -> None:
        """Somebody reverses a booking at the terminal itself."""
