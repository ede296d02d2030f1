"""The power fails in returns, exchanges, voids and gift cards; the long form cuts everywhere."""

import pytest

from tests.stories.counter import Counter
from tests.stories.sale_cuts import KINDS, Cuts


@pytest.mark.parametrize("kind", KINDS)
async def test_money_and_goods_go_together_whenever_the_power_fails(kind: str) -> None:
    async with Counter() as counter:
        await counter.start()
        cuts = Cuts(counter)
        await cuts.open()
        for commit in range(1, 6):
            await cuts.cut(kind, commit, after=commit % 2 == 0)
        await cuts.close()
    assert cuts.tally.cuts >= 4
    assert cuts.tally.done
