"""What the office keeps for its stores: catalogue, operators, web orders and configuration.

They are lists of their own and no figures: no entry makes them, and a person's name stands nowhere
else, so that it can be erased. Each is kept as the messages in which it travels, a whole and the
deltas behind it, for one store or for all that have none of their own. `downstream` publishes them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from central_office import naming
from central_office.errors import OfficeError
from central_office.naming import Read
from central_office.projections import Projection, Way
from central_office.publishing import LISTS, Lists, Publication, configuration, publication
from central_office.reading import Reader
from central_office.sql_tables import Session
from edge_daemon.records.master_data import Catalogue
from edge_daemon.records.messages import MESSAGE_LIMIT, Config

EVERY_STORE = naming.EVERY_STORE
CATALOGUE = "catalogue"
CONFIG = "config"
STOCK = "stock"
GIFT_CARDS = "gift-cards"
FROM_ENTRIES = {
    STOCK: "Stock comes from what is booked: book a count or a delivery instead.",
    GIFT_CARDS: "What is on a gift card comes from what is booked: sell or redeem it at a till.",
}
"""Come from the entries, and are not kept, only how far their versions were lifted; and why."""
DELTA_LIMIT = 64
"""Behind one whole list; then it is published whole again."""
DELTA_SHARE = 4
"""So many times smaller than the whole list its deltas have to be, all of them together."""

_KEY = {"organization": str, "store": str, "name": str}
_LISTS = Projection(
    name="master_lists",
    key=_KEY,
    values={"version": int, "whole_version": int},
    way=Way.REPLACE,
)
"""The version that counts, and that of the whole list from which deltas lead there."""
_MESSAGES = Projection(
    name="master_list_messages",
    key={**_KEY, "number": int},
    values={"topic": str, "data": bytes},
    way=Way.REPLACE,
)
_DELTAS = Projection(
    name="master_list_deltas",
    key={**_KEY, "from_version": int},
    values={"to_version": int, "data": bytes},
    way=Way.REPLACE,
)
TABLES = (_LISTS, _MESSAGES, _DELTAS, *naming.TABLES)

_ROWS: dict[str, tuple[str, ...]] = {
    "items": ("item_id",),
    "tax_codes": ("tax_code", "valid_from"),
    "groups": ("id",),
    "operators": ("operator_id",),
    "shifts": ("operator_id", "start"),
    "orders": ("transaction_id",),
}
"""By what a row takes the place of another, at the edge too."""


class ListKey(NamedTuple):
    """Which list, and whose: one store's, or `EVERY_STORE`'s."""

    organization: str
    store: str
    name: str


def keep(session: Session, key: ListKey, lists: Lists | dict[str, Any], version: int) -> int:
    """Keep a list in the place of the one before, and return its version.

    A little change is kept as a delta, so that no edge has to take the whole list again.

    Args:
        session: In whose transaction it is done.
        key: Which list.
        lists: All of it; for `config` the settings.
        version: Under which it is published; more where that is not above the one before.

    Raises:
        OfficeError: It is too large, or comes from what was booked.
    """
    if key.name in FROM_ENTRIES:
        raise OfficeError(FROM_ENTRIES[key.name])
    session.lock((_lock_name(key),))
    before = _versions(session, key)
    version = max([version, *(one + 1 for one, _ in before.values())])
    known = before.get(key.store)
    if known is not None and not isinstance(lists, dict):
        delta = _delta(session, key, lists, known[0], version)
        if delta is not None:
            session.write([(_DELTAS, [(*key, known[0], version, delta)])])
            session.write([(_LISTS, [(*key, version, known[1])])])
            if key.name == CATALOGUE:
                changed = msgspec.json.decode(delta, type=Catalogue)
                naming.put_names(session, key.organization, key.store, changed)
            return version
    _write_whole(session, key, lists, version)
    return version


def outrank(session: Session, key: ListKey, version: int) -> None:
    """Publish the same list under a version above one that an edge holds and we never gave.

    So says an edge whose office was restored from a backup, or one that was sent a list by hand.
    """
    session.lock((_lock_name(key),))
    if key.name in FROM_ENTRIES:
        session.write([(_LISTS, [(*key, version + 1, version + 1)])])
        return
    known = _versions(session, key).get(key.store)
    if known is not None and known[0] <= version:
        _write_whole(session, key, kept_lists(session.all, key), version + 1)


def name_all(session: Session) -> None:
    """Write the names of catalogues that were kept before there were any."""
    sql = (
        "SELECT organization, store, name FROM master_lists WHERE name = ? AND NOT EXISTS"
        " (SELECT 1 FROM catalogue_items WHERE catalogue_items.organization ="
        " master_lists.organization AND catalogue_items.store = master_lists.store)"
    )
    for row in session.all(sql, (CATALOGUE,)):
        key = ListKey(*row)
        naming.put_names(session, key.organization, key.store, kept_lists(session.all, key))


def versions(read: Reader) -> dict[ListKey, int]:
    """The version of each list; of what comes from the entries, how far its versions are lifted."""
    rows = read("SELECT organization, store, name, version FROM master_lists", ())
    return {ListKey(*row[:3]): row[3] for row in rows}


def whole(read: Reader, key: ListKey) -> Publication:
    """The whole list as it was published, without the deltas behind it."""
    sql = (
        "SELECT topic, data FROM master_list_messages WHERE organization = ? AND store = ?"
        " AND name = ? ORDER BY number"
    )
    return Publication([(topic, bytes(data)) for topic, data in read(sql, key)])


def deltas(read: Reader, key: ListKey, held: int) -> list[bytes] | None:
    """What leads on from the version that an edge holds; None where only the whole list does."""
    sql = (
        "SELECT from_version, data FROM master_list_deltas WHERE organization = ? AND store = ?"
        " AND name = ? AND from_version >= ? ORDER BY from_version"
    )
    found = [(number, bytes(data)) for number, data in read(sql, (*key, held))]
    return [data for _, data in found] if found and found[0][0] == held else None


def _versions(session: Session, key: ListKey) -> dict[str, tuple[int, int]]:
    """By store, this one's and every store's: the version, and that of the whole list."""
    sql = (
        "SELECT store, version, whole_version FROM master_lists WHERE organization = ?"
        " AND name = ? AND store IN (?, ?)"
    )
    rows = session.all(sql, (key.organization, key.name, key.store, EVERY_STORE))
    return {store: (version, whole_version) for store, version, whole_version in rows}


def _write_whole(
    session: Session, key: ListKey, lists: Lists | dict[str, Any], version: int
) -> None:
    if isinstance(lists, dict):
        what = configuration(lists, version)
    else:
        what = publication(key.name, lists, version)
    for table in ("master_list_messages", "master_list_deltas"):
        session.run(
            f"DELETE FROM {table} WHERE organization = ? AND store = ? AND name = ?",  # noqa: S608 - constants
            key,
        )
    for number, (topic, data) in enumerate(what.messages):
        session.write([(_MESSAGES, [(*key, number, topic, data)])])
    session.write([(_LISTS, [(*key, version, version)])])
    if isinstance(lists, Catalogue):
        naming.drop_names(session, key.organization, key.store)
        naming.put_names(session, key.organization, key.store, lists)


def _delta(session: Session, key: ListKey, lists: Lists, held: int, version: int) -> bytes | None:
    """What changed, as a message; None where only the whole list can say it."""
    sizes = session.all(
        "SELECT length(data) FROM master_list_deltas WHERE organization = ? AND store = ?"
        " AND name = ?",
        key,
    )
    changes = _changes(kept_lists(session.all, key), lists)
    if changes is None or len(sizes) >= DELTA_LIMIT:
        return None
    data = msgspec.json.encode({"from_version": held, "to_version": version, **changes})
    whole_size = session.all(
        "SELECT CAST(coalesce(sum(length(data)), 0) AS bigint) FROM master_list_messages"
        " WHERE organization = ? AND store = ? AND name = ?",
        key,
    )[0][0]
    size = len(data) + sum(one for (one,) in sizes)
    return data if len(data) <= MESSAGE_LIMIT and size * DELTA_SHARE <= whole_size else None


def _changes(before: Any, after: Lists) -> dict[str, list[Any]] | None:  # noqa: ANN401 - the same kind of lists
    """The rows that are new or different; None where one is gone, which no delta can say."""
    changed: dict[str, list[Any]] = {}
    for name in after.__struct_fields__:
        old, new = _by_key(name, getattr(before, name)), _by_key(name, getattr(after, name))
        if old.keys() - new.keys():
            return None
        changed[name] = [row for row_key, row in new.items() if old.get(row_key) != row]
    return {name: rows for name, rows in changed.items() if rows}


def _by_key(name: str, rows: Iterable[Any]) -> Mapping[tuple[Any, ...], Any]:
    columns = _ROWS[name]
    return {tuple(getattr(row, column) for column in columns): row for row in rows}


def kept_lists(read: Read, key: ListKey) -> Any:  # noqa: ANN401 - lists, or settings
    """The list as it counts: the whole one, and the deltas behind it."""
    where = "WHERE organization = ? AND store = ? AND name = ?"
    messages = list(
        read(f"SELECT topic, data FROM master_list_messages {where} ORDER BY number", key)  # noqa: S608 - constants
    )
    if key.name == CONFIG:
        return msgspec.json.decode(bytes(messages[-1][1]), type=Config).settings
    behind = read(f"SELECT data FROM master_list_deltas {where} ORDER BY from_version", key)  # noqa: S608 - constants
    chunks = [bytes(data) for topic, data in messages if "/chunk/" in topic]
    return _merged(LISTS[key.name], (*chunks, *(bytes(data) for (data,) in behind)))


def _merged(kind: Any, parts: Iterable[bytes]) -> Any:  # noqa: ANN401 - lists of that kind
    found: dict[str, dict[tuple[Any, ...], Any]] = {name: {} for name in kind.__struct_fields__}
    for part in parts:
        lists = msgspec.json.decode(part, type=kind)
        for name, rows in found.items():
            rows.update(_by_key(name, getattr(lists, name)))
    return kind(**{name: tuple(rows.values()) for name, rows in found.items()})


def _lock_name(key: ListKey) -> str:
    return f"/lists/{key.organization}"
