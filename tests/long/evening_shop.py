"""One box of the chaos evening: its daemon, its bad line, and the registers that sell on it."""

import asyncio
import collections
import contextlib
import pathlib
import random
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import httpx

from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.verify import verify
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import RetailTransaction, TransactionStatus
from tests.daemon_process import DaemonProcess, first_difference, state_after_selling
from tests.mqtt_proxy import MqttProxy
from tests.stories.counter import ulid

REGISTERS = 4
"""Selling at the same time on one box."""
RELAY = """
[relay]
port = {port}
ack_timeout = 2
keepalive = 3
"""
_SALES = "SELECT data FROM entries WHERE entry_type = 'RetailTransaction'"


class Box:
    """A daemon with its line to the broker.

    Attributes:
        cancelled: Sales of which the daemon said after a kill that nothing was sold.
    """

    def __init__(
        self, edge: str, directory: pathlib.Path, broker: int, chance: random.Random
    ) -> None:
        self.edge = edge
        self.line = MqttProxy(broker, chance)
        self.cancelled = 0
        self._directory = directory
        self._answered = directory / f"{edge}.answered"
        self._daemon: DaemonProcess | None = None

    async def __aenter__(self) -> Self:
        await self.line.__aenter__()
        self._daemon = DaemonProcess(
            self._directory / f"{self.edge}.toml",
            self._directory / self.edge,
            edge=self.edge,
            relay=RELAY.format(port=self.line.port),
        )
        await self._daemon.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.daemon.kill()
        await self.line.__aexit__(kind, error, trace)

    @property
    def daemon(self) -> DaemonProcess:
        assert self._daemon is not None
        return self._daemon

    # --- selling ---

    async def sell_until(self, closing: asyncio.Event) -> None:
        """Sell as one register; what got no answer is asked for again under the same id."""
        sale_id = ulid()
        while not closing.is_set():
            await self.daemon.serving.wait()
            with contextlib.suppress(httpx.TransportError):
                async with self.daemon.client() as client:
                    while not closing.is_set():
                        state = await state_after_selling(client, sale_id)
                        if self._note(sale_id, state):
                            sale_id = ulid()

    def _note(self, sale_id: str, state: str) -> bool:
        """Remember the answer; False while there is none."""
        if state == "completed":
            with self._answered.open("a", encoding="ascii") as file:
                file.write(f"{sale_id}\n")
        self.cancelled += state == "cancelled"
        return state != "running"

    # --- the books ---

    def answered(self) -> set[str]:
        """The sales that a register was told are done."""
        if not self._answered.exists():
            return set()
        return set(self._answered.read_text(encoding="ascii").split())

    def entries(self) -> int:
        """How long the journal is."""
        with contextlib.closing(connect_reader(self.daemon.journal)) as connection:
            count: int = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
            return count

    def mistakes(self, at_the_office: Iterator[bytes]) -> Iterator[str]:
        """What is wrong with the journal, the sales in it, and the office's copy."""
        with contextlib.closing(connect_reader(self.daemon.journal)) as connection:
            report = verify(connection)
            if not report.intact:
                yield f"{self.edge}: {report.broken} {report.problem}"
            sold = collections.Counter(_sold(row[0] for row in connection.execute(_SALES)))
        wrong = first_difference(self.daemon.lines(), at_the_office)
        if wrong is not None:
            yield f"{self.edge}: entry {wrong} is not the same at the office"
        lost = self.answered() - sold.keys()
        if lost:
            yield f"{self.edge}: {len(lost)} answered sales are lost, such as {min(lost)}"
        twice = [sale_id for sale_id, times in sold.items() if times > 1]
        if twice:
            yield f"{self.edge}: {len(twice)} sales were made twice, such as {min(twice)}"


def _sold(lines: Iterator[bytes]) -> Iterator[str]:
    for line in lines:
        payload = decode_entry(line).payload
        if isinstance(payload, RetailTransaction) and payload.status is TransactionStatus.COMPLETED:
            yield payload.transaction_id
