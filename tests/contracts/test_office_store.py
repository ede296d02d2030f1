import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central_office.ingest import Limits
from central_office.report import read_report
from edge_daemon.records import new_ulid
from tests.central_office.desk import NOW, PARKED_LIMIT, Desk, NewDatabase
from tests.entries import (
    EDGE,
    EPOCH,
    JOURNAL_TOPIC,
    NO_HASH,
    OTHER_EPOCH,
    STATUS_TOPIC,
    chain,
    digest,
    entry,
    sale,
)


def test_the_same_bytes_are_stored_in_order(desk: Desk) -> None:
    lines = chain(5)
    standing = desk.take(*lines)
    assert desk.stored() == lines
    assert standing is not None
    assert (standing.up_to_seq, standing.hash) == (5, digest(lines[-1]))


def test_a_line_feed_at_the_end_is_accepted(desk: Desk) -> None:
    lines = chain(2)
    desk.take(*lines, b"")
    assert desk.stored() == lines
    assert desk.quarantined() == []


def test_unicode_line_separators_inside_an_entry_do_not_cut_it(desk: Desk) -> None:
    line = entry(1, NO_HASH, {"event": "Start", "note": "a\u2028b\u0085c"})
    desk.take(line)
    assert desk.stored() == [line]


def test_entries_that_come_again_are_counted_and_not_doubled(desk: Desk) -> None:
    lines = chain(4)
    desk.take(*lines)
    standing = desk.take(*lines[1:3])
    desk.take(lines[3])
    assert desk.stored() == lines
    assert standing is not None
    assert standing.up_to_seq == 4
    assert read_report(desk.address).streams[0].duplicates == 3


def test_entries_beyond_a_hole_are_parked_and_the_hole_is_named(desk: Desk) -> None:
    lines = chain(6)
    standing = desk.take(lines[0], *lines[3:])
    assert standing is not None
    assert (standing.up_to_seq, standing.missing) == (1, (2, 3))
    assert desk.stored() == lines[:1]
    filled = desk.take(*lines[1:3])
    assert filled is not None
    assert (filled.up_to_seq, filled.missing) == (6, None)
    assert desk.stored() == lines


def test_a_full_park_keeps_what_is_nearest(desk: Desk) -> None:
    lines = chain(PARKED_LIMIT + 5)
    desk.take(*reversed(lines[1:]))
    kept = desk.query("SELECT min(seq), max(seq), count(*) FROM parked")
    assert kept == [(2, PARKED_LIMIT + 1, PARKED_LIMIT)]
    standing = desk.take(lines[0])
    assert standing is not None
    assert standing.up_to_seq == PARKED_LIMIT + 1


