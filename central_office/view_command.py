"""`central-office view`: any view of the books, page by page, as a table or as JSON."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, cast

import msgspec
from rich.console import Console
from rich.table import Table

from central_office.cells import cell
from central_office.errors import OfficeError
from central_office.reading import Reader, open_reader
from central_office.settings import OfficeSettings
from central_office.views.paging import LAST_DAY, PAGE_LIMIT, Listing, Only, Page, Scope
from central_office.views.table import VIEWS

Commands = Any
"""What argparse calls its group of commands; its own type is private."""
_DAY = "YYYY-MM-DD"
_ORGANIZATIONS = "SELECT DISTINCT organization FROM edges ORDER BY organization"


def add_view(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "view",
        help="show revenue, VAT, stock, hours …; each figure's receipts by receipts-behind",
        epilog=f"Views: {', '.join(VIEWS)}.",
    )
    parser.add_argument("name", choices=VIEWS, metavar="NAME")
    parser.add_argument("--organization", help="needed where the office has several")
    parser.add_argument("--store", action="append", help="this one only; may be given again")
    parser.add_argument("--from", dest="first_day", default="", metavar=_DAY)
    parser.add_argument("--to", dest="last_day", default=LAST_DAY, metavar=_DAY)
    parser.add_argument(
        "--reference", default="", metavar=_DAY, help="from when on a comparison compares"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="COLUMN=VALUE", help="may be given again"
    )
    parser.add_argument("--limit", type=int, default=PAGE_LIMIT, metavar="N", help="rows at most")
    parser.add_argument("--after", metavar="CURSOR", help="go on where a page ended")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    return parser


def show_view(options: argparse.Namespace, settings: OfficeSettings) -> int:
    """Print a page.

    Raises:
        OfficeError: There is no such database, or the question is none of this view's.
    """
    view = VIEWS[options.name]
    only = _only(options.only, view)
    with open_reader(settings.database) as read:
        organization = options.organization or settings.organization or _organization(read)
        scope = Scope(
            organization=organization,
            stores=tuple(options.store) if options.store else None,
            first_day=options.first_day,
            last_day=options.last_day,
            reference_first_day=options.reference,
        )
        page = view.page(read, scope, only=only, after=options.after, limit=options.limit)
    if options.json:
        sys.stdout.write(msgspec.json.encode(page).decode() + "\n")
    else:
        _print(options.name, view, page)
    return 0


def _only(given: Sequence[str], view: Listing[Any]) -> Only:
    kinds = {field.name: field.type for field in msgspec.structs.fields(view.row)}
    only: dict[str, str | int] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in view.filters:
            raise OfficeError(f"--only is COLUMN=VALUE, with one of {', '.join(view.filters)}.")
        try:
            kind = kinds.get(name, str)
            only[name] = cast("str | int", msgspec.convert(value, kind, strict=False))
        except msgspec.ValidationError as error:
            raise OfficeError(f"--only {name}: {error}.") from error
    return only


def _organization(read: Reader) -> str:
    found = [str(name) for (name,) in read(_ORGANIZATIONS, ())]
    if len(found) != 1:
        raise OfficeError(
            f"Choose with --organization: {', '.join(found)}." if found else "No box is known yet."
        )
    return found[0]


def _print(name: str, view: Listing[Any], page: Page[Any]) -> None:
    table = Table(title=name)
    fields = view.row.__struct_fields__
    for row in page.rows[:1]:
        for field in fields:
            is_number = isinstance(getattr(row, field), int)
            table.add_column(field, justify="right" if is_number else "left")
    for row in page.rows:
        table.add_row(*(cell(getattr(row, field)) for field in fields))
    Console().print(table if page.rows else f"{name}: nothing there.")
    if page.cursor:
        sys.stdout.write(f"There is more: --after {page.cursor}\n")
