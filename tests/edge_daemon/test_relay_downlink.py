import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest

from central_office.errors import OfficeError
from central_office.publishing import Publication, configuration, publication, publish
from edge_daemon.master_data import CATALOGUE, MasterData
from edge_daemon.mqtt import BrokerSettings, EdgeTopics
from edge_daemon.records.master_data import Catalogue
from edge_daemon.relay import About
from edge_daemon.state import StateStore
from simulators.broker import Broker, Kind
from tests.edge_daemon.test_master_data import catalogue, items, manifest
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.relaying import Tap, office, open_edge
from tests.scripted_broker import ScriptedBroker
from tests.shifting_loop import advance
from tests.stories.counter import Counter

TOPICS = EdgeTopics(ORGANIZATION, STORE, EDGE)


@pytest.fixture
async def mosquitto() -> AsyncIterator[Broker]:
    async with Broker(kind="mosquitto") as broker:
        yield broker


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.db"


@pytest.fixture
async def master_data(tmp_path: pathlib.Path) -> AsyncIterator[MasterData]:
    store = await StateStore.open(tmp_path / "state.db")
    found = MasterData(store)
    await found.load()
    yield found
    await store.close()


async def send(broker: Broker, what: Publication) -> None:
    protocol: Literal["5", "3.1.1"] = "5" if broker.kind == "mosquitto" else "3.1.1"
    settings = BrokerSettings(port=broker.port, protocol=protocol)
    await publish(settings, TOPICS, what, client_id="office-publisher")


async def status_with(tap: Tap, **wanted: Any) -> dict[str, Any]:
    """The next status that says so; time passes, since an edge repeats itself once a second."""
    while True:
        advance(1.1)
        message = await tap.next(lambda message: message.topic.endswith("/status"))
        status: dict[str, Any] = json.loads(message.payload)
        if all(status.get(name) == value for name, value in wanted.items()):
            return status


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
async def test_a_catalogue_reaches_an_edge_that_is_there_and_one_that_comes_later(
    path: pathlib.Path, master_data: MasterData, kind: Kind
) -> None:
    async with Broker(kind=kind) as broker, Tap(broker.port, TOPICS.status) as tap:
        await send(broker, catalogue(7))
        async with open_edge(path, broker.port, downstream=master_data):
            await status_with(tap, versions={"catalogue": 7})
            await send(broker, catalogue(8))
            await status_with(tap, versions={"catalogue": 8})
            await send(broker, configuration({"tips": True}, 2))
            status = await status_with(tap, versions={"catalogue": 8, "config": 2})
    assert "rejected" not in status
    assert len(await items(master_data)) == 600


async def test_what_is_rejected_and_why_stands_in_the_status_until_it_is_mended(
    mosquitto: Broker, path: pathlib.Path, master_data: MasterData
) -> None:
    async with (
        Tap(mosquitto.port, TOPICS.status) as tap,
        open_edge(path, mosquitto.port, downstream=master_data),
    ):
        await send(mosquitto, catalogue(7))
        await status_with(tap, versions={"catalogue": 7})
        what = catalogue(8)
        bad = ("catalogue/manifest", manifest(what, hash="0" * 64))
        await send(mosquitto, Publication([*what.messages[:-1], bad]))
        reason = "The chunks of version 8 do not have the manifest's hash."
        await status_with(tap, versions={"catalogue": 7}, rejected={"catalogue": reason})
        await send(mosquitto, what)
        await status_with(tap, versions={"catalogue": 8}, rejected=None)


async def test_an_edge_that_misses_a_delta_says_again_what_it_holds(
    mosquitto: Broker, path: pathlib.Path, master_data: MasterData
) -> None:
    async with (
        Tap(mosquitto.port, TOPICS.status) as tap,
        open_edge(path, mosquitto.port, downstream=master_data),
    ):
        await send(mosquitto, publication("catalogue", Catalogue(), 7))
        await status_with(tap, versions={"catalogue": 7})
        late = json.dumps({"from_version": 8, "to_version": 9}).encode()
        await tap.publish(TOPICS.of_store("catalogue/delta"), late)
        await status_with(tap, versions={"catalogue": 7})
        missed = json.dumps({"from_version": 7, "to_version": 9}).encode()
        await tap.publish(TOPICS.of_store("catalogue/delta"), missed)
        await status_with(tap, versions={"catalogue": 9})


