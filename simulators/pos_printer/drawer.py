"""The cash drawer on the printer's connector: a solenoid on pin 2 or 5, a contact on pin 3."""

import enum
from dataclasses import dataclass, field


class PulseSource(enum.StrEnum):
    """Which command kicked."""

    REAL_TIME = "real_time"
    """DLE DC4."""
    BUFFERED = "buffered"
    """ESC p."""


@dataclass(frozen=True)
class DrawerPulse:
    """One kick. `at` is the event loop's time in seconds."""

    at: float
    source: PulseSource
    pin: int
    on_ms: int
    off_ms: int


class Sensor(enum.StrEnum):
    """How the drawer's contact is wired to pin 3, which is high when nothing pulls it down."""

    OPEN_HIGH = "open_high"
    OPEN_LOW = "open_low"
    NONE = "none"


@dataclass
class Drawer:
    """A drawer that opens when its pin is kicked.

    Attributes:
        pin: The connector pin of its solenoid, or None when there is no drawer.
        stuck: It is locked: kicks do not open it.
        pulses: The kicks that the printer gave, on both pins.
        ignored: Kicks that it did not give: another one lasted, or it stood in an error.
    """

    pin: int | None = 2
    sensor: Sensor = Sensor.OPEN_HIGH
    is_open: bool = False
    stuck: bool = False
    pulses: list[DrawerPulse] = field(default_factory=list)
    ignored: int = 0

    @property
    def level(self) -> bool:
        """Level of the connector's pin 3; True is high."""
        if self.pin is None or self.sensor is Sensor.NONE:
            return True
        return self.is_open == (self.sensor is Sensor.OPEN_HIGH)

    def kick(self, pulse: DrawerPulse) -> None:
        """Take a pulse."""
        self.pulses.append(pulse)
        if pulse.pin == self.pin and not self.stuck:
            self.is_open = True

    def busy_until(self) -> float:
        """The event loop's time at which the last pulse is over, off time included."""
        if not self.pulses:
            return 0.0
        last = self.pulses[-1]
        return last.at + (last.on_ms + last.off_ms) / 1000
