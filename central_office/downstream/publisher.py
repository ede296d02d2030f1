"""Says it: to every store what its edges lack, on a connection of its own.

What comes in while something is being said waits for the next turn, so a burst of sales is one
message to each store. Whole sets go beside that, a few chunks ahead of the broker: they delay no
delta. Of several office workers one does all of this; when it goes another one takes over.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import NoReturn

from central_office.downstream.boxes import Boxes, Report
from central_office.downstream.desk import ReadingDesk
from central_office.downstream.plan import Plan, Whole
from central_office.downstream.planner import Planner
from central_office.downstream.wholes import make_whole
from central_office.errors import OfficeError
from central_office.master_lists import ListKey
from central_office.publishing import AHEAD, Outgoing, Publication
from central_office.reading import Reading
from central_office.settings import OfficeSettings
from edge_daemon.mqtt import Connection, EdgeTopics, Link, Message, Will, every_edge

PAUSE_SECONDS = 0.2
"""Between two turns: what happens meanwhile travels together."""
PAUSE_SHARE = 4
"""So many times longer than the deciding is the pause, at least: while many shops' backlogs come in
the processor is there for these."""
PAUSE_MOST_SECONDS = 5.0
"""However long the deciding took: a till waits no longer than that for the next turn."""
POLL_SECONDS = 0.5
"""How often to look for what other processes have written."""
RETRY_SECONDS = 2.0
"""After the database has failed, and while another worker leads."""
CHUNKS_AHEAD = 2
"""Of a whole set, on their way to the broker at once: a delta waits behind half a megabyte."""
ANY_EDGE = "every-edge"
"""Stands for the edge where only the store counts."""


class Downstream:
    """Publishes while `run` runs.

    Attributes:
        link: The connection.
        problem: What keeps it from publishing; empty when all is well.
    """

    def __init__(
        self,
        settings: OfficeSettings,
        *,
        now_us: Callable[[], int],
        outrank: Callable[[ListKey, int], Awaitable[None]],
    ) -> None:
        self.problem = ""
        self.link = Link(settings.broker, f"{settings.client_id}-downstream")
        self.boxes = Boxes()
        self.news = asyncio.Event()
        self.organization = settings.organization
        self.outrank = outrank
        self._now_us = now_us
        self._planner = Planner(settings.organization)
        self._deciding = ReadingDesk(settings.database)
        self._making = ReadingDesk(settings.database)

    def wake(self) -> None:
        """Something was committed."""
        self.news.set()

    async def run(self) -> NoReturn:
        """Publish until cancelled."""
        try:
            await self.link.run(lambda: _Conversation(self))
        finally:
            await self._deciding.close()
            await self._making.close()

    async def plan(self, reports: list[Report]) -> Plan | None:
        """Decide what to say; None while another worker does."""
        as_of, now = self._now_us(), asyncio.get_running_loop().time()

        def decide(reading: Reading) -> Plan | None:
            if not reading.lead(f"/downstream/{self.organization or '+'}"):
                return None
            with reading.moment() as read:
                return self._planner.plan(read, reports, as_of, now)

        return await self._deciding.ask(decide)

    async def make(self, whole: Whole) -> Publication:
        """Make a whole set."""
        as_of = self._now_us()

        def make(reading: Reading) -> Publication:
            with reading.moment() as read:
                return make_whole(read, whole, as_of)

        return await self._making.ask(make)

    def settle(self) -> None:
        """The broker has all that was decided."""
        self._planner.settle()

    async def step_back(self) -> None:
        """The connection is over: what was not said is decided again, and another may lead."""
        self._planner.go_back()
        await self._deciding.let_go()


class _Conversation:
    """What is said on one connection."""

    will: Will | None = None

    def __init__(self, downstream: Downstream) -> None:
        self._downstream = downstream
        self._connection: Connection | None = None
        self._deltas = Outgoing()
        self._chunks = Outgoing()
        self._wanted: asyncio.Queue[Whole] = asyncio.Queue()
        self._heard: list[Message] = []

    def on_message(self, message: Message) -> None:
        """An edge has said what it holds."""
        if self._downstream.boxes.hear(message.topic, message.payload):
            self._downstream.wake()
        if self._connection is None:
            self._heard.append(message)
        else:
            self._connection.acknowledge(message)

    def on_puback(self, mid: int, reason: int) -> None:
        """Make room. That it reaches nobody is no news: an edge that comes says what it lacks."""
        del reason
        self._deltas.confirmed(mid)
        self._chunks.confirmed(mid)

    async def run(self, connection: Connection) -> None:
        """Listen, and say what is due until the connection ends."""
        downstream = self._downstream
        self._connection = connection
        for message in self._heard:
            connection.acknowledge(message)
        await connection.subscribe(every_edge("status", downstream.organization))
        publishing = asyncio.create_task(self._publish_wholes(connection))
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await downstream.news.wait()
                downstream.news.clear()
                await asyncio.sleep(await self._take_turn(connection))
        finally:
            publishing.cancel()
            await asyncio.wait((publishing,))
            await downstream.step_back()

    async def _take_turn(self, connection: Connection) -> float:
        """Say what is due, and return how long to wait before the next time."""
        downstream, loop = self._downstream, asyncio.get_running_loop()
        reports, began = downstream.boxes.take(), loop.time()
        try:
            plan = await downstream.plan(reports)
            took = loop.time() - began
            pause = min(max(PAUSE_SECONDS, PAUSE_SHARE * took), PAUSE_MOST_SECONDS)
            downstream.problem = ""
            for outranked in plan.outranked if plan else ():
                await downstream.outrank(*outranked)
        except OfficeError as error:
            downstream.problem = str(error)
            await downstream.step_back()
            plan = None
        if plan is None:
            downstream.boxes.put_back(reports)
            return RETRY_SECONDS
        if plan.outranked:
            downstream.boxes.put_back(reports)
        for whole in plan.wholes:
            self._wanted.put_nowait(whole)
        ahead = min(AHEAD, connection.receive_maximum)
        for delta in plan.deltas:
            await self._deltas.wait_for_less_than(ahead)
            topic = _topics(delta.store).of_store(delta.topic)
            self._deltas.publish(connection, topic, delta.payload, retain=False)
        await self._deltas.wait_for_less_than(1)
        downstream.settle()
        return pause

    async def _publish_wholes(self, connection: Connection) -> None:
        while True:
            whole = await self._wanted.get()
            try:
                what = await self._downstream.make(whole)
                await self._chunks.send(connection, _topics(whole.store), what, ahead=CHUNKS_AHEAD)
            except OfficeError as error:
                self._downstream.problem = str(error)


def _topics(store: tuple[str, str]) -> EdgeTopics:
    return EdgeTopics(*store, ANY_EDGE)
