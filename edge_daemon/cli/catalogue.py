"""`edge-daemon catalogue import`: the catalogue of a shop without an office, from its own file."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from edge_daemon.catalogue.files import read_catalogue
from edge_daemon.catalogue.requests import ITEMS_OF_A_PART, CataloguePart, GroupEntry, ItemEntry
from edge_daemon.cli.asking import ask
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.clock import SystemClock
from edge_daemon.config import load_configuration
from edge_daemon.errors import EdgeError
from edge_daemon.records import new_ulid

GROUPS_OF_A_PART = 2000

Json = dict[str, Any]


def import_file(options: argparse.Namespace) -> int:
    """Check a file whole, then hand it to the daemon part by part.

    Raises:
        EdgeError: The file has mistakes, no daemon runs, or it refuses. What was there counts.
    """
    path = options.file
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EdgeError(f"{path} cannot be read: {error}.") from error
    catalogue = read_catalogue(text, toml=path.suffix.lower() == ".toml")
    parts = list(parts_of(catalogue))
    if options.check:
        console().print(plain(f"{path}: {len(catalogue.items)} items, no mistakes."))
        return 0
    configuration = load_configuration(options.config)
    import_id = new_ulid(SystemClock().now_us())
    answer: Json = {}
    for number, part in enumerate(parts):
        place = f"/v1/catalogue-imports/{import_id}/parts/{number}"
        answer = ask(configuration, "PUT", place, msgspec.to_builtins(part))
    if options.json:
        print_json(answer)
        return 0
    said = f"{len(catalogue.items)} items are in force as version {answer.get('version')}."
    console().print(plain(said))
    return 0


def parts_of(catalogue: CataloguePart) -> Iterator[CataloguePart]:
    """The catalogue in parts that fit a request."""
    items = _slices(catalogue.items, ITEMS_OF_A_PART)
    groups = _slices(catalogue.groups, GROUPS_OF_A_PART)
    count = max(len(items), len(groups), 1)
    for number in range(count):
        yield CataloguePart(
            parts=count,
            items=items[number] if number < len(items) else (),
            groups=groups[number] if number < len(groups) else (),
            tax_codes=catalogue.tax_codes if number == 0 else (),
        )


def _slices(
    entries: Sequence[ItemEntry] | Sequence[GroupEntry], size: int
) -> list[tuple[Any, ...]]:
    return [tuple(entries[first : first + size]) for first in range(0, len(entries), size)]
