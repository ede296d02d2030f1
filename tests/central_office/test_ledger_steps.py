"""How what changed is cut into deltas: nothing is lost, and nobody is left inside an entry."""

import itertools

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from central_office.downstream.ledger import Moved, delta_message, steps
from edge_daemon.records.master_data import Covered, StockDelta

SIZES = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 40)), max_size=30)
"""Of each line: how far the ledger went on before it, and its bytes."""


def shelves(sizes: list[tuple[int, int]]) -> list[Moved]:
    arrivals = itertools.accumulate((more - 1 for more, _ in sizes), initial=11)
    return [
        Moved(arrival, msgspec.Raw(b'"' + b"x" * size + b'"'))
        for arrival, (_, size) in zip(arrivals, sizes, strict=False)
    ]


@given(SIZES, st.integers(130, 400))
def test_steps_lead_on_from_each_other_and_end_with_an_entry(
    sizes: list[tuple[int, int]], room: int
) -> None:
    given_shelves = shelves(sizes)
    up_to = max([10, *(shelf.arrival for shelf in given_shelves)]) + 5
    found = steps(given_shelves, 10, up_to, room)
    entries = itertools.groupby(given_shelves, key=lambda shelf: shelf.arrival)
    largest = max((sum(len(one.line) + 1 for one in group) for _, group in entries), default=0)
    if found is None:
        assert largest > room
        return
    assert [step.after for step in found] == [10, *(step.up_to for step in found[:-1])]
    assert found[-1].up_to == up_to
    assert [line for step in found for line in step.lines] == [s.line for s in given_shelves]
    for step in found:
        assert sum(len(line) + 1 for line in step.lines) <= room
        assert step.after < step.up_to
    for step in found[:-1]:
        behind = [shelf.arrival for shelf in given_shelves if shelf.line in step.lines]
        assert step.up_to in behind


def test_a_step_is_read_as_the_edge_reads_it() -> None:
    line = b'{"item_id":"cola","location_id":"s-1","on_hand_milli":5,"available_milli":5}'
    found = steps([Moved(12, msgspec.Raw(line))], 10, 14, 1000)
    assert found is not None
    (step,) = found
    covered = [Covered(edge_id="edge-1", epoch="0" * 26, seq=7)]
    read = msgspec.json.decode(delta_message(step, 100, 99, covered), type=StockDelta)
    assert (read.from_version, read.to_version, read.as_of) == (110, 114, 99)
    assert (read.covers, read.lines[0].on_hand_milli) == (tuple(covered), 5)
    partly = msgspec.json.decode(delta_message(step, 100, 99, None), type=StockDelta)
    assert partly.covers == ()
