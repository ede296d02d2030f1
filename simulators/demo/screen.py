"""How the demo is shown: lines that say who did what, receipts as paper, a status line below.

Lines scroll by, so they can be read again, copied, and written to a file where nobody watches.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from simulators.pos_printer import Receipt

_SOURCES: Final = {
    "demo": "bold",
    "counter": "bold yellow",
    "event": "cyan",
    "journal": "magenta",
    "office": "green",
    "problem": "bold red",
}
"""Who says something, and how it looks."""
_MARGIN: Final = max(map(len, _SOURCES)) + 2
_PAPER: Final = "#202020 on #fbf7ea"
_REFRESH_PER_SECOND: Final = 8


class Screen:
    """Where everything is shown: a terminal, a pipe or a file."""

    def __init__(self, console: Console | None = None) -> None:
        if hasattr(sys.stdout, "reconfigure"):  # a terminal without € gets a ?
            sys.stdout.reconfigure(errors="replace")
        self._console = console or Console(highlight=False)
        self._live: Live | None = None
        self._title = ""

    def teller(self, source: str) -> Callable[[str], None]:
        """A function that tells what `source` has to say."""
        return lambda text: self.tell(source, text)

    def tell(self, source: str, text: str) -> None:
        """Show one line, cut off where the screen ends; who speaks stands before it."""
        line = Text(f"{source:<{_MARGIN}}", style=_SOURCES[source], end="")
        line.append(text, style="not bold default")
        self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)

    def explain(self, text: str) -> None:
        """Show text as it is: nothing is wrapped, so that commands can be copied."""
        self._console.print(Text(text), soft_wrap=True)

    def show_paper(self, receipt: Receipt, title: str) -> None:
        """Show a receipt as it looks on paper."""
        paper = Panel(
            Text(receipt.text, no_wrap=True, overflow="crop"),
            title=title,
            box=box.SQUARE,
            padding=(1, 2),
            style=_PAPER,
            expand=False,
        )
        self._console.print(paper)

    @contextlib.contextmanager
    def live(self, title: str) -> Iterator[None]:
        """Keep a status line with a title below everything, where a person watches."""
        self._title = title
        if not self._console.is_terminal:
            yield
            return
        with Live(
            console=self._console, refresh_per_second=_REFRESH_PER_SECOND, transient=True
        ) as self._live:
            yield
        self._live = None

    def show_status(self, health: Mapping[str, Any], devices: Sequence[Mapping[str, Any]]) -> None:
        """Show how the shop is: `/v1/health` and the devices of `/v1/devices`."""
        if self._live is not None:
            self._live.update(Group(Rule(self._title, style="dim"), *_status(health, devices)))


def _status(health: Mapping[str, Any], devices: Sequence[Mapping[str, Any]]) -> list[Text]:
    relay = health["relay"]
    behind = f"{relay['lag']} behind" if relay["lag"] else "has all"
    line = Text("journal ").append(number_of(health["journal"]["position"]), "bold magenta")
    line.append("  office ").append(behind, "bold red" if relay["lag"] else "bold green")
    for device in devices:
        online = device["state"] == "online"
        style = "red" if not online else "yellow" if device["reason"] else "green"
        line.append(" ● ", style).append(device["name"])
    return [line, *(Text(problem, "yellow") for problem in health["problems"])]


def number_of(position: str | None) -> str:
    """The number of an entry, from `EPOCH.SEQ`."""
    return (position or "").rpartition(".")[2] or "0"
