import asyncio
import contextlib
import os
import pathlib
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


def runs(pid: int) -> bool:
    """Whether the process lives; its port may be somebody else's a moment after its end."""
    with contextlib.suppress(OSError):
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_no_broker_outlives_its_killed_owner(kind: Kind) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, kind, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    pid = int(await owner.stdout.readline())
    assert runs(pid)
    os.kill(owner.pid, signal.SIGKILL)
    await owner.wait()
    async with asyncio.timeout(20):
        while True:
            if not runs(pid):
                return
            await asyncio.sleep(0)
