import pathlib
from collections.abc import AsyncIterator

import pytest

from tests.relaying import open_edge
from tests.scripted_broker import Answer, ScriptedBroker
from tests.shifting_loop import advance


@pytest.fixture
async def broker() -> AsyncIterator[ScriptedBroker]:
    async with ScriptedBroker() as broker:
        yield broker


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.db"


def journal_messages(broker: ScriptedBroker) -> int:
    waiting = [broker.published.get_nowait() for _ in range(broker.published.qsize())]
    return sum(published.topic.endswith("/journal") for published in waiting)


@pytest.mark.parametrize("kind", ["/journal", "/status"])
async def test_an_edge_that_may_not_publish_stops_and_raises_the_alarm(
    broker: ScriptedBroker, path: pathlib.Path, kind: str
) -> None:
    broker.puback = lambda published: 0x87 if published.topic.endswith(kind) else 0
    async with open_edge(path, broker.port) as edge:
        state = await edge.until(lambda state: state.alarm != "")
        await edge.asleep()
        journal_messages(broker)
        advance(120.0)
        await edge.append(5)
        await edge.asleep()
    assert "access list" in state.alarm
    assert journal_messages(broker) == 0


@pytest.mark.parametrize(
    ("reason", "words"), [(0x10, "Nobody listens"), (0x83, "no room"), (0x97, "no room")]
)
async def test_what_the_broker_threw_away_is_sent_again_after_a_while(
    broker: ScriptedBroker, path: pathlib.Path, reason: int, words: str
) -> None:
    broker.puback = lambda published: reason if published.topic.endswith("/journal") else 0
    async with open_edge(path, broker.port) as edge:
        first = await broker.next("/journal")
        await edge.until(lambda state: words in state.note)
        await edge.append(5)
        await edge.asleep()
        assert journal_messages(broker) == 0
        advance(10.0)
        again = await broker.next("/journal")
    assert again.payload.startswith(first.payload)


async def test_the_broker_s_receive_maximum_is_obeyed(
    broker: ScriptedBroker, path: pathlib.Path
) -> None:
    broker.receive_maximum = 3
    broker.puback = lambda _: None
    async with open_edge(path, broker.port) as edge:
        await edge.append(1000)
        under_way = [await broker.next("") for _ in range(3)]
        for _ in range(12):
            broker.confirm(under_way.pop(0))
            under_way.append(await broker.next(""))
        assert broker.most_unconfirmed == 3


async def test_a_broker_that_confirms_nothing_is_left_for_a_fresh_connection(
    broker: ScriptedBroker, path: pathlib.Path
) -> None:
    broker.puback = lambda _: None
    async with open_edge(path, broker.port) as edge:
        await broker.next("/journal")
        advance(6.0)
        await edge.until(lambda state: not state.connected)
        advance(1.0)
        await broker.next("/journal")
    assert broker.levels == [5, 5]


@pytest.mark.parametrize("answer", ["refuse", "hang_up", "keep_silent"])
async def test_a_broker_that_fails_on_mqtt_5_is_tried_with_3_1_1(
    broker: ScriptedBroker, path: pathlib.Path, answer: Answer
) -> None:
    broker.answers[5] = answer
    async with open_edge(path, broker.port) as edge:
        while not broker.levels:
            await edge.append()
        advance(3.0)
        state = await edge.until(lambda state: state.connected)
        await broker.next("/journal")
    assert broker.levels[:2] == [5, 4]
    assert state.mqtt_version == "3.1.1"
    assert "falling back" in state.note


async def test_the_version_that_is_configured_is_the_only_one_tried(
    broker: ScriptedBroker, path: pathlib.Path
) -> None:
    broker.answers[5] = "hang_up"
    async with open_edge(path, broker.port, protocol="5") as edge:
        await edge.until(lambda state: "MQTT 5" in state.note)
        while len(broker.levels) < 3:
            advance(1.0)
            await edge.append()
    assert set(broker.levels) == {5}


@pytest.mark.parametrize(("protocol", "level"), [("5", 5), ("3.1.1", 4), ("auto", 4)])
async def test_a_busy_broker_is_waited_for_where_no_other_version_is_left_to_try(
    broker: ScriptedBroker, path: pathlib.Path, protocol: str, level: int
) -> None:
    broker.answers = {5: "refuse" if protocol == "auto" else "keep_silent", 4: "keep_silent"}
    async with open_edge(path, broker.port, protocol=protocol) as edge:
        while level not in broker.levels:
            await edge.append()
        tried = list(broker.levels)
        for _ in range(10):
            advance(1.0)
            await edge.append()
        assert broker.levels == tried
        advance(30.0)
        await edge.until(lambda state: "does not answer" in state.note)


async def test_a_broker_that_lets_nobody_in_is_an_alarm(
    broker: ScriptedBroker, path: pathlib.Path
) -> None:
    broker.connack_reason = 0x87
    async with open_edge(path, broker.port) as edge:
        state = await edge.until(lambda state: state.alarm != "")
        assert "Not authorized" in state.alarm
        broker.connack_reason = 0
        advance(15.0)
        again = await edge.until(lambda state: state.connected)
    assert again.alarm == ""


@pytest.mark.parametrize(
    ("reason", "words"),
    [(0x8B, "Server shutting down"), (0x93, "Receive maximum exceeded"), (0x97, "Quota exceeded")],
)
async def test_the_reason_of_a_broker_that_ends_the_connection_is_told_and_it_is_tried_again(
    broker: ScriptedBroker, path: pathlib.Path, reason: int, words: str
) -> None:
    async with open_edge(path, broker.port) as edge:
        await broker.next("/journal")
        broker.disconnect(reason)
        state = await edge.until(lambda state: not state.connected)
        advance(1.0)
        await broker.next("/journal")
    assert words in state.note
    assert state.alarm == ""


async def test_under_3_1_1_every_puback_frees_its_place_and_only_the_office_moves_the_cursor(
    broker: ScriptedBroker, path: pathlib.Path
) -> None:
    async with open_edge(path, broker.port, protocol="3.1.1", window_messages=4) as edge:
        await edge.append(1000)
        await edge.asleep()
        state = edge.relay.state()
    assert set(broker.levels) == {4}
    assert (state.acknowledged, state.lag) == (None, 1001)
    assert 0 < journal_messages(broker) <= 4


async def test_a_silent_office_is_probed_with_a_single_message(
    broker: ScriptedBroker, path: pathlib.Path
) -> None:
    async with open_edge(path, broker.port) as edge:
        await edge.append(1000)
        for _ in range(3):
            await broker.next("/journal")
            await edge.append(5)
            await edge.asleep()
            journal_messages(broker)
            advance(70.0)
        await broker.next("/journal")
        await edge.append(5)
        await edge.asleep()
        state = edge.relay.state()
    assert journal_messages(broker) == 0
    assert "does not acknowledge" in state.note