def test_what_is_parked_of_an_edge_is_bounded_over_all_of_its_epochs(desk: Desk) -> None:
    lines, others = chain(PARKED_LIMIT), chain(PARKED_LIMIT, epoch=OTHER_EPOCH)
    desk.take(*lines[1:])
    desk.take(*others[1:])
    kept = desk.query("SELECT count(*), max(seq) FROM parked")
    assert kept == [(PARKED_LIMIT, PARKED_LIMIT // 2 + 1)]
    desk.take(lines[0], others[0])
    desk.take(*lines, *others)
    assert desk.stored() + desk.stored(OTHER_EPOCH) == lines + others


def test_what_is_parked_of_an_edge_is_bounded_in_bytes(new_database: NewDatabase) -> None:
    lines = chain(6)
    desk = Desk(new_database(), limits=Limits(parked_bytes=2 * len(lines[1]) + 10))
    desk.take(*lines[1:])
    assert desk.query("SELECT seq FROM parked ORDER BY seq") == [(2,), (3,)]
    standing = desk.take(lines[0])
    assert standing is not None
    assert standing.up_to_seq == 3
    desk.store.close()


def test_another_entry_at_a_stored_place_is_a_fork(desk: Desk) -> None:
    lines = chain(3)
    desk.take(*lines)
    branch = entry(2, digest(lines[0]), {"event": "Stop"})
    standing = desk.take(branch)
    assert standing is not None
    assert standing.alarm is not None
    assert (standing.up_to_seq, standing.hash) == (3, digest(lines[2]))
    assert desk.stored() == lines
    assert desk.quarantined() == [("fork", branch, 1)]


def test_nothing_is_taken_in_behind_a_fork(desk: Desk) -> None:
    lines = chain(4)
    desk.take(*lines[:3])
    branch = chain(5, start=[*lines[:1], entry(2, digest(lines[0]), {"event": "Stop"})])
    standing = desk.take(*branch[1:], lines[3])
    assert standing is not None
    assert standing.up_to_seq == 3
    assert desk.stored() == lines[:3]
    assert [data for _, data, _ in desk.quarantined()] == [*branch[1:], lines[3]]


def test_an_entry_that_does_not_link_is_a_fork(desk: Desk) -> None:
    lines = chain(2)
    desk.take(*lines)
    stranger = entry(3, "ab" * 32)
    standing = desk.take(stranger)
    assert standing is not None
    assert standing.up_to_seq == 2
    assert desk.quarantined() == [("fork", stranger, 1)]


def test_a_first_entry_must_link_to_nothing(desk: Desk) -> None:
    standing = desk.take(entry(1, "ab" * 32))
    assert standing is not None
    assert (standing.up_to_seq, standing.alarm is None) == (0, False)


@pytest.mark.parametrize("first", range(0, 63, 7))
def test_a_flipped_byte_never_passes_unseen(new_database: NewDatabase, first: int) -> None:
    desk = Desk(new_database())
    for at in range(first, 560, 63):
        epoch = f"{EPOCH[:-3]}{at:03}"
        lines = chain(3, epoch=epoch)
        flipped = bytearray(lines[1])
        flipped[at % len(flipped)] ^= 0x01
        desk.take(lines[0], bytes(flipped), lines[2])
        standing = desk.take(*lines)
        assert standing is not None
        stored = desk.stored(epoch)
        assert stored == lines or (standing.alarm is not None and standing.up_to_seq < 3)
    desk.store.close()


def test_parked_entries_of_a_forked_epoch_wait_in_quarantine(desk: Desk) -> None:
    lines = chain(4)
    desk.take(lines[0], lines[3])
    desk.take(entry(2, "ab" * 32))
    assert [(reason, data) for reason, data, _ in desk.quarantined()][1] == (
        "after_fork",
        lines[3],
    )
    assert desk.query("SELECT count(*) FROM parked") == [(0,)]


def test_the_same_refused_bytes_are_kept_once(desk: Desk) -> None:
    desk.take(b"{")
    desk.take(b"{")
    assert desk.quarantined() == [("unreadable", b"{", 2)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b'{"seq":1}', "unreadable"),
        (b"[" * 100_000, "unreadable"),
        (entry(0, NO_HASH), "unreadable"),
        (entry(2**63, NO_HASH), "unreadable"),
        (entry(1, "short"), "unreadable"),
        (entry(1, NO_HASH).replace(b"caf\xc3\xa9", b"caf\xe9"), "unreadable"),
        (entry(1, NO_HASH, {"note": "x" * 262_144}), "unreadable"),
        (entry(1, NO_HASH, edge_id="edge-0042"), "wrong_topic"),
        (entry(1, NO_HASH, organization_id="org-2"), "wrong_topic"),
        (entry(1, NO_HASH, retail_store_id="other"), "wrong_topic"),
    ],
)
def test_what_cannot_be_taken_in_is_kept_with_its_reason(
    desk: Desk, line: bytes, reason: str
) -> None:
    assert desk.take(line) is None
    assert desk.quarantined() == [(reason, line, 1)]
    assert desk.stored() == []


def test_an_edge_that_shows_up_at_another_store_is_refused(desk: Desk) -> None:
    desk.take(*chain(1))
    moved = entry(1, NO_HASH, retail_store_id="other")
    assert desk.take(moved, topic=f"pos/v1/org-1/other/{EDGE}/journal") is None
    assert desk.quarantined() == [("other_store", moved, 1)]


def test_no_edge_passes_for_the_office(desk: Desk) -> None:
    line = entry(1, NO_HASH, edge_id="office")
    desk.take(line, topic="pos/v1/org-1/8712345678906/office/journal")
    assert desk.quarantined() == [("wrong_topic", line, 1)]


def test_a_payload_of_a_later_version_is_stored(desk: Desk) -> None:
    line = entry(1, NO_HASH, {"anything": [1, 2]}, entry_type="NotInventedYet")
    desk.take(line)
    assert desk.stored() == [line]


def test_a_known_type_with_a_strange_payload_is_stored_and_not_folded(desk: Desk) -> None:
    line = entry(1, NO_HASH, {"status": "Completed"}, entry_type="RetailTransaction")
    desk.take(line)
    assert desk.stored() == [line]
    assert desk.query("SELECT arrival FROM unfolded") == [(1,)]


def test_every_head_is_answered_with_where_the_office_stands(desk: Desk) -> None:
    lines = chain(3)
    unknown = desk.take_status(epoch=EPOCH, seq=3, hash=digest(lines[2]))
    desk.take(*lines)
    known = desk.take_status(epoch=EPOCH, seq=3, hash=digest(lines[2]))
    behind = desk.take_status(epoch=EPOCH, seq=1, hash=digest(lines[0]))
    assert unknown is not None
    assert known is not None
    assert behind is not None
    assert (unknown.up_to_seq, unknown.hash, unknown.missing) == (0, NO_HASH, (1, 3))
    assert (known.up_to_seq, known.missing) == (3, None)
    assert (behind.up_to_seq, behind.missing, behind.alarm) == (3, None, None)


