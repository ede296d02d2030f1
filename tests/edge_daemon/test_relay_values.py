import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.mqtt import Backoff, EdgeTopics, every_edge
from edge_daemon.records import Position
from edge_daemon.relay.cursors import Cursors
from edge_daemon.relay.pace import Pace
from edge_daemon.relay.replays import Replays
from edge_daemon.relay.window import Window

OLD, NEW = "01M7YHX2VZ5DZ1A5H8NV9ADAZQ", "01M7YHX2VZ5DZ1A5H8NV9ADAZR"
HASH = "ab" * 32


def cursors(*ends: tuple[str, int], **acked: int) -> Cursors:
    loaded = Cursors()
    loaded.load(ends, {{"old": OLD, "new": NEW}[name]: seq for name, seq in acked.items()})
    return loaded


def test_epochs_are_sent_in_the_order_in_which_they_began() -> None:
    places = cursors((NEW, 2), (OLD, 3))
    assert places.next_after() == Position(NEW, 0)
    places.published(Position(NEW, 2))
    assert places.next_after() == Position(OLD, 0)
    places.published(Position(OLD, 3))
    assert places.next_after() is None


def test_going_back_starts_behind_what_is_acknowledged() -> None:
    places = cursors((OLD, 10), old=4)
    places.published(Position(OLD, 9))
    places.acknowledge(Position(OLD, 6))
    places.go_back()
    assert places.next_after() == Position(OLD, 6)


def test_what_is_acknowledged_never_shrinks() -> None:
    places = cursors((OLD, 10), old=4)
    assert not places.acknowledge(Position(OLD, 3))
    assert places.acknowledged == Position(OLD, 4)


def test_an_acknowledgement_ahead_of_the_sending_is_not_sent_again() -> None:
    places = cursors((OLD, 10))
    places.acknowledge(Position(OLD, 8))
    assert places.next_after() == Position(OLD, 8)


def test_a_halted_epoch_holds_up_no_other() -> None:
    places = cursors((OLD, 10), (NEW, 2))
    places.halt(OLD)
    assert places.next_after() == Position(NEW, 0)
    assert places.lag == 12


def test_what_is_appended_while_the_cursors_are_read_is_not_forgotten() -> None:
    places = Cursors()
    places.appended(Position(OLD, 5))
    places.appended(Position(NEW, 1))
    places.load([(OLD, 4)], {OLD: 4})
    assert places.next_after() == Position(OLD, 4)
    assert places.lag == 2


@given(
    end=st.integers(1, 50),
    steps=st.lists(st.tuples(st.sampled_from("pab"), st.integers(0, 50)), max_size=40),
)
def test_no_entry_is_ever_left_out(end: int, steps: list[tuple[str, int]]) -> None:
    places = cursors((OLD, end))
    acked = 0
    for kind, number in steps:
        after = places.next_after()
        if kind == "p" and after is not None:
            places.published(Position(OLD, min(end, after.seq + 1 + number)))
        elif kind == "a":
            acked = max(acked, min(number, end))
            places.acknowledge(Position(OLD, min(number, end)))
        elif kind == "b":
            places.go_back()
            after = places.next_after()
            assert after == (None if acked == end else Position(OLD, acked))
    assert places.lag == end - acked


def test_the_window_is_bounded_by_messages_and_by_bytes() -> None:
    few, small = Window(2, 1000, 99), Window(9, 100, 99)
    for mid, window in enumerate((few, few, small)):
        assert window.has_room(probing=False)
        window.handed_over(mid, 100, 0.0)
        window.sent(Position(OLD, mid + 1), HASH, 100)
    assert not few.has_room(probing=False)
    assert not small.has_room(probing=False)


def test_the_broker_s_word_alone_frees_no_place_for_the_office() -> None:
    window = Window(1, 1000, 1)
    window.handed_over(7, 10, 5.0)
    window.sent(Position(OLD, 3), HASH, 10)
    assert window.unconfirmed_since == 5.0
    assert window.confirmed(7)
    assert window.unconfirmed_since is None
    assert not window.confirmed(7)
    assert not window.has_room(probing=False)
    window.delivered(Position(OLD, 2))
    assert not window.has_room(probing=False)
    window.delivered(Position(OLD, 3))
    assert window.has_room(probing=False)


