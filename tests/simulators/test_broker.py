import asyncio
import os
import signal
import sys
from typing import get_args

import pytest

from simulators.broker import Broker, BrokerNotStartedError, Kind

OWNER = """
import asyncio, sys
from simulators.broker import Broker
async def own():
    async with Broker(kind=sys.argv[1]) as broker:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        writer.write(bytes.fromhex("100c00044d515454040200000000"))
        await reader.readexactly(4)  # CONNACK: a Mosquitto that has just begun hears no signal
        print(broker._process.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(own())
"""


async def accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_a_broker_listens_while_it_is_entered(kind: Kind) -> None:
    async with Broker(kind=kind) as broker:
        assert await accepts(broker.port)
    assert not await accepts(broker.port)


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_a_killed_broker_comes_back_at_its_port(kind: Kind) -> None:
    async with Broker(kind=kind) as broker:
        await broker.kill()
        assert not await accepts(broker.port)
        await broker.start()
        assert await accepts(broker.port)


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_a_taken_port_is_told(kind: Kind) -> None:
    async with Broker(kind=kind) as first:
        second = Broker(port=first.port, kind=kind)
        with pytest.raises(BrokerNotStartedError, match=str(first.port)):
            await second.start()
        assert await accepts(first.port)


async def ended(process: int) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process, over.set)  # pidfd_open(2): it can be read once the process has ended
    try:
        await over.wait()
    finally:
        loop.remove_reader(process)


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_no_broker_outlives_its_killed_owner(kind: Kind) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, kind, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    broker = os.pidfd_open(int(await owner.stdout.readline()))
    try:
        os.kill(owner.pid, signal.SIGKILL)
        await owner.wait()
        async with asyncio.timeout(60):
            await ended(broker)
    finally:
        os.close(broker)
