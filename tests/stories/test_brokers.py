"""One evening on each broker that a shop may meet: Mosquitto, NATS and RabbitMQ.

Each is Debian's, runs with the configuration that docs/brokers/ recommends, and is started once.
What differs between them is an attribute of `Broker`, and stands in docs/brokers.md.
"""

import asyncio
import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from central_office.office import Office
from central_office.report import read_report
from central_office.settings import OfficeSettings
from edge_daemon.journal import EdgeIdentity
from edge_daemon.mqtt import BrokerSettings, EdgeTopics, RelaySettings, TlsSettings, every_edge
from edge_daemon.records.messages import EdgeState, Resume, Status, decode_message, encode_message
from edge_daemon.relay import ask_for_resume
from edge_daemon.relay.herald import QUIET_SECONDS
from tests.brokers.broker import BARRED_EDGE, DEAF, EDGES, MUTE, OFFICE, PASSWORD, Broker
from tests.brokers.mosquitto import Mosquitto
from tests.brokers.nats import Nats
from tests.brokers.rabbitmq import RabbitMq
from tests.central_office.postgresql import postgresql
from tests.entries import EDGE, EPOCH, ORGANIZATION, STORE
from tests.proxy import Proxy
from tests.relaying import PATIENCE_SECONDS, Edge, Tap, open_edge, stored
from tests.shifting_loop import advance
from tests.stories.counter import CARD, Counter

pytestmark = pytest.mark.timeout(240)

KINDS = (Mosquitto, Nats, RabbitMq)
ACKNOWLEDGED_MESSAGES = 300
LARGEST = 250_000
"""Bytes of a note that make an entry of nearly 256 KiB."""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Broker]]:
    """All that are installed; RabbitMQ gets ready while the others are at work."""
    made: dict[str, Broker] = {
        kind.name: kind(tmp_path_factory.mktemp(kind.name)) for kind in KINDS if kind.path()
    }
    with contextlib.ExitStack() as stack:
        for broker in made.values():
            stack.callback(broker.end)
            broker.begin()
        yield made


@pytest.fixture(scope="module", params=[kind.name for kind in KINDS])
def broker(request: pytest.FixtureRequest, begun: dict[str, Broker]) -> Broker:
    name: str = request.param
    if name not in begun:
        package = next(kind.package for kind in KINDS if kind.name == name)
        pytest.skip(f"Debian's package {package} is not installed (script/setup test does it)")
    begun[name].wait_until_ready()
    return begun[name]


@pytest.fixture(scope="module")
def unused(broker: Broker) -> Iterator[str]:  # noqa: ARG001 - each broker has its own
    return iter(EDGES[1:])


@pytest.fixture
def edge_id(unused: Iterator[str]) -> str:
    """An edge that this broker has not heard of."""
    return next(unused)


@pytest.fixture(autouse=True)
def secrets(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("right", PASSWORD), ("wrong", "battery staple")):
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))


