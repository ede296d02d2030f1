"""The quick form of `tests.long.chaos_evening`."""

import pathlib

import pytest

from tests.long.chaos_evening import run

ENTRIES = 1500


@pytest.mark.timeout(300)
async def test_the_office_ends_with_every_journal_s_bytes_after_an_evening_of_chaos(
    tmp_path: pathlib.Path,
) -> None:
    tally = await run(ENTRIES, tmp_path / "state.json", seed=1, pace=0.3)
    assert tally.problems == []
    assert tally.entries >= ENTRIES
    kills = (tally.daemon_kills, tally.broker_kills, tally.office_kills)
    assert all(kills), "each of them was killed"
    assert min(tally.cuts, tally.half_open, tally.delayed, tally.throttled) > 0
    assert min(tally.doubled, tally.overtaken, tally.echoed, tally.duplicates) > 0
