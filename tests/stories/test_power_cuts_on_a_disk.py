"""The quick form of `tests.long.power_cuts`."""

import pathlib

import pytest

from tests.long.loop_disk import why_there_is_no_loop_disk
from tests.long.power_cuts import run

CUTS = 10


@pytest.mark.timeout(240)
async def test_no_answered_sale_is_lost_when_the_disk_loses_its_power(
    tmp_path: pathlib.Path,
) -> None:
    reason = why_there_is_no_loop_disk()
    if reason is not None:
        pytest.skip(f"no disk whose power can be cut: {reason}")
    tally = await run(CUTS, tmp_path / "state.json", seed=1)
    assert (tally.lost, tally.corrupt, tally.broken, tally.unlike) == (0, 0, 0, 0)
    assert (tally.cuts, tally.problems) == (CUTS, [])
    assert tally.answered >= CUTS