def test_the_window_never_exceeds_the_broker_s_receive_maximum() -> None:
    window = Window(64, 1000, 1)
    window.handed_over(1, 1, 0.0)
    assert not window.broker_has_room


def test_an_acknowledgement_of_one_epoch_frees_nothing_of_another() -> None:
    window = Window(1, 1000, 9)
    window.sent(Position(NEW, 1), HASH, 10)
    window.delivered(Position(OLD, 100))
    assert window.waits_for_office
    assert window.hash_at(Position(NEW, 1)) == HASH


def test_patience_ends_once_and_grows() -> None:
    pace = Pace(5.0)
    pace.sent(100.0)
    pace.sent(104.0)
    assert not pace.overdue(104.9)
    assert pace.overdue(105.0)
    waits = []
    for _ in range(8):
        pace.fell_silent()
        pace.sent(0.0)
        waits.append(pace.next_moment(0.0) or 0.0)
    assert 2.5 <= waits[0] <= 5.0
    assert waits[2] > waits[0]
    assert 30.0 <= waits[-1] <= 60.0


def test_progress_renews_the_patience_and_the_end_of_waiting_ends_it() -> None:
    pace = Pace(5.0)
    pace.sent(0.0)
    pace.progressed(4.0, waiting=True)
    assert not pace.overdue(8.9)
    pace.progressed(8.0, waiting=False)
    assert pace.next_moment(8.0) is None


def test_a_word_of_the_office_ends_the_probing_at_once() -> None:
    pace = Pace(5.0)
    assert not pace.office_spoke()
    pace.refused(0.0)
    assert pace.probing
    assert pace.holds(0.1)
    assert pace.office_spoke()
    assert not pace.probing
    assert not pace.holds(0.1)


def test_nothing_is_sent_any_more_once_stopped() -> None:
    pace = Pace(5.0)
    pace.stop()
    assert not pace.office_spoke()
    assert pace.holds(1e9)
    assert pace.next_moment(0.0) in (None, math.inf)


def test_a_range_that_is_asked_for_twice_is_sent_once() -> None:
    replays = Replays()
    replays.add(OLD, 3, 9)
    replays.add(OLD, 3, 9)
    replays.add(OLD, 5, 4)
    assert replays.next_after() == (Position(OLD, 2), 9)
    replays.published(Position(OLD, 7))
    assert replays.next_after() == (Position(OLD, 7), 9)
    replays.published(None)
    assert replays.next_after() is None


def test_ranges_are_bounded() -> None:
    replays = Replays()
    for first in range(1, 10_001, 2):
        replays.add(OLD, first, first)
    served = 0
    while replays.next_after() is not None:
        replays.published(None)
        served += 1
    assert served == 64


@given(first=st.floats(0.01, 10), limit=st.floats(10, 100))
def test_delays_double_up_to_the_limit_with_jitter(first: float, limit: float) -> None:
    backoff = Backoff(first, limit)
    for step in range(12):
        full = min(first * 2**step, limit)
        assert full / 2 <= backoff.next() <= full
    backoff.reset()
    assert backoff.next() <= first


def test_topics_are_as_the_office_expects_them() -> None:
    topics = EdgeTopics.of("org-1", "8712345678906", "edge-0041")
    assert topics.journal == "pos/v1/org-1/8712345678906/edge-0041/journal"
    assert EdgeTopics.parse(topics.ack) == (topics, "ack")
    assert every_edge("journal") == "pos/v1/+/+/+/journal"
    assert every_edge("status", "org-1") == "pos/v1/org-1/+/+/status"


@pytest.mark.parametrize("level", ["", "a/b", "+", "#", "a b", "ä", "x" * 65, "a\n"])
def test_names_that_mean_something_to_mqtt_are_refused(level: str) -> None:
    for names in ((level, "s", "e"), ("o", level, "e"), ("o", "s", level)):
        with pytest.raises(ValueError, match="cannot be part"):
            EdgeTopics.of(*names)


def test_no_edge_may_be_called_office() -> None:
    with pytest.raises(ValueError, match="central office"):
        EdgeTopics.of("org-1", "store-1", "office")


@pytest.mark.parametrize("topic", ["", "pos/v1/o/s/e", "pos/v2/o/s/e/ack", "pos/v1/o/s/e/ack/x"])
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="no topic of an edge"):
        EdgeTopics.parse(topic)
