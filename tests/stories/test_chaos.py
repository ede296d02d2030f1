"""A bad evening, in short: every part between the journal and the office's table fails."""

import pathlib
import random

from simulators.broker import Broker
from tests.proxy import Proxy
from tests.relaying import Edge, OfficeProcess, open_edge, stored

ROUNDS = 8
SEED = 20261122


async def _go_wrong(what: str, proxy: Proxy, broker: Broker, office: OfficeProcess) -> None:
    if what == "cut":
        proxy.cut()
    elif what == "office":
        await office.kill()
        await office.start()
    elif what == "broker":
        await broker.kill()
        await broker.start()
    else:
        proxy.silent = what == "silent"
        proxy.delay = 0.01 if what == "slow" else 0.0


async def _sell(edge: Edge, chance: random.Random) -> None:
    for _ in range(chance.randrange(5, 20)):
        await edge.append(chance.randrange(1, 12), size=chance.choice((10, 300, 3_000)))


async def test_whatever_fails_on_the_way_the_office_ends_with_the_journal_s_bytes(
    tmp_path: pathlib.Path,
) -> None:
    chance, database = random.Random(SEED), tmp_path / "office.db"  # noqa: S311 - no secret
    troubles = ["cut", "silent", "slow", "office", "broker"]
    async with Broker() as broker, Proxy(broker.port) as proxy:
        office = OfficeProcess(database, broker.port)
        await office.start()
        async with open_edge(tmp_path / "journal.db", proxy.port, ack_timeout=0.5) as edge:
            for number in range(ROUNDS):
                await _sell(edge, chance)
                trouble = troubles[number] if number < len(troubles) else chance.choice(troubles)
                await _go_wrong(trouble, proxy, broker, office)
                await _sell(edge, chance)
                if proxy.silent:  # a half-open line ends when somebody looks
                    proxy.cut()
                proxy.silent, proxy.delay = False, 0.0
            await edge.acknowledged()
            lines = await edge.lines()
        assert await office.terminate() == 0
    assert stored(database) == lines