def test_a_head_of_another_history_raises_the_alarm(desk: Desk) -> None:
    desk.take(*chain(3))
    standing = desk.take_status(epoch=EPOCH, seq=2, hash="ab" * 32)
    assert standing is not None
    assert standing.alarm is not None


def test_a_head_without_a_hash_says_nothing_about_the_history(desk: Desk) -> None:
    desk.take(*chain(3))
    standing = desk.take_status(epoch=EPOCH, seq=3)
    assert standing is not None
    assert (standing.up_to_seq, standing.alarm) == (3, None)


def test_an_old_will_does_not_pass_for_news(desk: Desk) -> None:
    desk.take_status(connection=7)
    desk.take_status(state="offline", connection=6)
    assert desk.query("SELECT state FROM edges") == [("online",)]
    desk.take_status(state="offline", connection=7)
    assert desk.query("SELECT state FROM edges") == [("offline",)]


def test_epochs_stand_side_by_side(desk: Desk) -> None:
    first, second = chain(2), chain(3, epoch=OTHER_EPOCH)
    desk.take(*first)
    desk.take(*second)
    assert desk.stored(EPOCH) == first
    assert desk.stored(OTHER_EPOCH) == second


def test_sales_are_counted_once_and_training_never(desk: Desk) -> None:
    kind = {"entry_type": "RetailTransaction"}
    lines = [entry(1, NO_HASH, sale(1250), **kind)]
    lines.append(entry(2, digest(lines[0]), sale(999), **kind, training=True))
    lines.append(entry(3, digest(lines[1]), sale(500, status="AwaitingTender"), **kind))
    lines.append(entry(4, digest(lines[2]), sale(750), **kind))
    lines.append(entry(5, digest(lines[3]), sale(-1250, status="PostVoided"), **kind))
    lines.append(entry(6, digest(lines[4]), sale(300, currency="CHF"), **kind))
    desk.take(*lines)
    desk.take(*lines)
    totals = [
        (total.currency, total.sales, total.gross) for total in read_report(desk.address).sales
    ]
    assert totals == [("CHF", 1, 300), ("EUR", 1, 750)]


def test_a_rebuild_gives_equal_tables(desk: Desk) -> None:
    kind = {"entry_type": "RetailTransaction"}
    lines = [entry(1, NO_HASH, sale(1250), **kind)]
    lines.append(entry(2, digest(lines[0]), {"strange": 1}, **kind))
    desk.take(*lines)
    tables = "SELECT * FROM sales", "SELECT * FROM unfolded", "SELECT * FROM resumes"
    before = [desk.query(sql) for sql in tables]
    desk.store.rebuild()
    assert [desk.query(sql) for sql in tables] == before


def test_nothing_is_lost_when_the_process_ends_without_a_word(new_database: NewDatabase) -> None:
    lines = chain(3)
    address = new_database()
    crashed = Desk(address)
    crashed.take(*lines[:2])
    crashed.store._database._connection.close()  # type: ignore[attr-defined]  # of either kind
    desk = Desk(address)
    desk.take(*lines)
    assert desk.stored() == lines
    desk.store.close()


def test_a_full_quarantine_only_counts(new_database: NewDatabase) -> None:
    desk = Desk(new_database(), limits=Limits(PARKED_LIMIT, quarantine_bytes=10))
    desk.take(b"12345678")
    desk.take(b"abcdefgh")
    desk.take(b"12345678")
    assert desk.quarantined() == [("unreadable", b"12345678", 2)]
    assert read_report(desk.address).dropped == 1
    desk.store.close()


def test_figures_that_no_total_can_hold_are_stored_and_not_folded(desk: Desk) -> None:
    kind = {"entry_type": "RetailTransaction"}
    lines = [entry(1, NO_HASH, sale(10**13), **kind)]
    lines.append(entry(2, digest(lines[0]), sale(2**70), **kind))
    lines.append(entry(3, digest(lines[1]), sale(5, currency="E\0"), **kind))
    desk.take(*lines)
    assert desk.stored() == lines
    assert len(desk.query("SELECT * FROM unfolded")) == 2


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chance=st.randoms(use_true_random=False), length=st.integers(1, PARKED_LIMIT + 1))
def test_any_order_cut_and_repetition_gives_the_same_chain(
    desk: Desk, chance: random.Random, length: int
) -> None:
    epoch = new_ulid(NOW)
    lines = chain(length, epoch=epoch)
    sent = chance.choices(lines, k=length) + lines
    chance.shuffle(sent)
    while sent:
        count = chance.randint(1, len(sent))
        desk.take(*sent[:count])
        del sent[:count]
    assert desk.stored(epoch) == lines
    assert desk.quarantined() == []


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(topic=st.text(max_size=40) | st.just(STATUS_TOPIC), payload=st.binary(max_size=200))
def test_whatever_is_published_only_fills_the_quarantine(
    desk: Desk, topic: str, payload: bytes
) -> None:
    desk.store.take_in([(topic, payload), (JOURNAL_TOPIC, payload)], NOW)
    assert desk.stored() == []
