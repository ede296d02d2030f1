"""Every terminal under test by name: a protocol, and where it matters, how it treats doubt.

To add one: a subclass of `TerminalUnderTest`, and a line here.
"""

import pathlib
from collections.abc import Callable

from tests.stories.ledger.named import CaisseApTerminal, NexoTerminal, OpiTerminal
from tests.stories.ledger.under_test import TerminalUnderTest
from tests.stories.ledger.zvt import ZvtTerminal

TERMINALS: dict[str, Callable[[pathlib.Path], TerminalUnderTest]] = {
    "zvt auto_reversal": lambda folder: ZvtTerminal(folder, "auto_reversal"),
    "zvt keep_silently": lambda folder: ZvtTerminal(folder, "keep_silently"),
    "zvt keep_and_sync_1F1F": lambda folder: ZvtTerminal(
        folder, "keep_and_sync_1F1F", exclusive=True
    ),
    "zvt shared_1F1F": lambda folder: ZvtTerminal(folder, "keep_and_sync_1F1F"),
    "zvt no_repeat_receipt": lambda folder: ZvtTerminal(folder, "auto_reversal", repeats=False),
    "zvt-serial auto_reversal": lambda folder: ZvtTerminal(folder, "auto_reversal", line="serial"),
    "zvt-serial keep_silently": lambda folder: ZvtTerminal(folder, "keep_silently", line="serial"),
    "zvt-serial keep_and_sync_1F1F": lambda folder: ZvtTerminal(
        folder, "keep_and_sync_1F1F", exclusive=True, line="serial"
    ),
    "zvt-serial no_repeat_receipt": lambda folder: ZvtTerminal(
        folder, "auto_reversal", repeats=False, line="serial"
    ),
    "nexo": NexoTerminal,
    "nexo_cloud sync": lambda folder: NexoTerminal(folder, cloud="sync"),
    "nexo_cloud async": lambda folder: NexoTerminal(folder, cloud="async"),
    "opi": OpiTerminal,
    "caisse_ap": CaisseApTerminal,
}
