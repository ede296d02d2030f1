"""What kind of printer is simulated, and what is attached to it."""

from dataclasses import dataclass

from simulators.pos_printer.drawer import Sensor

PRINTABLE_DOTS = {32: 384, 42: 512, 48: 576}
"""Columns of font A and the dots side by side: paper of 58 mm, and two kinds of 80 mm."""


@dataclass(frozen=True)
class Model:
    """One kind of printer.

    Attributes:
        columns: Characters of font A on a line: 32, 42 or 48.
        buffer_size: Bytes of the receive buffer.
        lines_per_second: Of ordinary lines; None prints at once.
        idle_seconds: After that long without a byte from the host the connection is closed.
        strike_after_lines: On which line of a receipt the "mid" faults strike.
        drawer_name: The drawer's name in the TOML.
        drawer_pin: Connector pin of the drawer's solenoid, 2 or 5; None: no drawer.
        drawer_sensor: How its contact is wired.
    """

    columns: int = 48
    buffer_size: int = 4096
    lines_per_second: float | None = None
    idle_seconds: float | None = 300.0
    strike_after_lines: int = 2
    drawer_name: str = "drawer"
    drawer_pin: int | None = 2
    drawer_sensor: Sensor = Sensor.OPEN_HIGH

    def __post_init__(self) -> None:
        """Refuse a width that no paper has."""
        if self.columns not in PRINTABLE_DOTS:
            raise ValueError(f"columns must be one of {', '.join(map(str, PRINTABLE_DOTS))}.")

    @property
    def printable_dots(self) -> int:
        """Dots side by side."""
        return PRINTABLE_DOTS[self.columns]
