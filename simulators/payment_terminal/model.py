"""What differs from terminal to terminal: one class for the choices of a maker."""

import datetime as dt
import time
import zoneinfo
from dataclasses import dataclass
from typing import Literal

CommitPolicy = Literal["auto_reversal", "keep_silently", "keep_and_sync_1F1F"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One kind of terminal.

    Attributes:
        commit_policy: What becomes of a result that nobody acknowledged. `auto_reversal` takes
            it back; "finally stored" is only after the last printed line was acknowledged
            (PA00P015 2.2.8). `keep_silently` keeps it and tells nobody (seen in the field).
            `keep_and_sync_1F1F` keeps it, and takes it back when the next command's tag 1F1F is
            exactly one behind (PA00P015 chapter 4).
        strict: Refuse what the manual refuses: an unregistered till, a second command while the
            terminal is master (no answer), a second reversal (B4). Lenient terminals let an
            unregistered till pay, answer the second command with 84 9C, and the second reversal
            with B5.
        card_patience: Seconds that it waits for a card.
        slips_as: Receipts as lines (06 D1), or as blocks (06 D3) where the till permits them.
        read_card_completes: 06 C0 ends with 06 0F; terminals in the field end it with 04 0F.
        first_receipt_number: Of an empty store.
        terminal_id: What BMP 29 says.
        time_zone: Of its own clock.
        seed: Of what happens by chance (the order of shuffled bitmaps).
    """

    commit_policy: CommitPolicy = "auto_reversal"
    strict: bool = True
    card_patience: float = 60.0
    slips_as: Literal["lines", "blocks"] = "lines"
    read_card_completes: bool = False
    first_receipt_number: int = 1
    terminal_id: str = "52500245"
    time_zone: str = "Europe/Amsterdam"
    seed: int = 1

    def clock(self) -> str:
        """Return the terminal's own time as `MMDDHHMMSS`."""
        now = dt.datetime.fromtimestamp(time.time_ns() // 10**9, zoneinfo.ZoneInfo(self.time_zone))
        return now.strftime("%m%d%H%M%S")
