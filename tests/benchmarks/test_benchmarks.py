"""A few repetitions of each benchmark: wide bounds, which noise does not reach and a trap does.

Nagle's algorithm with delayed acknowledgements is 40 ms a round trip, an fsync for each of eight
callers is a ratio of 1, a poll loop is its interval; a payment has thirty round trips.
"""

import pytest

from simulators.broker import find_mosquitto
from tests.benchmarks import (
    acknowledging,
    appending,
    fanning,
    folding,
    hanging,
    ingesting,
    paying,
    printing,
    receipts,
    reporting,
    resolving,
    scanning,
    starting,
    tapping,
    telling,
    zvt,
)
from tests.benchmarks.effort import QUICK
from tests.benchmarks.figures import Figure

pytestmark = pytest.mark.alone

SYNCS_ON_A_DISK = 15_000
"""A second. The fastest disk here makes 5,500; what is faster is no disk."""


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


async def test_a_receipt_begins_within_milliseconds() -> None:
    first_byte, _, answer, *_ = await printing.measure(QUICK)
    assert first_byte.measured < 25 + first_byte.limit
    assert answer.measured < 35 + answer.limit


async def test_a_printer_that_hangs_delays_no_other() -> None:
    for figure in await hanging.measure(QUICK):
        assert figure.measured < 1000 + figure.limit, figure.name  # a wait for it would be 3 s


async def test_a_report_takes_no_longer_after_a_day_than_after_a_few_receipts() -> None:
    for figure in await reporting.measure(QUICK):
        assert figure.measured < 100 + 4 * figure.limit, figure.name


async def test_receipts_are_set_and_logos_dithered_faster_than_printers_print() -> None:
    figures = by_name(await receipts.measure(QUICK))
    assert figures["receipt → bytes, text only"].measured > 100
    assert figures["logo 576 x 400, dithered and encoded"].measured > 5


async def test_a_scan_is_at_the_register_within_milliseconds() -> None:
    for median in (await scanning.measure(QUICK))[::2]:
        assert median.measured < 25 + median.limit


async def test_a_card_is_at_the_register_within_milliseconds_of_its_look() -> None:
    median, _ = await tapping.measure(QUICK)
    assert median.measured < 100 + median.limit


async def test_eight_registers_hear_a_scan_soon_and_weigh_little() -> None:
    median, _, memory = await fanning.measure(QUICK)
    assert median.measured < 25 + median.limit
    assert memory.measured < 300


async def test_appends_cost_little_more_than_their_sync_and_eight_callers_share_it() -> None:
    figures = by_name(await appending.measure(QUICK))
    one, eight = figures["durable appends, 1 caller"], figures["durable appends, 8 callers"]
    if one.limit > SYNCS_ON_A_DISK:  # files in memory: there is no sync to share
        assert eight.ratio > 0.3
        return
    assert one.ratio > 0.25
    assert eight.ratio > 1.5


async def test_the_daemon_is_ready_soon_and_small() -> None:
    figures = by_name(await starting.measure(QUICK))
    assert figures["start → ready, median"].ratio < 4
    assert figures["memory, idle: resident"].measured < 110
    assert figures["memory, idle: private"].measured < 90


@pytest.mark.skipif(find_mosquitto() is None, reason="Mosquitto is not installed")
async def test_the_office_acknowledges_within_milliseconds() -> None:
    median, _ = await acknowledging.measure(QUICK)
    assert median.measured < 35 + median.limit


async def test_the_office_takes_in_not_much_slower_than_its_database_writes() -> None:
    for figure in await ingesting.measure(QUICK):
        assert figure.ratio > 0.15, figure.name


async def test_the_folds_cost_no_multiple_of_taking_in() -> None:
    for figure in await folding.measure(QUICK):
        assert figure.ratio > 0.1, figure.name


async def test_a_result_of_a_terminal_is_read_and_written_at_once() -> None:
    for figure in await zvt.measure(QUICK):
        assert figure.measured > 300, figure.name


async def test_the_daemon_adds_milliseconds_to_a_payment() -> None:
    median, _ = await paying.measure(QUICK)
    assert median.measured < 400 + median.limit


async def test_open_payments_are_resolved_soon_after_a_restart() -> None:
    (figure,) = await resolving.measure(QUICK)
    assert figure.measured < 4000 + figure.limit


@pytest.mark.skipif(find_mosquitto() is None, reason="needs Mosquitto")
async def test_a_sale_shows_at_another_stores_register_within_a_second() -> None:
    half, _ = await telling.telling(5, telling.STORES[::3])
    assert half.measured < 1000 + half.limit
