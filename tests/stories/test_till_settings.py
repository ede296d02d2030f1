"""What a shop may choose about its tills, and drawers that registers share."""

import contextlib
import pathlib
from collections.abc import AsyncIterator

from edge_daemon.records.payloads import TillSession
from tests.stories.a_day import TILL, Day
from tests.stories.counter import Counter, sale, ulid

SECOND = """
[[workstation]]
name = "till-2"
pos_printer = "printer"
cash_drawer = "drawer"

[[workstation]]
name = "kiosk"
payment_terminal = "terminal"
"""


class Settled(Counter):
    """A counter with more in its configuration."""

    def __init__(self, more: str) -> None:
        super().__init__()
        self._more = more

    def configuration(self) -> pathlib.Path:
        path = super().configuration()
        path.write_text(path.read_text() + self._more)
        return path


@contextlib.asynccontextmanager
async def counter_with(more: str) -> AsyncIterator[tuple[Counter, Day]]:
    async with Settled(more) as counter:
        await counter.start()
        yield counter, Day(counter)


async def test_a_shop_may_sell_nothing_without_an_open_till() -> None:
    async with counter_with("[till]\nrequire_session = true\n") as (counter, day):
        refused = await counter.put(f"/v1/sales/{ulid()}", sale())
        assert refused.status_code == 409
        assert "open it first" in refused.json()["error"]["message"]
        assert (await counter.sell(training=True))["state"] == "completed"
        session = await day.open()
        assert (await counter.sell())["state"] == "completed"
        await day.close(session)
        assert (await counter.put(f"/v1/sales/{ulid()}", sale())).status_code == 409


async def test_who_counts_blind_is_not_told_before() -> None:
    async with counter_with("[till]\nblind_counts = true\n") as (counter, day):
        session = await day.open()
        state = (await counter.get(f"/v1/till-sessions/{session}")).json()
        assert state["expected"] is None
        counted = await day.count(session, 14000, blind=True)
        assert (counted["expected"], counted["difference"]) == (15000, -1000)
        state = (await counter.get(f"/v1/till-sessions/{session}")).json()
        assert state["expected"][0]["amount"] == 15000


async def test_registers_share_the_shift_of_their_drawer_and_keep_their_own_reports() -> None:
    async with counter_with(SECOND) as (counter, day):
        session = await day.open()
        second = TILL | {"workstation": "till-2"}
        told = await counter.put(f"/v1/till-sessions/{ulid()}", second)
        assert told.status_code == 409
        assert "opened at till-1" in told.json()["error"]["message"]
        await counter.sell()
        await counter.sell(workstation="till-2")
        state = (await counter.get(f"/v1/till-sessions/{session}")).json()
        assert state["workstations"] == ["till-1", "till-2"]
        assert await day.expected(session) == 15000 + 2000
        early = await counter.put(f"/v1/period-reports/{ulid()}", second | {"kind": "Z"})
        assert early.status_code == 409
        await day.close(session)
        assert (await day.report("Z")).total_cash_sales == 1002
        z = await day.report("Z", workstation="till-2")
        assert (z.workstation_id, z.total_cash_sales) == ("till-2", 1002)


async def test_a_register_without_a_drawer_has_a_shift_of_its_own() -> None:
    async with counter_with(SECOND) as (counter, day):
        await day.confirm_the_date()
        kiosk = ulid()
        await day.put(f"/v1/till-sessions/{kiosk}", workstation="kiosk")
        session = await day.open()
        await counter.sell(workstation="kiosk", tenders=[{"type": "card"}], print_receipt=False)
        state = (await counter.get(f"/v1/till-sessions/{kiosk}")).json()
        assert (state["drawer"], state["workstations"]) == (None, ["kiosk"])
        assert await day.expected(kiosk, "CreditDebit") == 1002
        assert await day.expected(session, "CreditDebit") == 0
        opened = [each.session_id for each in await counter.payloads(TillSession)]
        assert opened == [kiosk, session]
