"""What the running office decides to say, and what it decides again."""

import contextlib
import pathlib
from collections.abc import Callable, Iterator

import msgspec
import pytest

from central_office.downstream.boxes import Boxes, Report
from central_office.downstream.ledger import Moved
from central_office.downstream.plan import Plan
from central_office.downstream.planner import Planner
from central_office.downstream.stock import STOCK_SET, changes
from central_office.master_lists import EVERY_STORE, ListKey, keep
from central_office.reading import Reader, reading
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records.master_data import NOWHERE, Catalogue, StockDelta
from tests.central_office.boxes import Box, line, moved, sold
from tests.central_office.desk import NOW, Desk
from tests.edge_daemon.test_master_data import item
from tests.entries import ORGANIZATION

SHOP = "s-1"
PRINTER_OFFLINE = {"device_id": "printer", "family": "pos_printer", "state": "offline"}
Decide = Callable[..., Plan]


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "office.db")
    yield desk
    desk.store.close()


@pytest.fixture
def box(desk: Desk) -> Box:
    """A shop that has goods."""
    box = Box(SHOP)
    box.write("InventoryControl", moved("Receipt", "cola", 10_000, SHOP))
    box.deliver(desk.store)
    return box


@pytest.fixture
def planner() -> Planner:
    return Planner(None, (STOCK_SET,))


@pytest.fixture
def decide(desk: Desk, planner: Planner) -> Iterator[Decide]:
    with deciding(desk, planner) as decide:
        yield decide


@contextlib.contextmanager
def deciding(desk: Desk, planner: Planner) -> Iterator[Decide]:
    source = reading(desk.address)

    def ask(*reports: Report, now: float = 0.0) -> Plan:
        with source.moment() as read:
            return planner.plan(read, reports, NOW, now)

    yield ask
    source.close()


def report(rejected: str = "", **versions: int) -> Report:
    topics = EdgeTopics(ORGANIZATION, SHOP, "edge-s-1")
    return Report(topics, versions, {rejected: "why"} if rejected else {})


def sell(desk: Desk, box: Box, name: str) -> None:
    box.write("RetailTransaction", sold(name, line("cola", 1_000, 121)))
    box.deliver(desk.store)


def deltas(plan: Plan) -> list[tuple[int, int, int]]:
    """From, to, and what lies there then."""
    read = [msgspec.json.decode(one.payload) for one in plan.deltas]
    return [
        (one["from_version"], one["to_version"], one["lines"][-1]["on_hand_milli"]) for one in read
    ]


def test_what_was_not_said_is_decided_again(
    desk: Desk, box: Box, planner: Planner, decide: Decide
) -> None:
    assert deltas(decide()) == []
    planner.settle()
    sell(desk, box, "t-1")
    assert deltas(decide()) == [(1, 2, 9_000)]
    planner.go_back()
    sell(desk, box, "t-2")
    assert deltas(decide()) == [(1, 3, 8_000)]
    planner.settle()
    planner.go_back()
    assert deltas(decide()) == []


@pytest.mark.usefixtures("box")
def test_who_holds_nothing_gets_the_whole_once_until_it_says_that_it_does_not_come(
    planner: Planner, decide: Decide
) -> None:
    def wholes(*reports: Report, now: float = 0.0) -> int:
        return len(decide(*reports, now=now).wholes)

    assert [wholes(report()), wholes(report(), now=10), wholes(report(), now=31)] == [1, 0, 1]
    assert wholes(report(rejected="stock"), now=32) == 1
    assert wholes(report(stock=1), now=33) == 0
    planner.go_back()
    assert wholes(report(), now=34) == 1


@pytest.mark.usefixtures("box")
def test_a_box_that_never_takes_a_set_gets_it_more_and_more_rarely(decide: Decide) -> None:
    moments = [now for now in range(0, 7200, 10) if decide(report(), now=now).wholes]
    assert moments == [0, 30, 90, 210, 450, 930, 1890, 3810]
    assert decide(report(), now=7410).wholes


def test_a_box_that_is_behind_is_led_on_to_where_the_others_are(
    desk: Desk, box: Box, decide: Decide
) -> None:
    for name in ("t-1", "t-2"):
        sell(desk, box, name)
    assert deltas(decide(report(stock=2))) == [(2, 3, 8_000)]
    assert deltas(decide(report(stock=3))) == []
    (outranked,) = decide(report(stock=900)).outranked
    assert (outranked.key.name, outranked.version) == ("stock", 900)
    desk.store.outrank(*outranked)
    plan = decide(report(stock=900))
    assert ([whole.key.name for whole in plan.wholes], plan.deltas) == (["stock"], [])


