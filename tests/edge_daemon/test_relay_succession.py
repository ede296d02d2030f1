import asyncio
import json
import pathlib
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from central_office.report import read_report
from edge_daemon.journal import StoredEntry
from edge_daemon.records import Position, decode_entry
from edge_daemon.records.payloads import SystemEvent
from simulators.broker import Broker
from tests.entries import EDGE, EPOCH, ORGANIZATION, STORE
from tests.relaying import PATIENCE_SECONDS, Edge, Tap, office, open_edge, stored
from tests.scripted_broker import ScriptedBroker

TOPICS = f"pos/v1/{ORGANIZATION}/{STORE}/{EDGE}"


@pytest.fixture
async def mosquitto() -> AsyncIterator[Broker]:
    async with Broker(kind="mosquitto") as broker:
        yield broker


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.db"


def resume(epoch: str, seq: int, digest: str = "ab" * 32, **changes: Any) -> bytes:
    numbers = {"workstation_id": "till-1", "next_sequence_number": 41, "next_training_number": 3}
    message = {
        "epoch": epoch,
        "seq": seq,
        "hash": digest,
        "workstations": [numbers],
        "unresolved_payments": [],
    }
    return json.dumps(message | changes).encode()


async def epoch_starts(edge: Edge) -> list[SystemEvent]:
    found = []
    for epoch in await edge.journal.epochs():
        first = await edge.journal.entry_at(Position(epoch, 1))
        assert isinstance(first, StoredEntry)
        payload = decode_entry(first.data).payload
        assert isinstance(payload, SystemEvent)
        found.append(payload)
    return found


