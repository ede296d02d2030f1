import asyncio
import json
import pathlib
from collections.abc import AsyncIterator, Callable

import pytest
from paho.mqtt.client import MQTTMessage

from central_office.office import Office
from central_office.report import read_report
from simulators.broker import Broker
from tests.entries import EPOCH, JOURNAL_TOPIC, STATUS_TOPIC, chain, digest
from tests.relaying import Tap, office, stored

ACK_TOPIC = STATUS_TOPIC.replace("/status", "/ack")
REPLAY_TOPIC = STATUS_TOPIC.replace("/status", "/replay")


@pytest.fixture
async def mosquitto() -> AsyncIterator[Broker]:
    async with Broker(kind="mosquitto") as broker:
        yield broker


@pytest.fixture
def database(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "office.db"


async def ready(receiving: Office) -> None:
    await asyncio.wait_for(receiving.ready.wait(), 20)


def up_to(seq: int) -> Callable[[MQTTMessage], bool]:
    return lambda message: json.loads(message.payload).get("up_to_seq") == seq


async def test_the_last_acknowledgement_is_kept_for_an_edge_that_returns(
    mosquitto: Broker, database: pathlib.Path
) -> None:
    lines = chain(3)
    async with office(database, mosquitto.port) as receiving:
        await ready(receiving)
        async with Tap(mosquitto.port, ACK_TOPIC) as tap:
            await tap.publish(JOURNAL_TOPIC, b"\n".join(lines))
            await tap.next(up_to(3))
    async with Tap(mosquitto.port, ACK_TOPIC) as returned:
        ack = await returned.next(lambda _: True)
    assert ack.retain
    assert json.loads(ack.payload) == {"epoch": EPOCH, "up_to_seq": 3, "hash": digest(lines[2])}


async def test_a_retained_status_is_answered_when_the_office_starts(
    mosquitto: Broker, database: pathlib.Path
) -> None:
    status = {"state": "online", "connection": 1, "epoch": EPOCH, "seq": 9, "hash": "ab" * 32}
    async with Tap(mosquitto.port, ACK_TOPIC, REPLAY_TOPIC) as tap:
        await tap.publish(STATUS_TOPIC, json.dumps(status).encode(), retain=True)
        async with office(database, mosquitto.port, gap_seconds=0.05):
            ack = await tap.next(lambda message: message.topic == ACK_TOPIC)
            replay = await tap.next(lambda message: message.topic == REPLAY_TOPIC)
    assert json.loads(ack.payload) == {"epoch": EPOCH, "up_to_seq": 0, "hash": "0" * 64}
    assert json.loads(replay.payload) == {"epoch": EPOCH, "from_seq": 1, "to_seq": 9}


async def test_a_hole_is_asked_for_again_until_it_is_filled(
    mosquitto: Broker, database: pathlib.Path
) -> None:
    lines = chain(6)
    async with (
        office(database, mosquitto.port, gap_seconds=0.02) as receiving,
        Tap(mosquitto.port, ACK_TOPIC, REPLAY_TOPIC) as tap,
    ):
        await ready(receiving)
        await tap.publish(JOURNAL_TOPIC, b"\n".join([*lines[:2], *lines[4:]]))
        asked = [await tap.next(lambda message: message.topic == REPLAY_TOPIC) for _ in range(3)]
        await tap.publish(JOURNAL_TOPIC, b"\n".join(lines[2:4]))
        await tap.next(up_to(6))
    assert {message.payload for message in asked} == {asked[0].payload}
    assert json.loads(asked[0].payload) == {"epoch": EPOCH, "from_seq": 3, "to_seq": 4}
    assert stored(database) == lines


async def test_entries_of_another_organization_are_not_received(
    mosquitto: Broker, database: pathlib.Path
) -> None:
    other = chain(1, organization_id="org-2", edge_id="edge-2")
    async with (
        office(database, mosquitto.port, organization="org-1") as receiving,
        Tap(mosquitto.port, ACK_TOPIC) as tap,
    ):
        await ready(receiving)
        await tap.publish("pos/v1/org-2/8712345678906/edge-2/journal", other[0])
        await tap.publish(JOURNAL_TOPIC, chain(1)[0])
        await tap.next(up_to(1))
    assert read_report(database).entries == 1
    assert read_report(database).quarantine == ()


async def test_what_the_broker_keeps_for_an_absent_office_is_taken_in_at_its_return(
    mosquitto: Broker, database: pathlib.Path
) -> None:
    lines = chain(4)
    async with office(database, mosquitto.port) as receiving:
        await ready(receiving)
    async with Tap(mosquitto.port, ACK_TOPIC) as tap:
        for line in lines:
            await tap.publish(JOURNAL_TOPIC, line)
        async with office(database, mosquitto.port):
            await tap.next(up_to(4))
    assert stored(database) == lines


async def test_a_restarted_broker_is_found_again(mosquitto: Broker, database: pathlib.Path) -> None:
    async with office(database, mosquitto.port) as receiving:
        await ready(receiving)
        await mosquitto.kill()
        await mosquitto.start()
        async with Tap(mosquitto.port, ACK_TOPIC) as tap:
            while receiving.link.connection is None or not receiving.ready.is_set():
                await ready(receiving)
            await tap.publish(JOURNAL_TOPIC, chain(1)[0], retain=True)
            await tap.next(up_to(1))
    assert stored(database) == chain(1)


async def test_an_office_that_may_not_answer_says_so(
    database: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    rights = tmp_path / "rights.acl"
    rights.write_text("topic read #\ntopic write pos/v1/+/+/+/status\n", encoding="utf-8")
    async with Broker(kind="mosquitto", lines=f"acl_file {rights}\n") as broker:
        told = asyncio.Event()
        async with office(database, broker.port) as receiving, Tap(broker.port) as edge:
            receiving._on_change = told.set
            await ready(receiving)
            line = chain(1)[0]
            status = {"state": "online", "connection": 1, "epoch": EPOCH, "seq": 1}
            await edge.publish(STATUS_TOPIC, json.dumps(status | {"hash": digest(line)}).encode())
            async with asyncio.timeout(20):
                while "access list" not in receiving.link.note:
                    told.clear()
                    await told.wait()
