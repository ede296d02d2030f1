"""Before a blank journal begins: does the office know this box?

A dead box is replaced by a new one with the same edge id and a blank card. What the office keeps
for it is a retained message, so a short look at the broker is enough, and no broker is an answer
too: the shop has to sell.
"""

import asyncio
import contextlib
from typing import NoReturn

from edge_daemon.journal import EdgeIdentity, Head, Inheritance
from edge_daemon.mqtt import Connection, EdgeTopics, Link, Message, RelaySettings, Will
from edge_daemon.records import RecordError
from edge_daemon.records.messages import Resume, decode_message
from edge_daemon.relay.succession import carried_over

SETTLE_SECONDS = 0.5
"""From the broker's word on our subscription: what it retains comes right behind that."""


async def ask_for_resume(settings: RelaySettings, identity: EdgeIdentity) -> Resume | None:
    """Fetch what the office keeps for this edge; None when nothing came in time.

    Waits `settings.resume_wait` seconds at most, less where the broker has nothing.
    """
    if not settings.resume_wait:
        return None
    topics = EdgeTopics.of(identity.organization_id, identity.retail_store_id, identity.edge_id)
    link = Link(settings, identity.edge_id)
    answer: asyncio.Future[Resume | None] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(link.run(lambda: _Question(topics.resume, answer)))
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings.resume_wait):
                return await asyncio.shield(answer)
        return None
    finally:
        running.cancel()
        await asyncio.wait((running,))


def inheritance(resume: Resume) -> Inheritance:
    """What a blank journal begins with."""
    return Inheritance(Head(resume.epoch, resume.seq, resume.hash), carried_over(resume))


class _Question:
    """What is said on one connection."""

    will: Will | None = None

    def __init__(self, topic: str, answer: asyncio.Future[Resume | None]) -> None:
        self._topic = topic
        self._answer = answer

    def on_message(self, message: Message) -> None:
        """Keep the first that can be read; the broker keeps it as well."""
        with contextlib.suppress(RecordError):
            self._tell(decode_message(Resume, message.payload))

    def on_puback(self, mid: int, reason: int) -> None:
        """Nothing is published here."""

    async def run(self, connection: Connection) -> NoReturn:
        """Subscribe, and give up soon when nothing is there."""
        await connection.subscribe(self._topic)
        await asyncio.sleep(SETTLE_SECONDS)
        self._tell(None)
        await asyncio.Event().wait()
        raise AssertionError

    def _tell(self, resume: Resume | None) -> None:
        if not self._answer.done():
            self._answer.set_result(resume)
