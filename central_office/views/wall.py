"""The live wall: every shop, its boxes and its tills, as they are now."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from central_office.edge_report import EdgeRow, read_edges
from central_office.folds import ResumeState
from central_office.reading import Reader
from central_office.report import StreamRow, read_streams
from central_office.views.paging import Scope

RECENT = 200
"""Receipts of a store among which each till's last sale is looked for."""
_LAST_DAY = (
    "SELECT business_day_date, open_tills, closed_arrival FROM days WHERE organization = ?"
    " AND store = ? AND business_day_date <= ? ORDER BY business_day_date DESC LIMIT 1"
)
_SALES = (
    "SELECT currency, sales, gross FROM sales WHERE organization = ? AND store = ?"
    " AND business_day_date = ? ORDER BY currency"
)
_RECEIPTS = (
    "SELECT edge_id, workstation_id, occurred_at, gross, currency, arrival, part FROM receipts"
    " WHERE organization = ? AND store = ? AND business_day_date <= ?"
    " ORDER BY business_day_date DESC, arrival DESC, part DESC LIMIT ?"
)
_RESUMES = "SELECT edge_id, state FROM resumes"
_DEVICES = (
    "SELECT edge_id, device_id, family, state, detail, since FROM devices WHERE organization = ?"
    " AND store = ? ORDER BY edge_id, device_id"
)
WELL = frozenset({"online", "recovered"})
"""Words of a device that needs nobody."""
_decoder = msgspec.json.Decoder(ResumeState)


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Sales of the day; `gross` in minor units."""

    currency: str
    sales: int
    gross: int


class LastSale(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt that came last of a till."""

    occurred_at: int
    gross: int
    currency: str
    arrival: int
    part: int


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """One till of a box.

    Attributes:
        open_session: The shift that is open; absent where none is.
    """

    workstation_id: str
    open_session: str | None
    last_sale: LastSale | None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is otherwise than well, since a moment."""

    device_id: str
    family: str
    state: str
    detail: str
    since: int


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One edge.

    Attributes:
        state: `online`, `offline` or `unknown`; since `status_at`.
        complete_to: The moment of its last entry that is here.
        behind: Entries that the office has heard of and does not have.
        needs_a_person: A fork, or an epoch that follows nothing known.
        unresolved_payments: How many cards nobody knows of whether they paid.
    """

    edge_id: str
    state: str
    status_at: int | None
    software_version: str | None
    complete_to: int | None
    behind: int
    needs_a_person: bool
    unresolved_payments: int
    tills: tuple[Till, ...]
    alarms: tuple[Alarm, ...]


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """One store, and its last day that has figures."""

    store: str
    business_day_date: str | None
    is_closed: bool
    sales: tuple[Money, ...]
    boxes: tuple[Box, ...]


class Wall(msgspec.Struct, frozen=True, kw_only=True):
    """Every shop, by name."""

    shops: tuple[Shop, ...]


def read_wall(read: Reader, scope: Scope) -> Wall:
    """The wall of a scope.

    Of its days only the last one matters: what a box with a wrong clock has dated later than that
    stands behind what was sold today.
    """
    streams = [row for row in read_streams(read) if row.organization == scope.organization]
    edges = [row for row in read_edges(read) if row.organization == scope.organization]
    resumes = {edge_id: _decoder.decode(bytes(state)) for edge_id, state in read(_RESUMES, ())}
    boxes: dict[str, list[_Known]] = {}
    for edge in edges:
        known = _Known(edge, streams, resumes.get(edge.edge_id))
        boxes.setdefault(edge.store, []).append(known)
    shops = (
        _shop(read, (scope.organization, store), scope.last_day, boxes.get(store, []))
        for store in scope.named(read)
    )
    return Wall(shops=tuple(shop for shop in shops if shop.boxes))


class _Known:
    """What is known of one edge."""

    def __init__(
        self, edge: EdgeRow, streams: Iterable[StreamRow], resume: ResumeState | None
    ) -> None:
        self.edge = edge
        self.streams = [row for row in streams if row.edge_id == edge.edge_id]
        self.resume = resume or ResumeState()


def _shop(read: Reader, place: tuple[str, str], last_day: str, known: list[_Known]) -> Shop:
    day = next(iter(read(_LAST_DAY, (*place, last_day))), None)
    sales: tuple[Money, ...] = ()
    if day is not None:
        rows = list(read(_SALES, (*place, day[0])))
        sales = tuple(Money(currency=row[0], sales=row[1], gross=row[2]) for row in rows)
    last_sales = _last_sales(read(_RECEIPTS, (*place, last_day, RECENT)))
    alarms: dict[str, list[Alarm]] = {}
    for edge_id, *row in read(_DEVICES, place):
        if row[2] not in WELL:
            alarms.setdefault(edge_id, []).append(_alarm(row))
    return Shop(
        store=place[1],
        business_day_date=day[0] if day else None,
        is_closed=bool(day and day[2] is not None and not json.loads(day[1] or "[]")),
        sales=sales,
        boxes=tuple(_box(one, last_sales, alarms.get(one.edge.edge_id, [])) for one in known),
    )


def _last_sales(rows: Iterator[tuple[Any, ...]]) -> dict[tuple[str, str], LastSale]:
    found: dict[tuple[str, str], LastSale] = {}
    for edge_id, workstation_id, *row in rows:
        if (edge_id, workstation_id) not in found:
            occurred_at, gross, currency, arrival, part = row
            found[edge_id, workstation_id] = LastSale(
                occurred_at=occurred_at, gross=gross, currency=currency, arrival=arrival, part=part
            )
    return found


def _alarm(row: list[Any]) -> Alarm:
    device_id, family, state, detail, since = row
    return Alarm(device_id=device_id, family=family, state=state, detail=detail, since=since)


def _box(known: _Known, last_sales: Mapping[tuple[str, str], LastSale], alarms: list[Alarm]) -> Box:
    edge, streams, resume = known.edge, known.streams, known.resume
    names = {*resume.workstations, *(name for box, name in last_sales if box == edge.edge_id)}
    tills = []
    for name in sorted(names):
        numbers = resume.workstations.get(name)
        till = Till(
            workstation_id=name,
            open_session=numbers.open_session if numbers else None,
            last_sale=last_sales.get((edge.edge_id, name)),
        )
        tills.append(till)
    moments = [row.occurred_at for row in streams if row.occurred_at is not None]
    return Box(
        edge_id=edge.edge_id,
        state=edge.state,
        status_at=edge.status_at,
        software_version=edge.software_version,
        complete_to=max(moments, default=None),
        behind=sum(row.lag for row in streams),
        needs_a_person=any(row.forked_at or row.link_alarm for row in streams),
        unresolved_payments=len(resume.unresolved_payments),
        tills=tuple(tills),
        alarms=tuple(alarms),
    )
