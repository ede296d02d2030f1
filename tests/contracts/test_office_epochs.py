"""O12: a new epoch is always taken in, and what does not fit is an alarm for a person."""

import json
from typing import Any

import pytest

from central_office.report import read_report
from tests.central_office.desk import NOW, Desk
from tests.entries import EDGE, EPOCH, NO_HASH, OTHER_EPOCH, chain, digest, entry

DAY_US = 86_400_000_000


def begin(desk: Desk, epoch: str = OTHER_EPOCH, **changes: Any) -> str | None:
    """Take an epoch's first entry in, and return the alarm about it."""
    envelope = {"occurred_at": changes.pop("occurred_at", NOW + 10)}
    payload = {"event": "EpochStart", "reason": "restored", **changes}
    first = entry(1, NO_HASH, payload, epoch=epoch, **envelope)
    desk.take(first)
    assert desk.stored(epoch) == [first]
    return {row.epoch: row.link_alarm for row in read_report(desk.address).streams}[epoch]


def behind(lines: list[bytes], seq: int) -> dict[str, Any]:
    digest_there = digest(lines[seq - 1])
    return {"previous_epoch": EPOCH, "previous_seq": seq, "previous_hash": digest_there}


def test_an_epoch_that_goes_on_where_the_edge_ended_is_shown_and_no_more(desk: Desk) -> None:
    lines = chain(3)
    desk.take(*lines)
    assert begin(desk, **behind(lines, 3)) is None


def test_a_box_that_began_blank_is_told_so_until_it_goes_on_behind_the_numbers(desk: Desk) -> None:
    lines = chain(3)
    desk.take(*lines)
    begin(desk)
    resume = json.loads(desk.store.resumes([EDGE])[EDGE])
    assert (resume["epoch"], resume["seq"], resume["began_blank"]) == (EPOCH, 3, OTHER_EPOCH)
    (blank,) = desk.stored(OTHER_EPOCH)
    follower = "01M7YHX2VZ5DZ1A5H8NV9ADAZZ"
    begin(desk, follower, previous_epoch=OTHER_EPOCH, previous_seq=1, previous_hash=digest(blank))
    resume = json.loads(desk.store.resumes([EDGE])[EDGE])
    assert (resume["epoch"], resume["seq"]) == (follower, 1)
    assert "began_blank" not in resume


def test_the_first_epoch_of_a_new_box_is_no_alarm(desk: Desk) -> None:
    assert begin(desk) is None


def test_an_epoch_behind_a_branch_in_quarantine_is_no_alarm(desk: Desk) -> None:
    main = chain(3)
    branch = chain(4, start=[main[0], entry(2, digest(main[0]), {"event": "Stop"})])
    desk.take(*main)
    desk.take(*branch[1:])
    assert begin(desk, **behind(branch, 4)) is None


ALARMS: dict[str, dict[str, Any]] = {
    "the card was lost": {},
    "an old card is in use": {"seq": 2},
    "another entry 3": {"seq": 3, "previous_hash": "ab" * 32},
    "the office holds nothing": {"seq": 3, "previous_epoch": "01M7YHX2VZ5DZ1A5H8NV9ADAZZ"},
    "the box's clock was wrong": {"seq": 3, "occurred_at": NOW - DAY_US},
    "look at its clock": {"seq": 3, "occurred_at": NOW + DAY_US},
    "9223372036854775807 us": {"seq": 3, "occurred_at": 2**63 - 1},
}


@pytest.mark.parametrize("words", ALARMS)
def test_what_the_card_or_the_clock_is_not_is_named(desk: Desk, words: str) -> None:
    lines = chain(3)
    desk.take(*lines)
    changes = dict(ALARMS[words])
    seq = changes.pop("seq", None)
    alarm = begin(desk, **({} if seq is None else behind(lines, seq)) | changes)
    assert alarm is not None
    assert words in alarm


def test_two_epochs_from_one_place_are_two_boxes(desk: Desk) -> None:
    lines = chain(3)
    desk.take(*lines)
    assert begin(desk, **behind(lines, 3)) is None
    second = begin(desk, "01M7YHX2VZ5DZ1A5H8NV9ADAZZ", **behind(lines, 3))
    assert second is not None
    assert "two boxes" in second
