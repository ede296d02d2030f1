"""Pages of a view: one query each, which begins behind the key of the last row."""

import base64
import binascii
import bisect
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from central_office.errors import OfficeError
from central_office.reading import Reader

Row = TypeVar("Row", bound=msgspec.Struct)
PAGE_LIMIT = 1000
LAST_DAY = "9999-12-31"
_STORES = "SELECT store FROM edges WHERE organization = ? GROUP BY store ORDER BY store"


class CursorError(OfficeError):
    """Raised when a cursor is none of this view's."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at.

    Attributes:
        stores: All of the organization's where absent.
        first_day, last_day: `YYYY-MM-DD`, both included.
        reference_first_day: Where the days begin with which a comparison compares as many days;
            those just before where absent.
    """

    organization: str
    stores: tuple[str, ...] | None = None
    first_day: str = ""
    last_day: str = LAST_DAY
    reference_first_day: str = ""

    @property
    def is_endless(self) -> bool:
        """All days: then no index of days is of use."""
        return not self.first_day and self.last_day == LAST_DAY

    def named(self, read: Reader) -> tuple[str, ...]:
        """The stores, by name."""
        if self.stores is not None:
            return self.stores
        return tuple(row[0] for row in read(_STORES, (self.organization,)))


class Page(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """Some rows in the order of their keys.

    Attributes:
        cursor: With what the next page is asked for; None on the last one.
    """

    rows: tuple[Row, ...]
    cursor: str | None = None


Only = Mapping[str, str | int | tuple[str, ...]]
"""Columns, and what they have to be, or one of which."""


class Listing(Protocol[Row]):
    """What every view can: pages of one kind of row."""

    @property
    def row(self) -> type[Row]:
        """The rows' type."""
        ...

    @property
    def key(self) -> tuple[str, ...]:
        """The fields by which rows are told apart and ordered."""
        ...

    @property
    def filters(self) -> tuple[str, ...]:
        """The names that `only` may have."""
        ...

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Row]:
        """Read a page.

        Args:
            read: From which database.
            scope: What is looked at.
            only: Filters that have to be these; other names change nothing.
            after: The cursor of the page before; the first page where absent.
            limit: Rows at most.

        Raises:
            CursorError: `after` is none of this view's cursors.
        """
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class View(Generic[Row]):
    """A question to one projection.

    Attributes:
        row: Its fields are the key's columns and then the values.
        source: The projection.
        key: By which rows are told apart and ordered.
        values: SQL of the values, in the order of the fields.
        grouped: Rows of one key are added up.
        days: The projection has business days.
        store: Its column of the store or place.
        other_store: A second one: a row is seen by whoever sees either.
        where: A further condition.
        others: Further columns by which may be filtered.
    """

    row: type[Row]
    source: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    grouped: bool = True
    days: bool = True
    store: str = "store"
    other_store: str = ""
    where: str = ""
    others: tuple[str, ...] = ()

    @property
    def filters(self) -> tuple[str, ...]:
        """The columns of the key, and the further ones."""
        return self.key + self.others

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Row]:
        """Read a page, by one query or one for each store; see `Listing`."""
        limit = max(1, min(limit, PAGE_LIMIT))
        behind = [] if after is None else read_cursor(after, len(self.key))
        found: list[tuple[Any, ...]] = []
        for stores in self._parts(scope.named(read), behind):
            sql, parameters = self._query(scope, stores, only or {}, behind)
            found += read(sql, (*parameters, limit + 1 - len(found)))
            if len(found) > limit:
                break
        rows = tuple(filled(self.row, row) for row in found[:limit])
        more = len(found) > limit
        return Page(
            rows=rows, cursor=cursor_of(found[limit - 1][: len(self.key)]) if more else None
        )

    def _parts(self, stores: Sequence[str], behind: Sequence[str | int]) -> Iterable[Sequence[str]]:
        """Store by store where the order begins with it: so each query ends with its page."""
        if self.key[0] != self.store or self.other_store:
            return [stores] if stores else []
        return [[store] for store in sorted(stores) if not behind or store >= str(behind[0])]

    def _query(
        self,
        scope: Scope,
        stores: Sequence[str],
        only: Only,
        behind: Sequence[str | int],
    ) -> tuple[str, list[Any]]:
        columns = [self.store, self.other_store] if self.other_store else [self.store]
        seen = " OR ".join(f"{column} IN ({_marks(stores)})" for column in columns)
        conditions = ["organization = ?", f"({seen})"]
        parameters: list[Any] = [scope.organization, *[*stores] * len(columns)]
        for name in self.filters:
            value = only.get(name)
            if isinstance(value, tuple):
                conditions.append(f"{name} IN ({_marks(value) or 'NULL'})")
                parameters += value
            elif value is not None:
                conditions.append(f"{name} = ?")
                parameters.append(value)
        if self.days and not scope.is_endless:
            conditions.append("business_day_date BETWEEN ? AND ?")
            parameters += [scope.first_day, scope.last_day]
        if self.where:
            conditions.append(self.where)
        key = ", ".join(self.key)
        fixed = {name for name, value in only.items() if not isinstance(value, tuple)}
        fixed |= {self.store} if len(stores) == 1 and not self.other_store else set()
        rest = [number for number, name in enumerate(self.key) if name not in fixed]
        by_store = self.key[0] == self.store and not self.other_store
        is_begun = not by_store or [*stores] == [*behind[:1]]
        if behind and rest and is_begun:
            names = ", ".join(self.key[number] for number in rest)
            conditions.append(f"({names}) > ({_marks(rest)})")
            parameters += [behind[number] for number in rest]
        group = f" GROUP BY {key}" if self.grouped else ""
        sql = (
            f"SELECT {', '.join((*self.key, *self.values))} FROM {self.source}"  # noqa: S608 - constants
            f" WHERE {' AND '.join(conditions)}{group} ORDER BY {key} LIMIT ?"
        )
        return sql, parameters


