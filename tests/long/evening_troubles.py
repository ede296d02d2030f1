"""What goes wrong in the chaos evening. Each trouble ends by itself, and they overlap."""

import asyncio
import contextlib
import functools
import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from simulators.broker import Broker
from tests.long.evening_shop import Box
from tests.long.evening_tally import Tally
from tests.mqtt_proxy import MqttProxy
from tests.relaying import OfficeProcess, Tap

AWAY_SECONDS = 1.5
"""A killed process comes back within this time."""
KILLED_AGAIN = 0.3
"""Of the killed daemons, how many are killed again before they serve."""
START_SECONDS = 0.8
OFFICE_START_SECONDS = 120.0
"""A worker may find the broker dead and its line frozen, and wait longer after each try."""
BAD_SECONDS = 2.0
"""A slow line is well again within this time."""
DELAY_SECONDS = 0.1
BYTES_PER_SECOND = 20_000
ECHOES = 40
"""Messages that another client says again, in another order, at once."""


class Trouble(NamedTuple):
    """What happens to whom; two troubles of one target never overlap."""

    target: str
    happen: Callable[[], Awaitable[None]]


class Troubles:
    """Everything that can go wrong between the boxes and the office's table."""

    def __init__(
        self, broker: Broker, offices: list[OfficeProcess], tally: Tally, chance: random.Random
    ) -> None:
        self._broker = broker
        self._offices = offices
        self._tally = tally
        self._chance = chance
        self._busy: set[str] = set()

    def all(self, boxes: list[Box], lines: list[MqttProxy]) -> list[Trouble]:
        """One of each kind for each target."""
        here = functools.partial
        kills = [Trouble(box.edge, here(self._kill_daemon, box)) for box in boxes]
        kills += [
            Trouble(f"office {number}", here(self._kill_office, office))
            for number, office in enumerate(self._offices)
        ]
        kills.append(Trouble("broker", self._kill_broker))
        echoes = [Trouble(f"echo of {box.edge}", here(self._echo, box)) for box in boxes]
        bad = [
            Trouble(f"line {number}", here(what, line))
            for number, line in enumerate(lines)
            for what in (self._cut, self._freeze, self._delay, self._throttle)
        ]
        return kills + echoes + bad

    def may_happen(self, trouble: Trouble) -> bool:
        """False while its target is in another trouble; else its target is kept for it."""
        if trouble.target in self._busy:
            return False
        self._busy.add(trouble.target)
        return True

    async def suffer(self, trouble: Trouble) -> None:
        """Let it happen."""
        try:
            await trouble.happen()
        finally:
            self._busy.discard(trouble.target)

    async def _kill_daemon(self, box: Box) -> None:
        """Now, and at times once more while it starts and ends what was left open."""
        self._tally.daemon_kills += 1
        await box.daemon.kill()
        await self._for_a_while(AWAY_SECONDS)
        if self._chance.random() < KILLED_AGAIN:
            self._tally.daemon_kills += 1
            starting = asyncio.create_task(box.daemon.start())
            await asyncio.wait((starting,), timeout=self._chance.uniform(0, START_SECONDS))
            await box.daemon.kill()
            await asyncio.gather(starting, return_exceptions=True)
            await box.daemon.kill()
        await box.daemon.start()

    async def _kill_office(self, office: OfficeProcess) -> None:
        self._tally.office_kills += 1
        await office.kill()
        await self._for_a_while(AWAY_SECONDS)
        await office.start(OFFICE_START_SECONDS)

    async def _kill_broker(self) -> None:
        self._tally.broker_kills += 1
        await self._broker.kill()
        await self._for_a_while(AWAY_SECONDS)
        await self._broker.start()

    async def _cut(self, line: MqttProxy) -> None:
        self._tally.cuts += 1
        line.cut()

    async def _freeze(self, line: MqttProxy) -> None:
        self._tally.half_open += 1
        line.freeze()

    async def _delay(self, line: MqttProxy) -> None:
        self._tally.delayed += 1
        line.delay = DELAY_SECONDS
        await self._for_a_while(BAD_SECONDS)
        line.delay = 0.0

    async def _throttle(self, line: MqttProxy) -> None:
        self._tally.throttled += 1
        line.bytes_per_second = BYTES_PER_SECOND
        await self._for_a_while(BAD_SECONDS)
        line.bytes_per_second = 0

    async def _echo(self, box: Box) -> None:
        """Another client says again what it has heard, in an order of its own."""
        heard = [one for one in box.line.remembered if one.topic.endswith("/journal")]
        chosen = self._chance.sample(heard, min(ECHOES, len(heard)))
        async with Tap(self._broker.port) as echo:
            for message in chosen:
                with contextlib.suppress(RuntimeError):  # the broker was killed meanwhile
                    await echo.publish(message.topic, message.payload)
                    self._tally.echoed += 1

    async def _for_a_while(self, seconds: float) -> None:
        await asyncio.sleep(self._chance.uniform(0, seconds))
