"""How forks wait and end, on either database."""

import json

import pytest

from central_office.errors import OfficeError
from central_office.fork_report import ForkRow
from central_office.ingest import Limits
from central_office.report import read_entries, read_report
from central_office.tables import Decision, Verdict
from tests.central_office.desk import NOW, PARKED_LIMIT, Desk, NewDatabase
from tests.entries import EDGE, EPOCH, NO_HASH, OTHER_EPOCH, chain, digest, entry, sale

SALE = {"entry_type": "RetailTransaction"}
ACCEPT = Verdict(Decision.ACCEPTED, "j.jansen", "sold from the old card")
REJECT = Verdict(Decision.REJECTED, "p.peeters", "somebody changed it")


def sales(*amounts: int, behind: list[bytes]) -> list[bytes]:
    lines = list(behind)
    for amount in amounts:
        number = len(lines) + 1
        payload = sale(amount) | {"sequence_number": number}
        lines.append(entry(number, digest(lines[-1]) if lines else NO_HASH, payload, **SALE))
    return lines


def decide(desk: Desk, verdict: Verdict, branch: str | None = None) -> int:
    return len(desk.store.decide((EDGE, EPOCH, branch), verdict, NOW).waiting)


def forks(desk: Desk) -> list[ForkRow]:
    return list(read_report(desk.address).forks)


def gross(desk: Desk) -> list[tuple[int, int]]:
    return [(total.sales, total.gross) for total in read_report(desk.address).sales]


def test_an_accepted_branch_is_counted_once_however_often_it_comes(desk: Desk) -> None:
    main = sales(100, 200, behind=[])
    branch = sales(300, 400, behind=main[:1])[1:]
    desk.take(*main)
    for _ in range(3):
        desk.take(*branch)
        desk.take(*reversed(branch))
    assert gross(desk) == [(2, 300)]
    assert decide(desk, ACCEPT) == 2
    assert gross(desk) == [(4, 1000)]
    desk.take(*main, *branch)
    assert gross(desk) == [(4, 1000)]
    with pytest.raises(OfficeError, match="Nothing"):
        decide(desk, ACCEPT)


def test_a_branch_that_does_not_link_waits_once_though_it_comes_twice(desk: Desk) -> None:
    desk.take(*chain(2))
    stranger = entry(3, "ab" * 32, sale(5), **SALE)
    desk.take(stranger)
    desk.take(stranger)
    assert desk.quarantined() == [("fork", stranger, 2)]
    assert decide(desk, ACCEPT) == 1
    assert gross(desk) == [(1, 5)]


def test_a_rejected_branch_counts_nowhere_and_its_bytes_stay(desk: Desk) -> None:
    main = sales(100, 200, behind=[])
    branch = sales(300, behind=main[:1])[1:]
    desk.take(*main)
    desk.take(*branch)
    assert decide(desk, REJECT) == 1
    assert gross(desk) == [(2, 300)]
    assert [data for _, data, _ in desk.quarantined()] == branch


def test_a_changed_entry_is_refused_and_the_sales_behind_it_are_booked(desk: Desk) -> None:
    main = sales(100, 200, 300, behind=[])
    changed = main[1].replace(b'"gross":200', b'"gross":900')
    desk.take(*main)
    desk.take(main[0], changed, main[2])
    later = sales(400, 500, behind=main)[3:]
    desk.take(*later)
    with pytest.raises(OfficeError, match="Several branches"):
        decide(desk, ACCEPT)
    forged, real = forks(desk)
    assert (forged.first_seq, forged.entries, forged.gross) == (2, 1, {"EUR": 900})
    assert (real.first_seq, real.last_seq, real.sales, real.gross) == (4, 5, 2, {"EUR": 900})
    assert decide(desk, REJECT, forged.branch) == 1
    assert decide(desk, ACCEPT, real.branch) == 2
    assert gross(desk) == [(5, 1500)]


def test_two_boxes_with_one_card_are_two_branches(desk: Desk) -> None:
    first = sales(100, behind=[])
    one = sales(10, 20, 30, behind=first)
    other = sales(11, 21, 31, behind=first)
    desk.take(*first)
    for mine, its in zip(one[1:], other[1:], strict=True):
        desk.take(mine)
        desk.take(its)
    assert {(fork.first_seq, fork.entries) for fork in forks(desk)} == {(3, 2), (2, 3)}
    for fork in forks(desk):
        decide(desk, ACCEPT, fork.branch)
    assert gross(desk) == [(7, 100 + 60 + 63)]


def test_the_list_names_who_decided_and_why(desk: Desk) -> None:
    main = sales(100, 200, behind=[])
    desk.take(*main)
    desk.take(*sales(300, behind=main[:1])[1:])
    assert [(fork.decision, fork.by) for fork in forks(desk)] == [("waiting", None)]
    decide(desk, ACCEPT)
    (fork,) = forks(desk)
    assert (fork.decision, fork.by, fork.reason) == (
        "accepted",
        "j.jansen",
        "sold from the old card",
    )


def test_decisions_are_a_chain_of_the_office_s_own(desk: Desk) -> None:
    main = sales(100, 200, behind=[])
    desk.take(*main)
    for amount in (300, 400):
        desk.take(*sales(amount, behind=main[:1])[1:])
        decide(desk, REJECT if amount == 300 else ACCEPT)
    lines = list(read_entries(desk.address, "office"))
    events = [json.loads(line) for line in lines]
    assert [event["seq"] for event in events] == [1, 2, 3]
    assert [event["prev_hash"] for event in events] == [NO_HASH, *map(digest, lines[:2])]
    assert [event["payload"]["event"] for event in events] == [
        "EpochStart",
        "ForkRejected",
        "ForkAccepted",
    ]
    assert events[1]["operator_id"] == "p.peeters"
    assert events[2]["payload"]["fork"]["reason"] == "sold from the old card"


def test_a_rebuild_folds_an_accepted_branch_in_its_place(desk: Desk) -> None:
    main = sales(100, 200, behind=[])
    branch = sales(300, 400, 500, behind=main[:1])[1:]
    desk.take(*main)
    desk.take(*branch)
    decide(desk, ACCEPT)
    desk.take(*chain(2, epoch=OTHER_EPOCH))
    tables = "SELECT * FROM sales", "SELECT * FROM unfolded", "SELECT * FROM resumes"
    before = [desk.query(sql) for sql in tables]
    desk.store.rebuild()
    assert [desk.query(sql) for sql in tables] == before


def test_numbers_of_an_accepted_branch_are_taken(desk: Desk) -> None:
    main = sales(100, 200, behind=[])
    desk.take(*main)
    desk.take(*sales(300, 400, 500, behind=main[:1])[1:])
    decide(desk, ACCEPT)
    resume = json.loads(desk.store.resumes([EDGE])[EDGE])
    assert resume["workstations"][0]["next_sequence_number"] == 5
    assert (resume["seq"], resume["hash"]) == (2, digest(main[1]))


def test_what_a_full_quarantine_refused_is_kept_once_a_decision_has_made_room(
    new_database: NewDatabase,
) -> None:
    main = sales(100, 200, behind=[])
    branch = sales(300, 400, behind=main[:1])[1:]
    desk = Desk(new_database(), limits=Limits(PARKED_LIMIT, quarantine_bytes=len(branch[0])))
    desk.take(*main)
    desk.take(*branch)
    assert read_report(desk.address).dropped == 1
    decide(desk, ACCEPT)
    desk.take(*branch)
    decide(desk, ACCEPT)
    assert gross(desk) == [(4, 1000)]
    desk.store.close()
