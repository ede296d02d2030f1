import pathlib

from tests.long.month_offline import measure

ENTRIES = 20_000
MEMORY_MIB = 64.0


async def test_a_backlog_drains_with_flat_memory_while_the_shop_sells_on(
    tmp_path: pathlib.Path,
) -> None:
    figures = await measure(tmp_path, ENTRIES)
    assert figures.entries >= ENTRIES
    assert figures.sold_meanwhile > 0
    assert figures.memory_growth_mib < MEMORY_MIB