@dataclasses.dataclass(frozen=True, kw_only=True)
class Computed(Generic[Row]):
    """A view whose rows are worked out of several projections, all of the scope's at once.

    Attributes:
        row, key: As a `View` has them.
        work_out: Gives the rows, in any order.
    """

    row: type[Row]
    key: tuple[str, ...]
    work_out: Callable[[Reader, Scope], Iterable[Row]]

    @property
    def filters(self) -> tuple[str, ...]:
        """The fields of the key."""
        return self.key

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Row]:
        """Work the rows out and cut a page; see `Listing`."""
        limit = max(1, min(limit, PAGE_LIMIT))
        behind = None if after is None else tuple(read_cursor(after, len(self.key)))
        wanted = {name: value for name, value in (only or {}).items() if name in self.key}
        rows = sorted(
            (
                row
                for row in self.work_out(read, scope)
                if all(getattr(row, name) == value for name, value in wanted.items())
            ),
            key=self._key_of,
        )
        try:
            start = 0 if behind is None else bisect.bisect(rows, behind, key=self._key_of)
        except TypeError as error:
            raise CursorError(_WRONG) from error
        found = tuple(rows[start : start + limit])
        more = len(rows) > start + limit
        return Page(rows=found, cursor=cursor_of(self._key_of(found[-1])) if more else None)

    def _key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in self.key)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def total(column: str) -> str:
    """The sum of a column, of the same type on both kinds of database."""
    return f"CAST(sum({column}) AS bigint)"


def filled(kind: type[Row], row: Sequence[Any]) -> Row:
    """A row whose columns come in the order of the fields; fields that have a default may lack."""
    return kind(**dict(zip(kind.__struct_fields__, row, strict=False)))


def cursor_of(key: Sequence[Any]) -> str:
    """A row's key as text that fits into an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).decode().rstrip("=")


def read_cursor(text: str, length: int) -> list[str | int]:
    """Read a cursor.

    Raises:
        CursorError: It is none, or one of another view.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        key = msgspec.json.decode(data, type=list[str | int])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise CursorError(_WRONG) from error
    if len(key) != length:
        raise CursorError(_WRONG)
    return key


_WRONG = "This cursor is none of this list's. Begin with the first page."