async def begun(edge: Edge, epochs: int) -> None:
    """Wait until the journal has so many epochs."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await edge.journal.epochs()) < epochs:
            await edge.journal.check_alive()


async def test_e5_a_rolled_back_card_begins_an_epoch_with_the_office_s_numbers(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    async with Tap(mosquitto.port) as tap, open_edge(path, mosquitto.port) as edge:
        old = edge.journal.head
        await tap.publish(f"{TOPICS}/resume", resume(old.epoch, 1000), retain=True)
        await begun(edge, 2)
        state = edge.relay.state()
        _, start = await epoch_starts(edge)
    assert "older copy" in state.alarm
    assert f"{old.epoch}.1000" in state.alarm
    assert (start.reason, start.previous_epoch, start.previous_hash) == (
        "restored",
        old.epoch,
        old.hash,
    )
    assert start.carried_over is not None
    assert start.carried_over.source == "Resume"
    assert start.carried_over.workstations[0].next_sequence_number == 41


async def test_e5_an_epoch_begins_once_however_often_the_office_says_so(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    async with Tap(mosquitto.port) as tap, open_edge(path, mosquitto.port) as edge:
        epoch = edge.journal.head.epoch
        await tap.publish(f"{TOPICS}/resume", resume(epoch, 1000), retain=True)
        ack = {"epoch": epoch, "up_to_seq": 1000, "hash": "ab" * 32}
        for _ in range(3):
            await tap.publish(f"{TOPICS}/ack", json.dumps(ack).encode(), retain=True)
        await begun(edge, 2)
        await edge.asleep()
        assert len(await edge.journal.epochs()) == 2


async def test_e8_the_branch_of_a_rolled_back_card_waits_in_quarantine_beside_the_new_epoch(
    mosquitto: Broker, path: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    database, image = tmp_path / "office.db", tmp_path / "image.db"
    async with office(database, mosquitto.port):
        async with open_edge(path, mosquitto.port) as edge:
            await edge.append(3)
            await edge.acknowledged()
        shutil.copy(path, image)
        async with open_edge(path, mosquitto.port) as edge:
            await edge.append(30)
            await edge.acknowledged()
            true_lines = await edge.lines()
        async with (
            Tap(mosquitto.port, f"{TOPICS}/ack") as tap,
            open_edge(image, mosquitto.port) as edge,
        ):
            await edge.append(2, size=77)
            await begun(edge, 2)
            state = edge.relay.state()
            await edge.append(5)
            head = edge.journal.head
            wanted = (head.epoch, head.seq)
            await tap.next(
                lambda message: (
                    (
                        (ack := json.loads(message.payload))["epoch"],
                        ack["up_to_seq"],
                    )
                    == wanted
                )
            )
            branch = (await edge.lines())[4:6]
    assert "older copy" in state.alarm or "another history" in state.alarm
    assert stored(database)[: len(true_lines)] == true_lines
    assert len(stored(database)) == len(true_lines) + head.seq
    assert {row.reason for row in read_report(database).quarantine} >= {"fork"}
    assert len(branch) == 2


async def test_a_card_that_began_blank_before_the_office_spoke_goes_on_behind_its_numbers(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    async with Tap(mosquitto.port) as tap, open_edge(path, mosquitto.port) as edge:
        await edge.until(lambda state: state.connected)
        await tap.publish(f"{TOPICS}/resume", resume(EPOCH, 1000), retain=True)
        state = await edge.until(lambda state: state.alarm != "")
        await begun(edge, 2)
        _, start = await epoch_starts(edge)
    assert "began blank" in state.alarm
    assert start.carried_over is not None
    assert start.carried_over.workstations[0].next_sequence_number == 41


async def test_a_card_that_began_blank_goes_on_behind_the_numbers_also_when_they_come_late(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    async with Tap(mosquitto.port) as tap, open_edge(path, mosquitto.port) as edge:
        blank = edge.journal.head
        ack = {"epoch": blank.epoch, "up_to_seq": blank.seq, "hash": blank.hash}
        await edge.until(lambda state: state.connected)
        await edge.asleep()
        await tap.publish(f"{TOPICS}/ack", json.dumps(ack).encode(), retain=True)
        await edge.acknowledged()
        for _ in range(2):
            message = resume(EPOCH, 1000, began_blank=blank.epoch)
            await tap.publish(f"{TOPICS}/resume", message, retain=True)
        state = await edge.until(lambda state: state.alarm != "")
        await begun(edge, 2)
        await edge.asleep()
        starts = await epoch_starts(edge)
    async with open_edge(path, mosquitto.port) as edge:
        await edge.until(lambda state: state.alarm != "")
        await edge.asleep()
        assert len(await edge.journal.epochs()) == 2
    assert "began blank" in state.alarm
    assert [start.previous_epoch for start in starts] == [None, blank.epoch]
    assert starts[1].carried_over is not None
    assert starts[1].carried_over.workstations[0].next_sequence_number == 41


async def test_an_acknowledgement_for_another_box_means_a_clone(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    async with Tap(mosquitto.port) as tap, open_edge(path, mosquitto.port) as edge:
        await edge.until(lambda state: state.connected)
        await edge.asleep()
        ack = {"epoch": EPOCH, "up_to_seq": 5, "hash": "ab" * 32}
        await tap.publish(f"{TOPICS}/ack", json.dumps(ack).encode())
        state = await edge.until(lambda state: state.alarm != "")
        assert len(await edge.journal.epochs()) == 1
    assert "same edge id" in state.alarm


async def test_a_connection_taken_over_by_the_same_name_means_a_clone(path: pathlib.Path) -> None:
    async with ScriptedBroker() as broker, open_edge(path, broker.port) as edge:
        await broker.next("/status")
        broker.disconnect(0x8E)
        state = await edge.until(lambda state: state.alarm != "")
    assert "same edge id" in state.alarm


async def test_a_clock_before_the_office_s_last_entry_has_stepped(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    async with Tap(mosquitto.port) as tap, open_edge(path, mosquitto.port) as edge:
        head = edge.journal.head
        tomorrow = edge.journal.clock.now_us() + 86_400_000_000
        message = resume(head.epoch, 1, head.hash, occurred_at=tomorrow)
        await tap.publish(f"{TOPICS}/resume", message, retain=True)
        await edge.until(lambda _: edge.journal.clock.state() == "stepped")
