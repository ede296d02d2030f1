import itertools

import pytest

from central_office.share import Share

EDGES = [f"edge-{number}" for number in range(2_000)]
WORKERS = ("night-1", "night-2", "night-3", "night-4")


def taken_by(present: tuple[str, ...]) -> dict[str, set[str]]:
    shares = {worker: Share(worker) for worker in present}
    for share in shares.values():
        assert share.divide(present)
        assert not share.divide(tuple(reversed(present)))
    return {w: {edge for edge in EDGES if share.has(edge)} for w, share in shares.items()}


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_each_edge_falls_to_one_worker(count: int) -> None:
    taken = taken_by(WORKERS[:count])
    assert set().union(*taken.values()) == set(EDGES)
    for one, other in itertools.combinations(taken.values(), 2):
        assert not one & other
    assert all(len(part) > len(EDGES) / count / 2 for part in taken.values())


def test_a_worker_that_goes_moves_only_its_own_edges() -> None:
    before, after = taken_by(WORKERS), taken_by(WORKERS[:3])
    for worker in WORKERS[:3]:
        assert before[worker] <= after[worker]


def test_nothing_falls_to_a_worker_that_is_not_there() -> None:
    share = Share("night-9")
    share.divide(WORKERS)
    assert not any(map(share.has, EDGES))
