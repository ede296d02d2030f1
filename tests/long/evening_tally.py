"""What the chaos evening counts."""

import msgspec
from rich.console import Console
from rich.table import Table


class Tally(msgspec.Struct):
    """What was counted so far.

    Attributes:
        entries: In all journals.
        answered: Sales that a register was told are done.
        cancelled: Sales of which a register was told after a kill that nothing was sold.
        half_open: Lines that died without a word to either side.
        doubled: Messages that came twice on a line.
        overtaken: Messages that let the next one pass first.
        echoed: Messages that another client said again, in another order.
        duplicates: Entries that the office received again, and counted once.
        replays: Ranges that the office asked for again.
        parked: Entries that waited for a hole before them, at once and at most, as far as seen.
        seconds: How long it took.
        problems: What is wrong at the end.
    """

    entries: int = 0
    answered: int = 0
    cancelled: int = 0
    daemon_kills: int = 0
    broker_kills: int = 0
    office_kills: int = 0
    cuts: int = 0
    half_open: int = 0
    delayed: int = 0
    throttled: int = 0
    doubled: int = 0
    overtaken: int = 0
    echoed: int = 0
    duplicates: int = 0
    replays: int = 0
    parked: int = 0
    seconds: float = 0.0
    problems: list[str] = msgspec.field(default_factory=list)


def print_tally(tally: Tally, console: Console) -> None:
    """Print the figures, and what is wrong."""
    table = Table("what", "how many")
    table.columns[1].justify = "right"
    for name, figure in msgspec.structs.asdict(tally).items():
        if name != "problems":
            table.add_row(name.replace("_", " "), f"{figure:,.0f}")
    console.print(table)
    for problem in tally.problems:
        console.print(f"[bold red]{problem}[/]")
    if not tally.problems:
        console.print("The office holds the bytes of every journal, and every sale once.")
