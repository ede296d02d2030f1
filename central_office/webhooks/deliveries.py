"""Tells every webhook what was booked, one entry after the other, in the order of arrival.

Where it was told up to is in the database: a restart goes on there. What was told just before a
crash is told again under the same id, by which the receiver knows it. One that does not answer is
asked again later and later, keeps the others waiting for nothing, and is switched off in the end.
"""

import asyncio
import contextlib
import functools
import secrets
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec

from central_office.errors import OfficeError
from central_office.reading import Reader
from central_office.sql_tables import Session
from central_office.webhooks.posting import post
from central_office.webhooks.registry import (
    Webhook,
    claim,
    failed,
    release,
    secret_of,
    told,
    webhooks,
)
from central_office.webhooks.signing import signed
from central_office.webhooks.waiting import Event, Place, note_place, waiting

Answer = TypeVar("Answer")
BATCH = 100
"""Entries between two notes of how far it is."""
LOOK_SECONDS = 1.0
CLAIM_US = 60 * 1_000_000
"""Longer than one POST; a process that died is followed by another then."""
BACKOFF_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 86400, 86400)
"""Before each further try, five days in all; then it is switched off."""


class Books(Protocol):
    """How deliveries reach the database."""

    async def read(self, act: Callable[[Reader], Answer]) -> Answer:
        """Read something; all of its queries see the same moment."""
        ...

    async def write(self, act: Callable[[Session], Answer]) -> Answer:
        """Do something in a transaction."""
        ...


class Deliveries:
    """Tells while it runs."""

    def __init__(
        self,
        database: Books,
        now_us: Callable[[], int],
        *,
        private: bool = False,
        backoff: tuple[float, ...] = BACKOFF_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """Take the database and the time.

        Args:
            database: Where entries and webhooks are.
            now_us: Microseconds since 1970 UTC.
            private: Addresses of our own networks are meant.
            backoff: Seconds before each further try.
            look_seconds: Between two looks for what is new or due.
        """
        self._database = database
        self._now_us = now_us
        self._private = private
        self._backoff = backoff
        self._look_seconds = look_seconds
        self._name = secrets.token_hex(8)
        self._woken = asyncio.Event()
        self._telling: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Tell, until cancelled; each webhook on its own."""
        try:
            while True:
                with contextlib.suppress(OfficeError):
                    await self._look()
                self._woken.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._look_seconds):
                        await self._woken.wait()
        finally:
            tasks = list(self._telling.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(OfficeError):
                await self._database.write(lambda session: release(session, self._name))

    def wake(self) -> None:
        """Look at once: something was committed."""
        self._woken.set()

    async def _look(self) -> None:
        now_us = self._now_us()
        for one in await self._database.read(webhooks):
            is_due = one.switched_off_at is None and (one.next_at or 0) <= now_us
            if is_due and one.webhook_id not in self._telling:
                task = asyncio.create_task(self._tell(one))
                self._telling[one.webhook_id] = task
                task.add_done_callback(functools.partial(self._forget, one.webhook_id))

    def _forget(self, webhook_id: str, _: object) -> None:
        self._telling.pop(webhook_id, None)

    async def _tell(self, one: Webhook) -> None:
        with contextlib.suppress(OfficeError):
            await self._tell_batch(one)

    async def _tell_batch(self, one: Webhook) -> None:
        """Tell the next entries, if this process is the one that does."""
        told_to, events = await self._database.read(lambda read: waiting(read, one, BATCH))
        if not events:
            return
        now_us = self._now_us()
        until_us = now_us + CLAIM_US
        is_ours = await self._database.write(
            lambda session: claim(session, one.webhook_id, self._name, now_us, until_us)
        )
        if not is_ours:
            return
        secret = await self._database.read(lambda read: secret_of(read, one.webhook_id))
        up_to, answer, at = told_to, one.last_answer, one.last_at
        for event in events:
            if one.wants(event.entry_type, event.store):
                try:
                    answer, at = await self._post(one, secret, event), self._now_us()
                except OfficeError as error:
                    await self._note_failure(one, told_to, up_to, str(error))
                    return
            up_to = event.place
            if self._now_us() > until_us - CLAIM_US // 2:
                break

        def note(session: Session) -> None:
            told(session, one.webhook_id, up_to.arrival, answer, at)
            note_place(session, one.webhook_id, up_to)

        await self._database.write(note)
        self.wake()

    async def _post(self, one: Webhook, secret: str, event: Event) -> str:
        body = body_of(one, event.place, event.entry_type, event.data)
        event_id = f"{one.webhook_id}-{event.name}"
        headers = signed(secret, event_id, self._now_us() // 1_000_000, body)
        return str(await post(one.url, headers, body, private=self._private))

    async def _note_failure(self, one: Webhook, told_to: Place, up_to: Place, answer: str) -> None:
        now_us = self._now_us()
        is_last = one.failures >= len(self._backoff) and up_to == told_to
        tries = 0 if up_to > told_to else one.failures
        wait = self._backoff[min(tries, len(self._backoff) - 1)]
        next_at = None if is_last else now_us + round(wait * 1_000_000)
        before = msgspec.structs.replace(one, failures=tries)

        def note(session: Session) -> None:
            failed(session, before, up_to.arrival, answer, now_us, next_at)
            note_place(session, one.webhook_id, up_to)

        await self._database.write(note)

    async def test(self, one: Webhook) -> str:
        """Send a message that is none, now, and return what came of it."""
        secret = await self._database.read(lambda read: secret_of(read, one.webhook_id))
        body = body_of(one, Place(0, 0), "Test", b"{}")
        now_us = self._now_us()
        headers = signed(secret, f"{one.webhook_id}-test-{now_us}", now_us // 1_000_000, body)
        try:
            return str(await post(one.url, headers, body, private=self._private))
        except OfficeError as error:
            return str(error)


def without_customers(told: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave customers out wherever they stand: an intent holds a whole request."""
    match told:
        case dict():
            kept = told.items()
            return {name: without_customers(one) for name, one in kept if name != "customer_ref"}
        case list():
            return [without_customers(one) for one in told]
        case _:
            return told


def body_of(one: Webhook, place: Place, entry_type: str, data: bytes) -> bytes:
    """What a webhook is told of an entry: as it was written, but for the customer.

    Whoever has to know the customer asks for the receipt, with a key that may.
    """
    entry = without_customers(msgspec.json.decode(data))
    told_of = {
        "type": entry_type,
        "webhook": one.name,
        "organization": one.organization,
        "arrival": place.arrival,
        **({"part": place.part} if place.part else {}),
        "entry": entry,
    }
    return msgspec.json.encode(told_of)