@pytest.fixture
def database(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "office.db"


def _login(user: str, credential: str = "right") -> dict[str, Any]:
    return {"username": user, "password_credential": credential}


def _office(broker: Broker, database: pathlib.Path, **changes: Any) -> Office:
    settings = BrokerSettings(port=broker.port, **_login(OFFICE))
    return Office(
        OfficeSettings(database=str(database), broker=settings, gap_seconds=0.2, **changes)
    )


def _edge(
    broker: Broker, path: pathlib.Path, edge_id: str, **settings: Any
) -> contextlib.AbstractAsyncContextManager[Edge]:
    settings = {"ack_timeout": 0.5, **_login(edge_id), **settings}
    return open_edge(path / f"{edge_id}.db", broker.port, edge_id=edge_id, **settings)


async def _begin_again(broker: Broker) -> None:
    broker.begin_again()  # not on a worker thread, with which it would end
    await asyncio.to_thread(broker.wait_until_ready)


def _topics(edge_id: str) -> EdgeTopics:
    return EdgeTopics.of(ORGANIZATION, STORE, edge_id)


def _witness(broker: Broker, *filters: str, stays: bool = False) -> Tap:
    """Plain paho with the office's rights, under another name."""
    name = f"{OFFICE}-witness"
    return Tap(broker.port, *filters, client_id=name, user=(OFFICE, PASSWORD), stays=stays)


def _stranger(broker: Broker, edge_id: str) -> Tap:
    """Plain paho in an edge's place."""
    topic = _topics(edge_id).ack
    return Tap(broker.port, topic, client_id=edge_id, user=(edge_id, PASSWORD))


async def _everything_sold_is_there(counter: Counter, database: pathlib.Path) -> None:
    """Wait until the office has the journal's bytes, and nothing else."""
    journal, relay = counter.daemon.journal, counter.daemon.relay
    assert relay is not None
    changed = asyncio.Event()
    relay.on_state(lambda _: changed.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            changed.clear()
            kept = await journal.read_after(None, limit=100_000, max_bytes=1 << 30)
            if [entry.data for entry in kept] == stored(database):
                return
            await changed.wait()


async def _everything_is_there(edge: Edge, database: pathlib.Path, edge_id: str) -> None:
    await edge.acknowledged()
    assert stored(database, edge_id) == await edge.lines()


# --- what must not differ ---


async def test_every_sale_arrives_once_though_the_broker_is_killed_and_forgets(
    broker: Broker,
    tmp_path: pathlib.Path,
    database: pathlib.Path,
    edge_id: str,
    unused: Iterator[str],
) -> None:
    spare = next(unused)
    relay = f"""
        [relay]
        port = {broker.port}
        username = "{EDGE}"
        password_credential = "right"
        ack_timeout = 0.5
    """
    async with (
        _office(broker, database),
        _edge(broker, tmp_path, edge_id) as busy,
        Counter(relay=relay) as counter,
    ):
        await counter.start()
        await counter.sell()
        await counter.sell(**CARD)
        await _everything_sold_is_there(counter, database)
        health = (await counter.get("/v1/health")).json()
        assert health["relay"]["mqtt_version"] == broker.version
        told = await _tell_it_what_an_absent_client_has_to_get(broker, spare)
        await busy.append(3_000, size=500)
        await busy.until(lambda state: state.lag < 3_000)
        broker.kill()
        answers = [await counter.sell() for _ in range(3)]
        assert [answer["state"] for answer in answers] == ["completed"] * 3
        assert (await counter.get("/v1/health")).json()["relay"]["lag"] > 0
        await _begin_again(broker)
        await _everything_sold_is_there(counter, database)
        await _everything_is_there(busy, database, edge_id)
        assert await _what_the_absent_client_gets(broker, spare) == (told if broker.keeps else [])


async def _tell_it_what_an_absent_client_has_to_get(broker: Broker, edge_id: str) -> list[bytes]:
    """Messages that it has acknowledged, every one of them."""
    topic = _topics(edge_id).journal
    async with _witness(broker, topic, stays=True):
        pass
    told = [b"%d" % number for number in range(ACKNOWLEDGED_MESSAGES)]
    async with _stranger(broker, edge_id) as edge:
        for payload in told:
            await edge.publish(topic, payload)
    return told


async def _what_the_absent_client_gets(broker: Broker, edge_id: str) -> list[bytes]:
    topic = _topics(edge_id).journal
    async with _witness(broker, topic, stays=True) as office, _stranger(broker, edge_id) as edge:
        await edge.publish(topic, b"end")
        kept: list[bytes] = []
        while (payload := bytes((await office.next(lambda _: True)).payload)) != b"end":
            kept.append(payload)
    return kept


async def test_an_edge_that_was_offline_delivers_its_backlog_to_an_office_that_was_away(
    broker: Broker, tmp_path: pathlib.Path, database: pathlib.Path, edge_id: str
) -> None:
    async with _edge(broker, tmp_path, edge_id) as edge:
        async with _office(broker, database):
            await edge.append(10)
            await edge.acknowledged()
        await edge.stop()
        await edge.append(2_000, size=400)
        edge.task = asyncio.ensure_future(edge.relay.run())
        await edge.until(lambda state: "not acknowledge" in state.note)
        async with _office(broker, database):
            await edge.append(10)
            await _everything_is_there(edge, database, edge_id)


async def test_the_largest_entries_and_messages_pass(
    broker: Broker, tmp_path: pathlib.Path, database: pathlib.Path, edge_id: str
) -> None:
    async with (
        _office(broker, database) as receiving,
        _edge(broker, tmp_path, edge_id) as edge,
        _witness(broker, _topics(edge_id).journal) as witness,
    ):
        await receiving.ready.wait()
        for size in (LARGEST, 1, 1_000, 60_000, LARGEST):
            await edge.append(20, size=size)
        await _everything_is_there(edge, database, edge_id)
        sizes = [len(witness.messages.get_nowait().payload) for _ in range(40)]
        assert max(sizes) > LARGEST


async def test_what_the_broker_delivers_twice_is_counted_once(
    broker: Broker, tmp_path: pathlib.Path, database: pathlib.Path, edge_id: str
) -> None:
    client_id = f"{OFFICE}-{edge_id}"
    async with _edge(broker, tmp_path, edge_id) as edge:
        await _an_office_that_dies_before_it_has_committed(broker, client_id, edge)
        await edge.until(lambda state: "not acknowledge" in state.note)
        await edge.asleep()  # the same entries again
        async with _office(broker, database, client_id=client_id):
            await _everything_is_there(edge, database, edge_id)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not _duplicates(database, edge_id):
                    await edge.journal.check_alive()
            assert stored(database, edge_id) == await edge.lines()


def _duplicates(database: pathlib.Path, edge_id: str) -> int:
    streams = read_report(str(database)).streams
    return sum(row.duplicates for row in streams if row.edge_id == edge_id)


async def _an_office_that_dies_before_it_has_committed(
    broker: Broker, client_id: str, edge: Edge
) -> None:
    """It takes messages from the broker, acknowledges none of them, and vanishes."""
    loop, subscribed, got = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
        reconnect_on_failure=False,
    )

    def connected(*_: object) -> None:
        client.subscribe(every_edge("journal"), qos=1)

    def told(*_: object) -> None:
        loop.call_soon_threadsafe(subscribed.set)

    def received(*_: object) -> None:
        loop.call_soon_threadsafe(got.set)

    client.username_pw_set(OFFICE, PASSWORD)
    client.on_connect = connected
    client.on_subscribe = told
    client.on_message = received
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await subscribed.wait()
        await edge.append(5)
        await got.wait()
    client._sock_close()
    await asyncio.to_thread(client.loop_stop)
    client._reset_sockets()


async def test_the_last_will_says_that_the_edge_is_away_and_stays(
    broker: Broker, tmp_path: pathlib.Path, edge_id: str
) -> None:
    topic = _topics(edge_id).status
    async with Proxy(broker.port) as proxy:
        async with (
            _witness(broker, topic) as witness,
            open_edge(tmp_path / "edge.db", proxy.port, edge_id=edge_id, **_login(edge_id)) as edge,
        ):
            await edge.until(lambda state: state.connected)
            await witness.next(lambda message: _state(message) is EdgeState.ONLINE)
            await proxy.__aexit__()  # the line is cut, and stays so
            will = await witness.next(lambda message: _state(message) is EdgeState.OFFLINE)
            await edge.stop()
        async with _witness(broker, topic) as witness:
            kept = await witness.next(lambda message: message.retain)
            assert kept.payload == will.payload


def _state(message: MQTTMessage) -> EdgeState:
    return decode_message(Status, bytes(message.payload)).state


async def test_a_new_box_gets_what_the_office_keeps_for_it(broker: Broker, edge_id: str) -> None:
    resume = Resume(epoch=EPOCH, seq=41, hash="a" * 64, workstations=(), unresolved_payments=())
    topics = _topics(edge_id)
    async with _witness(broker, topics.status) as office:
        await office.publish(topics.resume, encode_message(resume), retain=True)
    identity = EdgeIdentity(ORGANIZATION, STORE, edge_id, "till-1")
    settings = RelaySettings(port=broker.port, resume_wait=10.0, **_login(edge_id))
    assert await ask_for_resume(settings, identity) == resume


async def test_the_last_acknowledgement_waits_for_an_edge_that_returns(
    broker: Broker, tmp_path: pathlib.Path, database: pathlib.Path, edge_id: str
) -> None:
    async with _edge(broker, tmp_path, edge_id) as edge:
        async with _office(broker, database):
            await edge.append(3)
            await edge.acknowledged()
        await edge.stop()
        head = str(edge.journal.head.position)
    async with _stranger(broker, edge_id) as returned:
        ack = await returned.next(lambda message: message.retain)
        assert f'"up_to_seq":{head.rpartition(".")[2]}'.encode() in ack.payload


async def test_edge_and_office_are_known_by_their_certificates(
    broker: Broker, tmp_path: pathlib.Path, database: pathlib.Path
) -> None:
    pairs = {name: broker.authority.certify(name) for name in (EDGES[0], OFFICE)}
    tables = {
        name: TlsSettings(
            ca_file=str(broker.authority.ca_file),
            cert_file=str(pair.certificate),
            key_file=str(pair.key),
        )
        for name, pair in pairs.items()
    }
    with broker.secured() as port:
        settings = BrokerSettings(port=port, tls=tables[OFFICE])
        async with (
            Office(OfficeSettings(database=str(database), broker=settings)),
            open_edge(tmp_path / "edge.db", port, tls=tables[EDGES[0]]) as edge,
        ):
            await edge.append(100)
            await _everything_is_there(edge, database, EDGES[0])
            assert edge.relay.state().mqtt_version == broker.version


async def test_a_wrong_password_is_an_alarm_and_nothing_is_lost(
    broker: Broker, tmp_path: pathlib.Path, edge_id: str
) -> None:
    async with _edge(broker, tmp_path, edge_id, **_login(edge_id, "wrong")) as edge:
        await edge.append()
        state = await edge.until(lambda state: state.alarm != "")
        assert "refused the connection" in state.alarm
        assert state.lag == edge.journal.head.seq


# --- what differs ---


async def test_a_blank_office_gets_everything_from_a_quiet_edge(
    broker: Broker, tmp_path: pathlib.Path, database: pathlib.Path, edge_id: str
) -> None:
    async with _edge(broker, tmp_path, edge_id) as edge:
        await edge.append(200)
        async with _office(broker, tmp_path / "lost.db"):
            await edge.acknowledged()
        async with _office(broker, database, client_id=f"{OFFICE}-blank") as receiving:
            await receiving.ready.wait()
            advance(QUIET_SECONDS)
            lines = await edge.lines()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while stored(database, edge_id) != lines:
                    await edge.journal.check_alive()


async def test_a_filter_with_wildcards_gets_retained_messages_or_does_not(
    broker: Broker, edge_id: str
) -> None:
    topic = _topics(edge_id).status
    offline = encode_message(Status(state=EdgeState.OFFLINE, connection=1))
    async with _stranger(broker, edge_id) as edge:
        await edge.publish(topic, offline, retain=True)
        async with _witness(broker, every_edge("status")) as office:
            await edge.publish(topic, b"later")
            first = await office.next(lambda message: message.topic == topic)
    assert first.retain is broker.retained_for_wildcards


async def test_workers_share_the_edges_at_every_broker(
    broker: Broker, tmp_path: pathlib.Path, unused: Iterator[str]
) -> None:
    with postgresql(in_memory=True) as server:
        address = server.new_database()
        settings = BrokerSettings(port=broker.port, **_login(OFFICE))
        workers = [
            Office(OfficeSettings(database=address, broker=settings, share="day", client_id=name))
            for name in (f"{OFFICE}-1", f"{OFFICE}-2")
        ]
        async with contextlib.AsyncExitStack() as stack:
            for worker in workers:
                await stack.enter_async_context(worker)
            edges = [
                await stack.enter_async_context(_edge(broker, tmp_path, name))
                for name in (next(unused), next(unused))
            ]
            for edge in edges:
                await edge.append(3)
            for edge in edges:
                await edge.acknowledged()
        entries = read_report(address).entries
    assert entries == sum(edge.journal.head.seq for edge in edges)


@pytest.mark.parametrize("user", [MUTE, DEAF])
async def test_an_edge_that_may_not_send_or_read_says_what_to_check(
    broker: Broker, tmp_path: pathlib.Path, database: pathlib.Path, user: str
) -> None:
    async with (
        _office(broker, database),
        _edge(broker, tmp_path, BARRED_EDGE, **_login(user)) as edge,
    ):
        await edge.append()
        expected = broker.says_to_the_mute if user == MUTE else broker.says_to_the_deaf
        state = await edge.until(lambda state: expected in state.alarm + state.note)
        assert "access list" in state.alarm + state.note
        assert state.lag == edge.journal.head.seq