async def test_a_large_catalogue_delays_no_entry_and_comes_while_a_backlog_drains(
    mosquitto: Broker, path: pathlib.Path, master_data: MasterData, tmp_path: pathlib.Path
) -> None:
    async with (
        office(tmp_path / "office.db", mosquitto.port),
        Tap(mosquitto.port, TOPICS.status) as tap,
        open_edge(path, mosquitto.port, downstream=master_data) as edge,
    ):
        await edge.append(1000)
        await send(mosquitto, catalogue(7, items=5000))
        await edge.append()
        await edge.acknowledged()
        while (await status_with(tap))["versions"].get("catalogue") != 7:
            pass  # the stock of the office comes by itself, too
    assert len(await items(master_data)) == 5000


async def test_a_message_of_megabytes_does_not_reach_an_edge_and_holds_up_nothing(
    mosquitto: Broker, path: pathlib.Path, master_data: MasterData
) -> None:
    async with (
        Tap(mosquitto.port, TOPICS.status) as tap,
        open_edge(path, mosquitto.port, downstream=master_data) as edge,
    ):
        await edge.until(lambda state: state.connected)
        for topic in (TOPICS.replay, TOPICS.of_store("stock/manifest")):
            await tap.publish(topic, b"x" * 2**21, retain=True)
        await send(mosquitto, catalogue(7))
        await status_with(tap, versions={"catalogue": 7})
        state = edge.relay.state()
    assert (master_data.rejected, state.alarm, state.connected) == ({}, "", True)


async def test_where_the_lists_may_not_be_read_that_is_said_and_the_journal_goes_on(
    path: pathlib.Path, master_data: MasterData
) -> None:
    async with ScriptedBroker() as broker:
        broker.granted = lambda topic: 0x87 if "/office/" in topic else 1
        async with open_edge(path, broker.port, downstream=master_data) as edge:
            state = await edge.until(lambda state: "access list" in state.note)
            await edge.append(10)
            sent = await broker.next("/journal")
    assert (state.connected, state.alarm) == (True, "")
    assert sent.payload


async def test_the_status_tells_the_devices_and_the_software_and_a_change_is_told_soon(
    mosquitto: Broker, path: pathlib.Path
) -> None:
    devices = {"printer": "online"}
    async with Tap(mosquitto.port, TOPICS.status) as tap:
        about = lambda: About("1.2.3", dict(devices))  # noqa: E731 - short
        async with open_edge(path, mosquitto.port, about=about) as edge:
            first = await status_with(tap, devices={"printer": "online"})
            devices["printer"] = "offline"
            edge.relay.look()
            second = await status_with(tap, devices={"printer": "offline"})
            head = edge.journal.head
    assert first["software_version"] == "1.2.3"
    assert (second["seq"], second["hash"]) == (head.seq, head.hash)


async def test_the_whole_daemon_takes_a_catalogue_and_shows_it_in_its_health(
    mosquitto: Broker,
) -> None:
    relay = f"[relay]\nport = {mosquitto.port}\nresume_wait = 0\n"
    async with Counter(relay=relay) as counter, Tap(mosquitto.port, "pos/v1/+/+/+/status") as tap:
        daemon = await counter.start()
        identity = daemon.journal.identity
        names = (identity.organization_id, identity.retail_store_id, identity.edge_id)
        topics = EdgeTopics(*names)
        settings = BrokerSettings(port=mosquitto.port)
        await publish(settings, topics, catalogue(7), client_id="office-publisher")
        status = await status_with(tap, versions={"catalogue": 7})
        bad = Publication([("stock/manifest", b"nothing")])
        await publish(settings, topics, bad, client_id="office-publisher")
        await status_with(tap, versions={"catalogue": 7})
        health = (await counter.get("/v1/health")).json()
        await counter.crash()
        again = await counter.start(devices=False)
        version = again.master_data.version(CATALOGUE)
    assert status["devices"]["printer"] == "online"
    assert health["relay"]["versions"] == {"catalogue": 7}
    assert any("central office's stock was not taken" in text for text in health["problems"])
    assert version == 7


async def test_a_broker_that_is_not_there_is_told_to_whoever_publishes() -> None:
    with pytest.raises(OfficeError, match=r"127\.0\.0\.1:1"):
        await publish(
            BrokerSettings(port=1), TOPICS, catalogue(1, 1), client_id="office", patience=0.5
        )
