"""The central office of the chaos evening: one worker with a file, or several with PostgreSQL."""

import asyncio
import contextlib
import pathlib
import random
from collections.abc import Iterator
from typing import Self

from central_office.reading import open_reader
from central_office.report import Report, read_entries, read_report
from tests.central_office.postgresql import postgresql
from tests.mqtt_proxy import MqttProxy
from tests.relaying import OfficeProcess

LOOK_SECONDS = 0.2
SETTINGS = """
gap_seconds = 0.5
client_id = "office-{number}"
{share}
[broker]
keepalive = 3
"""


class Offices:
    """The workers, each with a bad line of its own to the broker.

    Attributes:
        most_parked: Entries that waited for a hole before them, at once and at most.
    """

    def __init__(
        self, directory: pathlib.Path, broker: int, workers: int, chance: random.Random
    ) -> None:
        self.lines = [MqttProxy(broker, chance) for _ in range(workers)]
        self.workers: list[OfficeProcess] = []
        self.most_parked = 0
        self._directory = directory
        self._database = str(directory / "office.db")
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start them all. PostgreSQL begins blank, and the boxes send all they have again."""
        async with contextlib.AsyncExitStack() as stack:
            if len(self.lines) > 1:
                self._database = stack.enter_context(postgresql()).new_database()
            for number, line in enumerate(self.lines, start=1):
                await stack.enter_async_context(line)
                worker = OfficeProcess(
                    self._database, line.port, "--config", self._settings(number)
                )
                await worker.start()
                stack.push_async_callback(worker.kill)
                self.workers.append(worker)
            watching = asyncio.create_task(self._watch())
            stack.callback(watching.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def report(self) -> Report:
        """What the office knows."""
        return read_report(self._database)

    def duplicates(self) -> int:
        """Entries that came again, since this database began."""
        return sum(stream.duplicates for stream in self.report().streams)

    def entries(self, edge: str) -> Iterator[bytes]:
        """The bytes of one edge, in the order of arrival."""
        return read_entries(self._database, edge)

    def _settings(self, number: int) -> str:
        path = self._directory / f"office-{number}.toml"
        share = 'share = "workers"' if len(self.lines) > 1 else ""
        path.write_text(SETTINGS.format(number=number, share=share), encoding="ascii")
        return str(path)

    async def _watch(self) -> None:
        while True:
            parked = await asyncio.to_thread(self._parked)
            self.most_parked = max(self.most_parked, parked)
            await asyncio.sleep(LOOK_SECONDS)  # nobody tells another process

    def _parked(self) -> int:
        with open_reader(self._database) as read:
            count: int = next(read("SELECT count(*) FROM parked", ()))[0]
            return count
