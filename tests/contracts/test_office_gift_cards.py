"""What the office tells the boxes of gift cards, and that nothing of it is counted twice."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central_office.downstream import gift_cards
from central_office.downstream.boxes import Report
from central_office.downstream.gift_cards import GIFT_CARD_SET
from central_office.downstream.plan import Plan, Whole
from central_office.downstream.planner import Planner
from central_office.downstream.wholes import make_whole
from central_office.errors import OfficeError
from central_office.folds import Place, Sheet, fold
from central_office.folds import read as read_entry
from central_office.folds.claims import GiftCardMoved
from central_office.lines import read_line
from central_office.master_lists import EVERY_STORE, GIFT_CARDS, ListKey
from central_office.reading import Reading, reading
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import decode_entry
from edge_daemon.records.master_data import (
    GiftCardBalance,
    GiftCards,
    GiftCardsChunk,
    GiftCardsDelta,
)
from edge_daemon.sales import GIFT_CARDS_ISSUED
from edge_daemon.sales.gift_cards import gift_card_ref, own_moves
from tests.central_office.boxes import Box, line, sold
from tests.central_office.desk import NOW, Desk
from tests.entries import ORGANIZATION, Json

SHOP, CARD, OTHER = "s-1", gift_card_ref("KADO-0001"), gift_card_ref("KADO-0002")


LOST_EPOCH = "01M7YHX2VZ5DZ1A5H8NV9ADAZQ"
"""One that the office knows of this box, from before an old card was put back."""


def tender(amount: int, ref: str = CARD, tender_id: str = "t-1") -> Json:
    return {
        "tender_id": tender_id,
        "tender_type": "GiftCard",
        "amount": amount,
        "is_change": False,
        "currency": "EUR",
        "gift_card_ref": ref,
    }


def issue(name: str, amount: int, ref: str = CARD, **changed: object) -> Json:
    issued = line("card", 1_000, amount, line_type="GiftCardIssue", gift_card_ref=ref)
    return sold(name, issued | {"stock_effect": False}, **changed)


def redeem(name: str, amount: int, ref: str = CARD, **changed: object) -> Json:
    return sold(name, line("cola", 1_000, amount), **{"tenders": [tender(amount, ref)]} | changed)


# --- what is told -----------------------------------------------------------------------------


@pytest.fixture
def source(desk: Desk) -> Iterator[Reading]:
    source = reading(desk.address)
    yield source
    source.close()


@pytest.fixture
def box(desk: Desk) -> Box:
    """A shop that has sold a card."""
    box = Box(SHOP)
    book(desk, box, issue("i-1", 5_000))
    return box


def book(desk: Desk, box: Box, *sales: Json) -> None:
    for sale in sales:
        box.write("RetailTransaction", sale)
    box.deliver(desk.store)


def decide(source: Reading, planner: Planner, *held: int) -> Plan:
    topics = EdgeTopics(ORGANIZATION, SHOP, "edge-s-1")
    said = [Report(topics, {GIFT_CARDS: version}, {}) for version in held]
    with source.moment() as read:
        return planner.plan(read, said, NOW, 0.0)


def told(plan: Plan) -> list[GiftCardsDelta]:
    assert {one.topic for one in plan.deltas} <= {"gift-cards/delta"}
    return [msgspec.json.decode(one.payload, type=GiftCardsDelta) for one in plan.deltas]


def whole(source: Reading) -> GiftCardsChunk:
    key = ListKey(ORGANIZATION, EVERY_STORE, GIFT_CARDS)
    with source.moment() as read:
        what = make_whole(read, Whole((ORGANIZATION, SHOP), key), NOW)
    chunk, (name, _) = what.messages
    assert (chunk[0], name) == ("gift-cards/chunk/0", "gift-cards/manifest")
    return msgspec.json.decode(chunk[1], type=GiftCardsChunk)


def card(balance: int, ref: str = CARD) -> GiftCardBalance:
    return GiftCardBalance(gift_card_ref=ref, currency="EUR", balance=balance)


def test_a_card_that_changes_is_told_with_what_is_counted_in_and_down_to_nothing(
    desk: Desk, box: Box, source: Reading
) -> None:
    planner = Planner(None, (GIFT_CARD_SET,))
    assert told(decide(source, planner)) == []
    book(desk, box, redeem("r-1", 2_000))
    (some,) = told(decide(source, planner))
    assert (some.from_version, some.to_version, some.lines) == (1, 2, (card(3_000),))
    assert [(one.edge_id, one.seq) for one in some.covers] == [("edge-s-1", 2)]
    book(desk, box, sold("s-1", line("cola", 1_000, 121)))
    assert told(decide(source, planner)) == []
    book(desk, box, redeem("r-2", 3_000), issue("i-2", 700, OTHER))
    (empty,) = told(decide(source, planner))
    assert (empty.from_version, empty.lines) == (2, (card(0), card(700, OTHER)))
    (behind,) = told(decide(source, planner, 4))
    assert (behind.from_version, behind.to_version, behind.lines) == (4, 5, (card(700, OTHER),))


def test_what_needs_more_than_one_message_is_published_whole(
    desk: Desk, box: Box, source: Reading
) -> None:
    planner = Planner(None, (GIFT_CARD_SET._replace(steps_limit=0),))
    decide(source, planner)
    book(desk, box, redeem("r-1", 2_000))
    plan = decide(source, planner)
    assert (plan.deltas, [one.key.name for one in plan.wholes]) == ([], [GIFT_CARDS])


def test_the_whole_has_all_cards_but_those_that_have_long_been_empty(
    desk: Desk, box: Box, source: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(desk, box, redeem("r-1", 5_000), redeem("r-2", 100, OTHER))
    assert whole(source).lines == tuple(sorted((card(0), card(-100, OTHER)), key=_ref))
    monkeypatch.setattr(gift_cards, "EMPTY_ENTRIES", 1)
    found = whole(source)
    assert found.lines == (card(-100, OTHER),)
    assert (found.as_of, [one.seq for one in found.covers]) == (NOW, [3])


def test_a_box_that_lost_its_last_epochs_finds_the_one_before_among_those_that_are_counted_in(
    desk: Desk, box: Box, source: Reading
) -> None:
    book(desk, box, redeem("r-1", 1_000))
    after = Box(SHOP)
    book(desk, after, redeem("r-2", 500))
    named = [(one.epoch, one.seq) for one in whole(source).covers]
    assert named == [(box.epoch, 2), (after.epoch, 1)]


def _ref(line: GiftCardBalance) -> str:
    return line.gift_card_ref


def test_what_is_on_a_card_cannot_be_kept_by_hand(desk: Desk) -> None:
    key = ListKey(ORGANIZATION, EVERY_STORE, GIFT_CARDS)
    with pytest.raises(OfficeError, match="sell or redeem it"):
        desk.store.keep(key, GiftCards(as_of=0), 1)


# --- what the office has counted, and what the box adds ----------------------------------------


class Act(NamedTuple):
    """What a box does to the card; `sale` is one that waits, or is finished, by its place."""

    kind: str
    amount: int
    sale: int


ACTS = st.lists(
    st.builds(
        Act,
        st.sampled_from(["issue", "redeem", "hold", "finish", "cancel", "void", "training"]),
        st.integers(1, 9_000),
        st.integers(0, 5),
    ),
    max_size=12,
)


class Journal:
    """Entries of one box over two epochs, and what they say is on the card."""

    def __init__(self) -> None:
        self.balance = 0
        self.box = Box(SHOP)
        self._waiting: dict[str, int] = {}
        self._finished: list[Json] = []

    def do(self, number: int, act: Act) -> None:
        name = f"s-{number}"
        waits = sorted(self._waiting)[act.sale % len(self._waiting)] if self._waiting else None
        match act.kind:
            case "issue":
                self._finish(issue(name, act.amount), act.amount)
            case "redeem":
                self._finish(redeem(name, act.amount), -act.amount)
            case "training":
                self.box.write("RetailTransaction", redeem(name, act.amount), training=True)
            case "hold":
                self._waiting[name] = act.amount
                self._write(redeem(name, act.amount, status="AwaitingTender"), -act.amount)
            case "finish" if waits is not None:
                self._finish(redeem(waits, self._waiting.pop(waits)), 0)
            case "cancel" if waits is not None:
                held = self._waiting.pop(waits)
                tenders = [tender(held), tender(-held, tender_id="t-2")]
                self._write(redeem(waits, held, status="Cancelled", tenders=tenders), held)
            case "void" if self._finished:
                self._void(name, self._finished.pop(act.sale % len(self._finished)))
            case _:
                pass

    def _finish(self, sale: Json, moved: int) -> None:
        self._finished.append(sale)
        self._write(sale, moved)

    def _void(self, name: str, sale: Json) -> None:
        sold_line, paid = sale["line_items"][0], sale["tenders"][0]
        amount = -sold_line["extended_amount"]
        turned = sold_line | {"quantity_milli": -1_000, "extended_amount": amount}
        back = paid | {"tender_id": "t-9", "amount": -paid["amount"]}
        links = [{"kind": "VoidOf", "transaction_id": sale["transaction_id"]}]
        issued = sold_line.get("gift_card_ref") is not None
        void = sold(name, turned, status="PostVoided", tenders=[back], transaction_links=links)
        self._write(void, amount if issued else paid["amount"])

    def _write(self, sale: Json, moved: int) -> None:
        self.box.write("RetailTransaction", sale)
        self.balance += moved


def office_counts(lines: tuple[bytes, ...]) -> int:
    """What the office's folds make of these."""
    sheet = Sheet()
    for number, data in enumerate(lines, 1):
        entry = read_entry(read_line(data))
        assert entry is not None
        fold(sheet, Place(ORGANIZATION, SHOP, "edge-s-1", number, 0, 0), entry)
    return sum(one.issued - one.redeemed for one in sheet.notes(GiftCardMoved))


@settings(deadline=None, max_examples=60)
@given(ACTS, ACTS)
def test_the_offices_figure_and_the_own_moves_it_lacks_are_always_what_is_on_the_card(
    before: list[Act], after: list[Act]
) -> None:
    journal = Journal()
    for number, act in enumerate(before):
        journal.do(number, act)
    first, journal.box = journal.box, Box(SHOP)
    for number, act in enumerate(after, len(before)):
        journal.do(number, act)
    lines = (*first.lines, *journal.box.lines)
    entries = [decode_entry(data) for data in lines]
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE epochs (number INTEGER PRIMARY KEY, epoch TEXT)")
    GIFT_CARDS_ISSUED.create(connection)
    for epoch in dict.fromkeys(entry.epoch for entry in entries):
        connection.execute("INSERT INTO epochs (epoch) VALUES (?)", (epoch,))
    for entry in entries:
        GIFT_CARDS_ISSUED.apply(connection, entry)
    for known in range(len(lines) + 1):
        covered = {entry.epoch: entry.seq for entry in entries[:known]} | {LOST_EPOCH: 7}
        own = own_moves(connection, CARD, covered).get("EUR", 0)
        assert office_counts(lines[:known]) + own == journal.balance
    connection.close()
