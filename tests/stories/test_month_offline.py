import pathlib

from tests.long.drain_memory import measure as measure_memory
from tests.long.month_offline import measure

ENTRIES = 20_000
MEMORY_MIB = 64.0
SIZES = (4_000, 40_000)
FLAT_MIB = 8.0
"""What the longer backlog may cost more than the shorter: allocators differ by less."""


async def test_a_backlog_drains_with_flat_memory_while_the_shop_sells_on(
    tmp_path: pathlib.Path,
) -> None:
    figures = await measure(tmp_path, ENTRIES)
    assert figures.entries >= ENTRIES
    assert figures.sold_meanwhile > 0
    assert figures.memory_growth_mib < MEMORY_MIB


def test_a_backlog_ten_times_as_long_takes_no_more_memory(tmp_path: pathlib.Path) -> None:
    short, long = measure_memory(tmp_path, SIZES)
    assert long.growth < short.growth + FLAT_MIB
