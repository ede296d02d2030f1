import pathlib

import pytest

from edge_daemon.payments.diagram import document
from edge_daemon.payments.states import FINAL, IN_FLIGHT, MONEY, TRANSITIONS, may_follow
from edge_daemon.records.payloads import PaymentState

# The rows of the reference's table of transitions: a second witness for ours.
S = PaymentState
ROWS = {
    (S.CREATED, S.SENT),
    (S.CREATED, S.NOT_PROCESSED),
    (S.SENT, S.IN_PROGRESS),
    *((before, S.NOT_PROCESSED) for before in (S.SENT, S.ABORTING)),
    *((before, S.RESULT_RECEIVED) for before in (S.SENT, S.IN_PROGRESS, S.ABORTING)),
    *((before, S.DECLINED) for before in (S.SENT, S.IN_PROGRESS, S.ABORTING)),
    *((before, S.ABORTING) for before in (S.SENT, S.IN_PROGRESS)),
    *((before, S.AWAITING_SIGNATURE) for before in (S.IN_PROGRESS, S.RESULT_RECEIVED)),
    *((S.AWAITING_SIGNATURE, after) for after in (S.IN_PROGRESS, S.CONFIRMED, S.REVERSED)),
    *((S.RESULT_RECEIVED, after) for after in (S.CONFIRMED, S.DECLINED, S.REVERSED)),
    *(
        (before, S.IN_DOUBT)
        for before in (S.SENT, S.IN_PROGRESS, S.ABORTING, S.RESULT_RECEIVED, S.AWAITING_SIGNATURE)
    ),
    (S.IN_DOUBT, S.RESOLVING),
    (S.IN_DOUBT, S.MANUAL_REVIEW),
    *(
        (S.RESOLVING, after)
        for after in (S.APPROVED, S.DECLINED, S.NOT_PROCESSED, S.REVERSED, S.MANUAL_REVIEW)
    ),
    (S.RESOLVING, S.IN_DOUBT),
    *((S.MANUAL_REVIEW, after) for after in (S.APPROVED, S.DECLINED, S.NOT_PROCESSED, S.REVERSED)),
    (S.CONFIRMED, S.REVERSED),
    (S.APPROVED, S.REVERSED),
}
ANOTHER_TRY_AT_THE_PIN = {(S.RESULT_RECEIVED, S.RESULT_RECEIVED)}


def test_the_table_is_the_reference_s() -> None:
    ours = {
        (before, after)
        for before, following in TRANSITIONS.items()
        if before is not None
        for after in following
    }
    assert ours == ROWS | ANOTHER_TRY_AT_THE_PIN


def test_nothing_in_doubt_is_ever_sent_again() -> None:
    reached, frontier = set(), {S.IN_DOUBT}
    while frontier:
        reached |= frontier
        frontier = {after for one in frontier for after in TRANSITIONS[one]} - reached
    assert not reached & {S.CREATED, S.SENT, S.IN_PROGRESS, S.CONFIRMED}


@pytest.mark.parametrize("state", sorted(FINAL - MONEY))
def test_what_has_ended_without_money_stays_so(state: PaymentState) -> None:
    assert not any(may_follow(state, after) for after in PaymentState)


def test_every_state_in_flight_can_end_in_doubt() -> None:
    assert all(may_follow(state, S.IN_DOUBT) for state in IN_FLIGHT)


def test_the_documented_diagram_is_drawn_from_the_table() -> None:
    page = pathlib.Path(__file__).parents[2] / "docs" / "payment-states.md"
    assert page.read_text(encoding="utf-8") == document()
