"""An article of the catalogue, changed: a new price is an act of the office.

Source: records.md 5.16.
"""

import msgspec

from central_office.errors import OfficeError
from central_office.master_lists import ListKey, keep, kept_lists
from central_office.own_chain import Act, act
from central_office.sql_tables import Session, SqlTables
from edge_daemon.records.master_data import Catalogue, CatalogueItem
from edge_daemon.records.payloads import PriceChange


class NoCatalogueError(OfficeError):
    """Raised when no catalogue is kept there."""


def save_item(session: Session, key: ListKey, item: CatalogueItem, by: str, now_us: int) -> int:
    """Put an article into the kept catalogue, and return the catalogue's version.

    A price that is another from now on is an entry of the office's chain.

    Raises:
        NoCatalogueError: None is kept there; nothing was written.
    """
    kept = kept_lists(session.all, key)
    if not isinstance(kept, Catalogue) or kept == Catalogue():
        raise NoCatalogueError("No catalogue is kept there. Put a whole one first.")
    before = next((one for one in kept.items if one.item_id == item.item_id), None)
    items = tuple(item if one is before else one for one in kept.items)
    changed = msgspec.structs.replace(kept, items=items if before else (*items, item))
    old, new = _price(before, now_us), _price(item, now_us)
    if before is not None and old != new:
        change = PriceChange(
            item_id=item.item_id, old_price=old, new_price=new, reason_code="catalogue"
        )
        act(SqlTables(session), key.organization, [Act(change, by)], now_us)
    return keep(session, key, changed, now_us // 1000)


def _price(item: CatalogueItem | None, now_us: int) -> int:
    """What it costs now, minor units; 0 where it has no price."""
    if item is None:
        return 0
    begun = [one for one in item.prices if one.valid_from <= now_us]
    holding = [one for one in begun if one.valid_to is None or now_us < one.valid_to]
    return max(holding, key=lambda one: one.valid_from).amount if holding else 0
