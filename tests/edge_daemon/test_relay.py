import asyncio
import json
import pathlib
import socket
from collections.abc import AsyncIterator

import pytest

from central_office.report import read_report
from simulators.broker import Broker
from tests.entries import EDGE, ORGANIZATION, STORE, digest
from tests.relaying import OfficeProcess, Tap, office, open_edge, stored
from tests.shifting_loop import advance

TOPICS = f"pos/v1/{ORGANIZATION}/{STORE}/{EDGE}"


@pytest.fixture
async def mosquitto() -> AsyncIterator[Broker]:
    async with Broker(kind="mosquitto") as broker:
        yield broker


@pytest.fixture
def database(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "office.db"


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.db"


async def test_the_office_holds_the_same_bytes_in_order_and_once(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with open_edge(path, mosquitto.port) as edge, office(database, mosquitto.port):
        for size in (10, 5_000, 200_000, 10):
            await edge.append(70, size=size) if size < 200_000 else await edge.append(1, size=size)
        state = await edge.acknowledged()
        lines = await edge.lines()
    assert stored(database) == lines
    assert (state.connected, state.mqtt_version, state.note, state.alarm) == (True, "5", "", "")
    assert read_report(database).streams[0].quarantined == 0


async def test_live_traffic_is_the_stored_bytes_and_nothing_else(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with (
        Tap(mosquitto.port, f"{TOPICS}/journal") as tap,
        office(database, mosquitto.port),
        open_edge(path, mosquitto.port) as edge,
    ):
        await edge.acknowledged()
        await edge.append()
        message = await tap.next(lambda message: b'"seq":2' in message.payload)
        lines = await edge.lines()
    assert message.payload == lines[1]
    assert message.qos == 1
    assert not message.retain


async def test_a_backlog_travels_in_messages_of_64_lines_or_64_kib(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with (
        Tap(mosquitto.port, f"{TOPICS}/journal") as tap,
        open_edge(path, mosquitto.port) as edge,
    ):
        await edge.stop()
        await edge.append(200)
        await edge.append(40, size=4_000)
        async with office(database, mosquitto.port):
            edge.task = asyncio.ensure_future(edge.relay.run())
            await edge.acknowledged()
        lines = await edge.lines()
    payloads = [tap.messages.get_nowait().payload for _ in range(tap.messages.qsize())]
    full = [payload for payload in payloads if payload.count(b"\n") == 63]
    assert full
    assert all(payload.count(b"\n") < 64 and len(payload) <= 65_536 for payload in payloads)
    assert b"\n".join(payloads).split(b"\n")[-len(lines) :] == lines


async def test_an_acknowledged_round_trip_is_not_held_back_by_nagle(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    loop = asyncio.get_running_loop()
    trips = []
    async with office(database, mosquitto.port), open_edge(path, mosquitto.port) as edge:
        await edge.acknowledged()
        for _ in range(50):
            start = loop.time()
            await edge.append()
            await edge.acknowledged()
            trips.append(loop.time() - start)
    assert sorted(trips)[25] < 0.020


async def test_the_lag_is_shown(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with open_edge(path, mosquitto.port) as edge:
        await edge.append(9)
        away = await edge.until(lambda state: "Nobody listens" in state.note)
        assert (away.lag, away.acknowledged, away.last_ack_at) == (10, None, None)
        assert away.head == str(edge.journal.head.position)
        async with office(database, mosquitto.port):
            here = await edge.acknowledged()
    assert (here.lag, here.note) == (0, "")
    assert here.last_ack_at is not None


async def test_an_office_that_comes_back_gets_what_was_appended_while_it_was_away(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with open_edge(path, mosquitto.port) as edge:
        async with office(database, mosquitto.port):
            await edge.acknowledged()
        for _ in range(300):
            await edge.append(10)
        async with office(database, mosquitto.port):
            await edge.acknowledged()
        lines = await edge.lines()
    assert len(lines) == 3001
    assert stored(database) == lines


async def test_a_killed_office_loses_and_doubles_nothing(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    process = OfficeProcess(database, mosquitto.port)
    async with open_edge(path, mosquitto.port) as edge:
        for _ in range(3):
            await process.start()
            for _ in range(20):
                await edge.append(7)
            await edge.until(lambda state: state.lag < 100)
            await process.kill()
            await edge.append(50)
        await process.start()
        await edge.acknowledged()
        lines = await edge.lines()
        assert await process.terminate() == 0
    assert stored(database) == lines


async def test_a_killed_broker_loses_and_doubles_nothing(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with office(database, mosquitto.port), open_edge(path, mosquitto.port) as edge:
        for _ in range(3):
            await edge.acknowledged()
            for _ in range(20):
                await edge.append(7)
            await mosquitto.kill()
            await edge.append(50)
            await edge.until(lambda state: not state.connected)
            await mosquitto.start()
        await edge.acknowledged()
        lines = await edge.lines()
    assert stored(database) == lines
    assert read_report(database).streams[0].quarantined == 0


async def test_a_restarted_edge_goes_on_where_the_office_is(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with office(database, mosquitto.port):
        for _ in range(3):
            async with open_edge(path, mosquitto.port) as edge:
                await edge.append(100)
                await edge.acknowledged()
                lines = await edge.lines()
    assert stored(database) == lines


async def test_a_silent_office_is_probed_and_served_when_it_speaks(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with (
        Tap(mosquitto.port, f"{TOPICS}/journal") as deaf_office,
        open_edge(path, mosquitto.port) as edge,
    ):
        await edge.append(5)
        await deaf_office.next(lambda message: b'"seq":6' in message.payload)
        await edge.asleep()
        advance(10.0)
        await edge.until(lambda state: "does not acknowledge" in state.note)
        async with office(database, mosquitto.port):
            await edge.acknowledged()
        lines = await edge.lines()
    assert stored(database) == lines


async def test_an_office_restored_from_a_backup_gets_old_entries_again(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    restored = tmp_path / "restored.db"
    async with open_edge(path, mosquitto.port) as edge:
        await edge.append(500)
        async with office(database, mosquitto.port):
            await edge.acknowledged()
        async with (
            office(restored, mosquitto.port, gap_seconds=0.05),
            Tap(mosquitto.port, f"{TOPICS}/ack") as tap,
        ):
            await edge.append(1)
            await tap.next(lambda ack: json.loads(ack.payload)["up_to_seq"] == 502)
        lines = await edge.lines()
    assert stored(restored) == lines


async def test_a_lost_message_is_asked_for_and_filled(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with open_edge(path, mosquitto.port) as edge:
        await edge.append(30)
        lines = await edge.lines()
        await edge.stop()
        async with (
            office(database, mosquitto.port, gap_seconds=0.05) as receiving,
            Tap(mosquitto.port, f"{TOPICS}/replay") as tap,
        ):
            await asyncio.wait_for(receiving.ready.wait(), 10)
            await tap.publish(f"{TOPICS}/journal", b"\n".join(lines[:3] + lines[20:]))
            replay = await tap.next(lambda _: True)
            edge.task = asyncio.ensure_future(edge.relay.run())
            await edge.acknowledged()
    assert json.loads(replay.payload) == {
        "epoch": edge.journal.head.epoch,
        "from_seq": 4,
        "to_seq": 20,
    }
    assert stored(database) == lines


async def test_an_entry_changed_on_its_way_raises_the_alarm_on_both_sides(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with open_edge(path, mosquitto.port) as edge:
        await edge.append(5)
        lines = await edge.lines()
        await edge.stop()
        forged = [*lines[:3], lines[3].replace(b"xxxx", b"xxyx")]
        async with office(database, mosquitto.port) as receiving, Tap(mosquitto.port) as tap:
            await asyncio.wait_for(receiving.ready.wait(), 10)
            await tap.publish(f"{TOPICS}/journal", b"\n".join(forged))
            edge.task = asyncio.ensure_future(edge.relay.run())
            state = await edge.until(lambda state: state.alarm != "")
            await edge.append(3)
            lag = edge.relay.state().lag
    assert "another history" in state.alarm
    assert lag == len(lines) + 3
    assert stored(database) == forged


async def test_a_fork_is_quarantined_and_not_acknowledged_past(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with (
        office(database, mosquitto.port),
        open_edge(path, mosquitto.port) as edge,
        Tap(mosquitto.port, f"{TOPICS}/ack") as tap,
    ):
        await edge.append(5)
        await edge.acknowledged()
        lines = await edge.lines()
        branch = lines[3].replace(b"xxxx", b"xxyx")
        await tap.publish(f"{TOPICS}/journal", branch)
        ack = await tap.next(lambda message: b"alarm" in message.payload)
        state = await edge.until(lambda state: state.alarm != "")
    assert json.loads(ack.payload)["hash"] == digest(lines[-1])
    assert "new-epoch" in state.alarm
    assert stored(database) == lines
    assert [(row.reason, row.kept) for row in read_report(database).quarantine] == [("fork", 1)]


async def test_an_acknowledgement_beyond_the_journal_means_an_older_copy(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    async with open_edge(path, mosquitto.port) as edge, Tap(mosquitto.port) as tap:
        epoch = edge.journal.head.epoch
        ack = {"epoch": epoch, "up_to_seq": 1000, "hash": "ab" * 32}
        await tap.publish(f"{TOPICS}/ack", json.dumps(ack).encode(), retain=True)
        state = await edge.until(lambda state: state.alarm != "")
    assert f"{epoch}.1000" in state.alarm


@pytest.mark.parametrize("kind", ["ack", "replay"])
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b'{"epoch":"01M7YHX2VZ5DZ1A5H8NV9ADAZQ","up_to_seq":"5","hash":"00"}',
        b'{"epoch":"01M7YHX2VZ5DZ1A5H8NV9ADAZQ","from_seq":0,"to_seq":-1}',
        json.dumps(
            {
                "epoch": "01M7YHX2VZ5DZ1A5H8NV9ADAZQ",
                "up_to_seq": 5,
                "hash": "ab" * 32,
                "from_seq": 1,
                "to_seq": 2**62,
            }
        ).encode(),
    ],
)
async def test_whatever_comes_down_does_no_harm(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path, kind: str, payload: bytes
) -> None:
    async with open_edge(path, mosquitto.port) as edge, Tap(mosquitto.port) as tap:
        await edge.until(lambda state: state.connected)
        await tap.publish(f"{TOPICS}/{kind}", payload, retain=True)
        async with office(database, mosquitto.port):
            state = await edge.acknowledged()
    strange_epoch = kind == "ack" and b"up_to_seq" in payload and b"from_seq" in payload
    assert state.alarm == "" or (strange_epoch and "Another box" in state.alarm)


async def test_the_will_says_that_the_edge_is_away(mosquitto: Broker, path: pathlib.Path) -> None:
    async with (
        Tap(mosquitto.port, f"{TOPICS}/status") as tap,
        open_edge(path, mosquitto.port) as edge,
    ):
        online = json.loads((await tap.next(lambda _: True)).payload)
        connection = edge.relay._link.connection
        assert connection is not None
        opened = connection._network._client.socket()
        assert isinstance(opened, socket.socket)
        opened.shutdown(socket.SHUT_RDWR)
        away = json.loads((await tap.next(lambda _: True)).payload)
        back = json.loads((await tap.next(lambda _: True)).payload)
        head = edge.journal.head
    assert online == {
        "state": "online",
        "connection": online["connection"],
        "epoch": head.epoch,
        "seq": 1,
        "hash": head.hash,
    }
    assert away == {"state": "offline", "connection": online["connection"]}
    assert (back["state"], back["connection"]) == ("online", online["connection"] + 1)


async def test_a_stopped_edge_says_goodbye(
    mosquitto: Broker, path: pathlib.Path, database: pathlib.Path
) -> None:
    async with office(database, mosquitto.port), Tap(mosquitto.port, f"{TOPICS}/status") as tap:
        async with open_edge(path, mosquitto.port) as edge:
            await edge.acknowledged()
        status = await tap.next(lambda message: b"offline" in message.payload)
    assert status.topic == f"{TOPICS}/status"


async def test_a_broker_that_knows_only_3_1_1_is_found_out_and_said(
    path: pathlib.Path, database: pathlib.Path
) -> None:
    async with (
        Broker(kind="amqtt") as amqtt,
        office(database, amqtt.port) as receiving,
        open_edge(path, amqtt.port) as edge,
    ):
        await edge.append(200)
        state = await edge.acknowledged()
        await amqtt.kill()
        await edge.until(lambda state: not state.connected)
        await edge.append(100)
        await amqtt.start()
        again = await edge.acknowledged()
        lines = await edge.lines()
    assert state.mqtt_version == again.mqtt_version == receiving.link.version == "3.1.1"
    assert "3.1.1" in state.note
    assert "3.1.1" in again.note
    assert stored(database) == lines


async def test_an_append_does_not_wait_for_a_broker_that_is_not_there(path: pathlib.Path) -> None:
    async with open_edge(path, 1) as edge:
        await edge.append(10)
        state = await edge.until(lambda state: state.note != "")
    assert (state.connected, state.lag) == (False, 11)
    assert "127.0.0.1:1" in state.note
