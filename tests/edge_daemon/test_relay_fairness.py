import asyncio
import json
import pathlib
from collections.abc import AsyncIterator

import pytest

from edge_daemon.mqtt import Message
from edge_daemon.records.messages import Replay, encode_message
from simulators.broker import Broker
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.relaying import OfficeProcess, open_edge, stored
from tests.scripted_broker import ScriptedBroker

TOPICS = f"pos/v1/{ORGANIZATION}/{STORE}/{EDGE}"
OLD = 3_000
TURNS = 10
BACKLOG = 6_000
REGISTERS = 4


@pytest.fixture
async def mosquitto() -> AsyncIterator[Broker]:
    async with Broker(kind="mosquitto") as broker:
        yield broker


@pytest.mark.parametrize("room", [1, 2])
async def test_fresh_entries_and_a_replay_take_turns(tmp_path: pathlib.Path, room: int) -> None:
    async with ScriptedBroker() as broker:
        broker.receive_maximum = room
        broker.puback = lambda _: None
        async with open_edge(
            tmp_path / "journal.db", broker.port, window_messages=1000, ack_timeout=3600
        ) as edge:
            await edge.append(OLD)
            head = edge.journal.head

            async def next_message() -> list[int]:
                published = await broker.next("")
                broker.confirm(published)
                if not published.topic.endswith("/journal"):
                    return []
                return [json.loads(line)["seq"] for line in published.payload.split(b"\n")]

            while head.seq not in await next_message():
                pass
            replay = Replay(epoch=head.epoch, from_seq=1, to_seq=head.seq)
            message = Message(f"{TOPICS}/replay", encode_message(replay), 1, retained=False)
            assert edge.relay._conversation is not None
            edge.relay._conversation.on_message(message)
            fresh: list[bool] = []
            for _ in range(3 * TURNS):
                await edge.append()
                fresh.append((await next_message())[0] > head.seq)
    assert TURNS <= sum(fresh) <= 2 * TURNS


async def test_a_backlog_drains_while_the_shop_sells_and_the_shop_sells_while_it_drains(
    mosquitto: Broker, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "journal.db"
    async with open_edge(path, 1) as edge:
        await edge.append(BACKLOG)
        head = edge.journal.head.seq
    office = OfficeProcess(tmp_path / "office.db", mosquitto.port)
    await office.start()
    async with open_edge(path, mosquitto.port) as edge:
        sold = 0

        async def sell() -> None:
            nonlocal sold
            while True:
                await edge.append()
                sold += 1

        registers = [asyncio.ensure_future(sell()) for _ in range(REGISTERS)]
        state = await edge.until(
            lambda state: (
                state.acknowledged is not None and int(state.acknowledged.split(".")[1]) >= head
            )
        )
        sold_meanwhile = sold
        for register in registers:
            register.cancel()
        await asyncio.wait(registers)
        await edge.acknowledged()
        lines = await edge.lines()
    assert await office.terminate() == 0
    assert state.alarm == ""
    assert sold_meanwhile >= REGISTERS
    assert stored(tmp_path / "office.db") == lines
