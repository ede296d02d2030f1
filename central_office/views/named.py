"""Rows that say what their article or product group is called, by the office's own catalogue.

Only what stands on the page is looked up, so it costs the same however large the catalogue is. A
receipt is another matter: it says what was printed on it.
"""

import dataclasses
from typing import Any, Generic, TypeVar

import msgspec

from central_office.naming import find_items, group_names, item_names
from central_office.reading import Reader
from central_office.views.paging import Listing, Only, Page, Scope

Row = TypeVar("Row", bound=msgspec.Struct)
FIND = "find"
"""The filter by words in an article's id, description or barcodes."""
_ITEM, _GROUP = "item_id", "product_group"


@dataclasses.dataclass(frozen=True)
class Named(Generic[Row]):
    """A listing whose rows get names: `description` of an article, `group_name` of a group.

    Attributes:
        listing: It; a row has `item_id` and `location_id`, or `product_group` and `store`.
    """

    listing: Listing[Row]

    @property
    def row(self) -> type[Row]:
        """As the listing has it."""
        return self.listing.row

    @property
    def key(self) -> tuple[str, ...]:
        """As the listing has it."""
        return self.listing.key

    @property
    def filters(self) -> tuple[str, ...]:
        """The listing's; where they name an article, also words by which it is found."""
        words = (FIND,) if _ITEM in self.listing.filters else ()
        return self.listing.filters + words

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Row]:
        """Read a page; see `Listing`."""
        wanted = dict(only or {})
        if FIND in wanted and FIND in self.filters:
            found = find_items(read, scope.organization, str(wanted.pop(FIND)))
            article = wanted.get(_ITEM)
            wanted[_ITEM] = tuple(one for one in found if article in (None, one))
        page = self.listing.page(read, scope, only=wanted, after=after, limit=limit)
        return msgspec.structs.replace(page, rows=_with_names(read, scope.organization, page.rows))


def _with_names(read: Reader, organization: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    if not rows:
        return rows
    is_article = _ITEM in rows[0].__struct_fields__
    pairs = [_article(row) if is_article else _group(row) for row in rows]
    names = (item_names if is_article else group_names)(read, organization, pairs)
    field = "description" if is_article else "group_name"
    return tuple(
        msgspec.structs.replace(row, **{field: names[pair]}) if pair in names else row
        for row, pair in zip(rows, pairs, strict=True)
    )


def _article(row: Any) -> tuple[str, str]:  # noqa: ANN401 - any row of an article
    return row.location_id, row.item_id


def _group(row: Any) -> tuple[str, str]:  # noqa: ANN401 - any row of a product group
    return row.store, row.product_group