def test_what_is_still_so_is_told_now_and_then_with_its_age(
    desk: Desk, box: Box, decide: Decide
) -> None:
    decide()
    box.write("DeviceEvent", PRINTER_OFFLINE)
    box.deliver(desk.store)
    assert decide(now=59).deltas == []
    (beat,) = decide(now=60).deltas
    told = msgspec.json.decode(beat.payload)
    assert (told["from_version"], told["to_version"], told["lines"]) == (1, 2, [])
    assert decide(now=119).deltas == []


@pytest.mark.usefixtures("box")
def test_while_nothing_is_booked_it_is_told_that_all_is_still_so(decide: Decide) -> None:
    decide()
    assert decide(now=59).deltas == []
    (still,) = decide(now=60).deltas
    told = msgspec.json.decode(still.payload, type=StockDelta)
    assert (told.from_version, told.to_version, told.as_of) == (NOWHERE, 1, NOW)
    assert (still.store, still.topic, told.lines) == ((ORGANIZATION, SHOP), "stock/delta", ())
    assert decide(now=119).deltas == []
    assert len(decide(now=120).deltas) == 1


def test_what_changes_no_stock_is_looked_through_once_and_led_over(desk: Desk, box: Box) -> None:
    looked: list[tuple[int, int]] = []

    def look(read: Reader, organization: str, after: int, up_to: int) -> list[Moved]:
        looked.append((after, up_to))
        return changes(read, organization, after, up_to)

    planner = Planner(None, (STOCK_SET._replace(changes=look),))
    with deciding(desk, planner) as decide:
        decide()
        box.write("DeviceEvent", PRINTER_OFFLINE)
        box.deliver(desk.store)
        assert deltas(decide()) == []
        planner.settle()
        sell(desk, box, "t-1")
        assert deltas(decide()) == [(1, 3, 9_000)]
        assert looked == [(1, 2), (2, 3)]
        planner.go_back()
        assert deltas(decide()) == [(1, 3, 9_000)]


def test_more_than_fits_the_deltas_is_published_whole(desk: Desk, box: Box) -> None:
    with deciding(desk, Planner(None, (STOCK_SET._replace(steps_limit=0),))) as decide:
        decide()
        sell(desk, box, "t-1")
        plan = decide()
    assert (plan.deltas, [whole.store for whole in plan.wholes]) == (
        [],
        [(ORGANIZATION, SHOP)],
    )


@pytest.mark.usefixtures("box")
def test_a_list_goes_as_deltas_to_who_holds_the_one_before_and_whole_to_the_others(
    desk: Desk, decide: Decide
) -> None:
    key = ListKey(ORGANIZATION, EVERY_STORE, "catalogue")
    many = tuple(item(number) for number in range(20))
    with desk.store._database.transaction() as session:
        first = keep(session, key, Catalogue(items=many), 1)
    decide(report(stock=1, catalogue=first))
    with desk.store._database.transaction() as session:
        second = keep(session, key, Catalogue(items=(*many, item(20))), 1)
        third = keep(session, key, Catalogue(items=(*many, item(20), item(21))), 1)
    (*steps,) = (msgspec.json.decode(one.payload) for one in decide(report(stock=1)).deltas)
    assert [(one["from_version"], one["to_version"]) for one in steps] == [
        (first, second),
        (second, third),
    ]
    with desk.store._database.transaction() as session:
        keep(session, key, Catalogue(items=many), 1)
    plan = decide(report(stock=1, catalogue=third))
    assert (plan.deltas, [whole.key for whole in plan.wholes]) == ([], [key])


@pytest.mark.usefixtures("box")
def test_a_list_that_is_kept_for_the_first_time_goes_to_boxes_that_said_nothing_since(
    desk: Desk, planner: Planner, decide: Decide
) -> None:
    decide(report(stock=1))
    planner.settle()
    with desk.store._database.transaction() as session:
        key = ListKey(ORGANIZATION, EVERY_STORE, "catalogue")
        keep(session, key, Catalogue(items=(item(1),)), 1)
    assert [whole.key for whole in decide().wholes] == [key]
    assert decide().wholes == []


def test_only_a_box_that_is_there_and_listens_says_something() -> None:
    boxes, topic = Boxes(), "pos/v1/org-1/s-1/edge-s-1/status"
    assert not boxes.hear(topic, b"no status")
    assert not boxes.hear("elsewhere", b"{}")
    assert not boxes.hear(topic, b'{"state":"offline","connection":1}')
    assert not boxes.hear(topic, b'{"state":"online","connection":1}')
    assert boxes.hear(topic, b'{"state":"online","connection":1,"versions":{"stock":7}}')
    (said,) = boxes.take()
    boxes.put_back([said])
    assert boxes.hear(topic, b'{"state":"online","connection":1,"versions":{"stock":8}}')
    boxes.put_back([said])
    assert [one.versions for one in boxes.take()] == [{"stock": 8}]
    assert boxes.take() == []
