"""A quiet hour: nothing is booked anywhere, and the tills know whether the office is there."""

import asyncio
import pathlib
from typing import Any

import pytest

from central_office.downstream import ledger_steps
from central_office.office import Office
from central_office.settings import OfficeSettings
from edge_daemon.mqtt import BrokerSettings
from simulators.broker import Broker
from tests.edge_daemon.test_clock import HOUR_US, Machine
from tests.stories.counter import Counter, ulid
from tests.stories.head_office import PATIENCE_SECONDS, acknowledged

GTIN = "8710400145981"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


async def level(counter: Counter) -> dict[str, Any]:
    answer = await counter.get(f"/v1/stock/{GTIN}")
    found: dict[str, Any] = answer.json()
    return found


async def until_as_of(counter: Counter, moment: int) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await level(counter)).get("as_of") != moment:
            assert found.get("stale", True) or found["age_ms"] == 0
    return found


async def test_stock_stays_fresh_while_nothing_is_booked_and_grows_old_without_the_office(
    tmp_path: pathlib.Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_steps, "BEAT_SECONDS", 0.2)

    def office(port: int) -> Office:
        broker = BrokerSettings(port=port)
        settings = OfficeSettings(database=str(tmp_path / "office.db"), broker=broker)
        return Office(settings, now_us=lambda: machine.wall)

    async with (
        Broker(kind="mosquitto") as broker,
        Counter(relay=f"[relay]\nport = {broker.port}\n") as counter,
    ):
        await counter.start()
        body = {"workstation": "till-1", "operator_id": "op-17", "kind": "receipt", "reason": "x"}
        goods = {"lines": [{"gtin": GTIN, "quantity_milli": 5_000}]}
        assert (await counter.put(f"/v1/stock-movements/{ulid()}", body | goods)).is_success
        async with office(broker.port):
            await acknowledged(counter)
            await until_as_of(counter, machine.wall)
            booked = counter.daemon.journal.head
            machine.run(HOUR_US)
            assert (await until_as_of(counter, machine.wall))["stale"] is False
            assert counter.daemon.journal.head == booked
            assert counter.daemon.master_data.rejected == {}
        machine.run(HOUR_US)
        found = await level(counter)
        assert (found["stale"], found["age_ms"]) == (True, 3_600_000)
        async with office(broker.port):
            assert (await until_as_of(counter, machine.wall))["stale"] is False
