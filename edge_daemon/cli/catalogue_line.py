"""What can be typed behind `edge-daemon catalogue`."""

from pathlib import Path
from typing import TYPE_CHECKING

from edge_daemon.cli.options import add, add_configuration, add_json

if TYPE_CHECKING:
    import argparse
    from argparse import _SubParsersAction


def add_catalogue(commands: "_SubParsersAction[argparse.ArgumentParser]", root: str) -> None:
    """Add `catalogue`."""
    catalogue = add(commands, "catalogue", None, "what the shop sells, where no office says it.")
    inner = catalogue.add_subparsers(metavar="COMMAND", required=True)
    parser = add(
        inner,
        "import",
        "catalogue:import_file",
        "take a whole catalogue from a CSV or TOML file, in the place of the one before.\n\n"
        "CSV has the columns item_id, description, price (2.49 or 2,49), tax_code, and where\n"
        "wanted group, uom, barcodes (a space between), deposit_item_id. TOML has the same keys\n"
        "in [[item]] tables, and [[tax_code]] and [[group]]. A file with mistakes changes nothing.",
        epilog=root,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="ending in .csv or .toml")
    parser.add_argument("--check", action="store_true", help="look for mistakes and change nothing")
    add_configuration(parser)
    add_json(parser)
