"""`edge-daemon devices discover`: what is there, and the tables for it."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from rich.table import Table

from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.config.proposal import Proposal, propose
from edge_daemon.errors import ConfigError

if TYPE_CHECKING:
    from drivers.discovery import Found

STEPS = 10
"""How often a probe says how far it is."""


def discover(options: argparse.Namespace) -> int:
    """Show what was found, and write the proposed tables to stdout; 1 where nothing was found."""
    from drivers.discovery import Search, discover  # noqa: PLC0415 - zeroconf, only where asked for

    known = _known(options)
    search = Search(seconds=options.seconds, probe=options.probe)
    found = asyncio.run(discover(search, _Progress().tell))
    proposals = propose(found.candidates, known)
    if options.json:
        print_json({"found": [_as_json(each) for each in proposals], "troubles": found.troubles})
    else:
        _show(found, proposals)
    return 0 if proposals else 1


def _known(options: argparse.Namespace) -> Configuration | None:
    """The present configuration; a box that is being set up has none, or an unfinished one."""
    try:
        return load_configuration(options.config)
    except ConfigError:
        return None


class _Progress:
    """Says now and then how far a search is."""

    def __init__(self) -> None:
        self._said = 0

    def tell(self, what: str, done: int, of: int) -> None:
        step = done * STEPS // max(of, 1)
        if step > self._said:
            self._said = step
            console(errors=True).print(plain(f"{done} of {of} {what}"))


def _show(found: "Found", proposals: list[Proposal]) -> None:
    """Tables for people on stderr; on stdout what belongs into the configuration."""
    people = console(errors=True)
    if proposals:
        people.print(_table(proposals))
    else:
        people.print("Nothing was found. Is it switched on, and in the same network?")
    for trouble in found.troubles:
        people.print(plain(trouble, "yellow"))
    tables = [each.toml for each in proposals if each.toml]
    if tables:
        people.print("\nFor the configuration; check it, and try it with edge-daemon check:\n")
        sys.stdout.write("\n".join(tables))
        sys.stdout.flush()


def _table(proposals: list[Proposal]) -> Table:
    shown = Table("where", "what", "family", "driver", "note", box=None)
    for each in proposals:
        finding = each.finding
        note = each.note if each.configured is None else f"Configured already: {each.configured}."
        shown.add_row(
            plain(finding.place),
            plain(finding.what),
            plain(finding.family or ""),
            plain(finding.driver or ""),
            plain(note),
        )
    return shown


def _as_json(proposal: Proposal) -> dict[str, object]:
    finding = proposal.finding
    return {
        "source": finding.source,
        "place": finding.place,
        "what": finding.what,
        "family": finding.family,
        "driver": finding.driver,
        "settings": dict(finding.settings),
        "configured": proposal.configured,
        "note": proposal.note,
    }
