"""What differs from terminal to terminal."""

import datetime as dt
import time
import zoneinfo
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One kind of terminal.

    Attributes:
        terminal_id: What it calls itself.
        device_port: Where its menu says that the till listens; 0 finds a free port.
        card_patience: Seconds that it waits for a card.
        answer_patience: Seconds that it waits for the till on channel 1.
        unmasked: It sends the whole card number. The hidden digits are zeros here.
        time_zone: Of its own clock.
    """

    terminal_id: str = "68276185"
    device_port: int = 0
    card_patience: float = 60.0
    answer_patience: float = 5.0
    unmasked: bool = True
    time_zone: str = "Europe/Amsterdam"

    def clock(self) -> str:
        """Return the terminal's own time as `YYYY-MM-DDTHH:MM:SS`."""
        now = dt.datetime.fromtimestamp(time.time_ns() // 10**9, zoneinfo.ZoneInfo(self.time_zone))
        return now.strftime("%Y-%m-%dT%H:%M:%S")
