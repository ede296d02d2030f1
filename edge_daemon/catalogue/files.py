"""A shop's own catalogue from a file: CSV as a spreadsheet writes it, or TOML.

CSV has a line of headings: `item_id`, `description`, `price`, `tax_code`, and where they are wanted
`group`, `uom`, `barcodes` (several with a space between), `deposit_item_id`. Commas or semicolons
separate. Prices are written `2.49` or `2,49`. TOML has the same keys in `[[item]]` tables, and
`[[tax_code]]` (`tax_code`, `rate_bp`) and `[[group]]` (`id`, `name`, `parent`).

All mistakes are told at once, each with its line or table.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from edge_daemon.catalogue.requests import (
    CataloguePart,
    GroupEntry,
    ItemEntry,
    TaxRateEntry,
)
from edge_daemon.errors import ConfigError

MISTAKES_SHOWN = 20
_NEEDED = ("item_id", "description", "price", "tax_code")
_COLUMNS = (*_NEEDED, "group", "uom", "barcodes", "deposit_item_id")
_PRICE = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")


def read_catalogue(text: str, *, toml: bool) -> CataloguePart:
    """Read a whole file.

    Raises:
        ConfigError: It has mistakes; the first of them, each with its line or table.
    """
    mistakes: list[str] = []
    part = _from_toml(text, mistakes) if toml else _from_csv(text, mistakes)
    mistakes += _check_together(part)
    if mistakes:
        more = len(mistakes) - MISTAKES_SHOWN
        shown = mistakes[:MISTAKES_SHOWN]
        raise ConfigError([*shown, f"… and {more} more."] if more > 0 else shown)
    return part


def _from_csv(text: str, mistakes: list[str]) -> CataloguePart:
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") else ",")
    headings = [heading.strip() for heading in rows.fieldnames or ()]
    rows.fieldnames = headings
    missing = [name for name in _NEEDED if name not in headings]
    unknown = [name for name in headings if name not in _COLUMNS]
    if missing or unknown:
        mistakes += [f"line 1: there is no column {name}." for name in missing]
        known = ", ".join(_COLUMNS)
        mistakes += [f"line 1: the column {name} is not known. Known: {known}." for name in unknown]
        return CataloguePart(parts=1)
    found = []
    for row in rows:
        if any(value for value in row.values()):
            item = _item(row, f"line {rows.line_num}", mistakes)
            found += [item] if item is not None else []
    return _whole(found, (), ())


def _from_toml(text: str, mistakes: list[str]) -> CataloguePart:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        mistakes.append(f"This is not TOML: {error}.")
        return CataloguePart(parts=1)
    mistakes += [
        f"{name}: there is no such table. Known: item, tax_code, group."
        for name in raw
        if name not in ("item", "tax_code", "group")
    ]
    items = [_item(row, where, mistakes) for where, row in _tables(raw, "item", mistakes)]
    rates = [
        _converted(row, TaxRateEntry, where, mistakes)
        for where, row in _tables(raw, "tax_code", mistakes)
    ]
    groups = [
        _converted(row, GroupEntry, where, mistakes)
        for where, row in _tables(raw, "group", mistakes)
    ]
    return _whole(
        [one for one in items if one is not None],
        [one for one in rates if one is not None],
        [one for one in groups if one is not None],
    )


def _whole(items: Any, rates: Any, groups: Any) -> CataloguePart:  # noqa: ANN401 - lists of entries
    return CataloguePart(parts=1, items=tuple(items), tax_codes=tuple(rates), groups=tuple(groups))


def _tables(
    raw: Mapping[str, Any], name: str, mistakes: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    found = raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        mistakes.append(f"{name}: expected tables. Write [[{name}]].")
        return
    for position, table in enumerate(found):
        yield f"{name}[{position}]", table


def _item(row: Mapping[str, Any], where: str, mistakes: list[str]) -> ItemEntry | None:
    fields = {key: value for key, value in row.items() if value not in (None, "")}
    if None in row:
        mistakes.append(f"{where}: there are more columns than headings.")
        return None
    price = fields.pop("price", None)
    prices = [] if price is None else [_price(str(price), where, mistakes)]
    if "group" in fields:
        fields["merchandise_hierarchy"] = fields.pop("group")
    if isinstance(fields.get("barcodes"), str):
        fields["barcodes"] = fields["barcodes"].split()
    fields["prices"] = [{"amount": amount} for amount in prices if amount is not None]
    item: ItemEntry | None = _converted(fields, ItemEntry, where, mistakes)
    return item


def _price(text: str, where: str, mistakes: list[str]) -> int | None:
    found = _PRICE.fullmatch(text.strip())
    if found is None:
        mistakes.append(f"{where}: the price {text!r} is not one such as 2.49 or 2,49.")
        return None
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def _converted(row: Any, kind: Any, where: str, mistakes: list[str]) -> Any:  # noqa: ANN401 - one entry
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        mistakes.append(f"{where}: {error}.")
        return None


def _check_together(part: CataloguePart) -> Iterator[str]:
    """Each item and each code once, and deposits that exist."""
    items: set[str] = set()
    codes: dict[str, str] = {}
    for item in part.items:
        if item.item_id in items:
            yield f"The item {item.item_id} is there twice."
        items.add(item.item_id)
        for code in item.barcodes:
            other = codes.setdefault(code.zfill(14), item.item_id)
            if other != item.item_id:
                yield f"The code {code} is on {other} and on {item.item_id}."
    for item in part.items:
        if item.deposit_item_id is not None and item.deposit_item_id not in items:
            yield f"The deposit {item.deposit_item_id} of {item.item_id} is no item here."
