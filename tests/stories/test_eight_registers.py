import asyncio
import itertools

import pytest

from tests.long.eight_registers import REGISTERS, Figures, run


@pytest.mark.alone
@pytest.mark.timeout(240)
async def test_eight_registers_share_a_printer_and_a_terminal_and_lose_no_event() -> None:
    figures, turns = Figures(), itertools.count()
    async with asyncio.timeout(200):
        done = await run(figures, lambda: next(turns) < 5 * REGISTERS)
    assert done.sold + done.prints + done.pulses > REGISTERS
    assert figures.reconnects > REGISTERS
    assert figures.events > 5 * REGISTERS
