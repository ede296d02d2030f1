"""What happens in the shop, told as it happens: events, journal, office, paper."""

import asyncio
import contextlib
import math
from collections.abc import Mapping
from typing import Any, Final

from edge_daemon.client import NoAnswerError
from simulators.demo.screen import Screen, number_of
from simulators.shop.opening import Shop

LOOK_SECONDS: Final = 0.2
"""Between two looks at the journal and at the office's acknowledgement."""
_EVENT_WORDS: Final = (
    "scan_data",
    "phase",
    "text",
    "event",
    "status",
    "state",
    "reason",
    "problem",
)
"""Data of events worth showing, in this order."""
_ENTRY_WORDS: Final = (
    "verb",
    "kind",
    "document",
    "device_id",
    "event",
    "status",
    "state",
    "sequence_number",
    "detail",
    "problem",
)
"""Fields of entries worth showing, in this order."""


async def follow(shop: Shop, screen: Screen) -> None:
    """Tell everything, until cancelled."""
    journal = _JournalReader(shop, screen)
    async with asyncio.TaskGroup() as group:
        group.create_task(_follow_events(shop, screen, journal))
        group.create_task(_follow_paper(shop, screen, journal))
        group.create_task(_follow_journal(shop, screen, journal))


class _JournalReader:
    """Tells each entry of the journal once. Several tasks may ask it to."""

    def __init__(self, shop: Shop, screen: Screen) -> None:
        self._register = shop.register
        self._screen = screen
        self._place: dict[str, str] = {}
        self._reading = asyncio.Lock()

    async def catch_up(self) -> None:
        """Tell the entries that have come since the last time; none while the box is away."""
        async with self._reading:
            with contextlib.suppress(NoAnswerError):
                await self._read()

    async def _read(self) -> None:
        page = await self._register.get("/v1/journal", **self._place)
        for entry in page["entries"]:
            words = _words(entry["payload"], _ENTRY_WORDS)
            self._screen.tell("journal", f"{entry['seq']:>3}  {entry['entry_type']:<17}  {words}")
        if page["next"]:
            self._place = {"after": page["next"]}


async def _follow_events(shop: Shop, screen: Screen, journal: _JournalReader) -> None:
    """Tell each event, behind the entries that were on disk before it."""
    async with shop.register.events() as events:
        async for event in events:
            await journal.catch_up()
            words = [event.type, event.device or "", _words(event.data, _EVENT_WORDS)]
            screen.tell("event", "  ".join(filter(None, words)))


async def _follow_paper(shop: Shop, screen: Screen, journal: _JournalReader) -> None:
    """Show each receipt that comes out of the printer."""
    shown = 0
    while True:
        receipt = await shop.devices.printer.wait_for_receipt(shown + 1, seconds=math.inf)
        shown += 1
        await journal.catch_up()
        screen.show_paper(receipt, f"receipt {shown}")


async def _follow_journal(shop: Shop, screen: Screen, journal: _JournalReader) -> None:
    """Tell what no event tells, and how far the office is."""
    register = shop.register
    acknowledged = None
    while True:
        await journal.catch_up()
        try:
            health = await register.get("/v1/health")
        except NoAnswerError as error:
            screen.tell("problem", str(error))
            continue
        if health["relay"]["acknowledged"] != acknowledged:
            acknowledged = health["relay"]["acknowledged"]
            screen.tell("office", f"acknowledged up to {number_of(acknowledged)}")
        screen.show_status(health, (await register.get("/v1/devices"))["devices"])
        await asyncio.sleep(LOOK_SECONDS)


def _words(data: Mapping[str, Any], wanted: tuple[str, ...]) -> str:
    return "  ".join(str(data[word]) for word in wanted if isinstance(data.get(word), str | int))
