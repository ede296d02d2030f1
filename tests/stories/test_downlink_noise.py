import pathlib

import pytest

from tests.long.fuzz_downlink import bombard

MESSAGES = 1_500
MEMORY_MIB = 64.0


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_comes_down_is_nothing_but_a_rejection(
    tmp_path: pathlib.Path, seed: int
) -> None:
    figures = await bombard(tmp_path, MESSAGES, seed)
    assert figures.sold_meanwhile >= MESSAGES // 100
    assert set(figures.rejected) >= {"stock", "operators"}
    assert figures.memory_growth_mib < MEMORY_MIB
