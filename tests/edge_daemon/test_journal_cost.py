"""The quick form of `tests.long.journal_cost` and `tests.long.journal_wear`."""

import pathlib
import shutil

import pytest

from tests.long.journal_cost import run
from tests.long.journal_wear import measure

pytestmark = pytest.mark.alone

NOISE = 2.0
"""Other work on the machine; the long form aims at 1.2 on a quiet one."""
TRIES = 3
"""What really costs more does so each time."""


@pytest.mark.timeout(120)
async def test_an_entry_costs_the_same_in_a_large_journal(tmp_path: pathlib.Path) -> None:
    ratios: list[float] = []
    for number in range(TRIES):
        directory = tmp_path / str(number)
        directory.mkdir()
        measured = await run(30_000, directory, directory / "state.json")
        (pair,) = measured.pairs
        assert (pair.row.entries, pair.small.entries) == (10_000, 4096)
        found = pair.row.ratios(pair.small)
        ratios = [min(both) for both in zip(ratios, found, strict=True)] if number else list(found)
        if max(ratios) < NOISE:
            break
    assert max(ratios) < NOISE
    again = await run(30_000, directory, directory / "state.json")
    assert again == measured, "a run that is broken off goes on"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_an_append_costs_one_sync_and_those_that_arrive_together_share_it() -> None:
    alone, together = measure(1), measure(64)
    assert alone.syncs < 1.1
    assert together.syncs < 0.2
    assert together.written_bytes < alone.written_bytes
