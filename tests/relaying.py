"""Two real ends and a wire: a journal with its relay, an office, a tap on the broker between."""

import asyncio
import contextlib
import dataclasses
import pathlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from central_office.office import Office
from central_office.report import read_entries
from central_office.settings import OfficeSettings
from edge_daemon.clock import SystemClock
from edge_daemon.journal import Draft, EdgeIdentity, Journal
from edge_daemon.mqtt import BrokerSettings, RelaySettings
from edge_daemon.records.payloads import SystemEvent
from edge_daemon.relay import About, Downstream, Relay, RelayState
from simulators.broker import dying_with_us
from tests.entries import EDGE, ORGANIZATION, STORE

PATIENCE_SECONDS = 30.0


@dataclasses.dataclass
class Edge:
    journal: Journal
    relay: Relay
    task: "asyncio.Task[Any]"
    changed: asyncio.Event

    async def append(self, count: int = 1, *, size: int = 10) -> None:
        note = "x" * size
        drafts = [Draft(payload=SystemEvent(event="Start", note=note)) for _ in range(count)]
        await self.journal.append(*drafts)

    async def until(self, predicate: Callable[[RelayState], bool]) -> RelayState:
        """Wait for a state of the relay; its end is the test's."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not predicate(self.relay.state()):
                self.changed.clear()
                changed = asyncio.ensure_future(self.changed.wait())
                await asyncio.wait((changed, self.task), return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if self.task.done():
                    self.task.result()
        return self.relay.state()

    async def acknowledged(self) -> RelayState:
        """Wait until the office has everything."""
        return await self.until(
            lambda state: state.acknowledged == str(self.journal.head.position) and state.lag == 0
        )

    async def asleep(self) -> None:
        """Wait until the relay has said all that it may say now, and the broker has it."""
        for _ in range(5):  # a commit takes longer than any turn of the relay that is due
            await self.journal.check_alive()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._is_asleep():
                await self.journal.check_alive()

    def _is_asleep(self) -> bool:
        conversation = self.relay._conversation
        assert conversation is not None
        pace, window = conversation._pace, conversation._window
        all_sent = self.relay._cursors.next_after() is None
        held = pace.holds(asyncio.get_running_loop().time())
        full = not window.has_room(probing=pace.probing)
        return window.unconfirmed_since is None and (all_sent or held or full)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait((self.task,))

    async def lines(self) -> list[bytes]:
        entries = await self.journal.read_after(None, limit=1_000_000, max_bytes=2**30)
        return [entry.data for entry in entries]


@contextlib.asynccontextmanager
async def open_edge(
    path: pathlib.Path,
    port: int,
    *,
    edge_id: str = EDGE,
    about: Callable[[], About] | None = None,
    downstream: Downstream | None = None,
    **settings: Any,
) -> AsyncIterator[Edge]:
    identity = EdgeIdentity(ORGANIZATION, STORE, edge_id, "till-1")
    journal = await Journal.open(path, identity=identity, clock=SystemClock())
    relay = Relay(journal, RelaySettings(port=port, **settings), about=about, downstream=downstream)
    changed = asyncio.Event()
    relay.on_state(lambda _: changed.set())
    edge = Edge(journal, relay, asyncio.ensure_future(relay.run()), changed)
    try:
        yield edge
    finally:
        await edge.stop()
        await journal.close()


def office(database: pathlib.Path, port: int, **settings: Any) -> Office:
    broker = BrokerSettings(port=port)
    return Office(OfficeSettings(database=str(database), broker=broker, **settings))


def stored(database: pathlib.Path, edge_id: str = EDGE) -> list[bytes]:
    return list(read_entries(database, edge_id))


class OfficeProcess:
    """`central-office run`, which can be killed."""

    def __init__(self, database: pathlib.Path | str, port: int, *options: str) -> None:
        broker = f"127.0.0.1:{port}"
        arguments = ("run", "--database", str(database), "--broker", broker, *options)
        self._command = (sys.executable, "-m", "central_office.cli", *arguments)
        self.process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self, patience: float = PATIENCE_SECONDS) -> None:
        """Return when it receives."""
        self.process = await asyncio.create_subprocess_exec(
            *dying_with_us(), *self._command, stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(patience):
            while b"Receiving" not in (line := await self.process.stdout.readline()):
                assert line, "the office ended"
        self._reading = asyncio.create_task(_drain(self.process.stdout))

    @property
    def status(self) -> int | None:
        """What it ended with; None while it runs."""
        assert self.process is not None
        return self.process.returncode

    async def kill(self) -> None:
        """End it at once, if that was not done already."""
        if self.process is not None:
            assert self.process.returncode is None, "the office had ended by itself"
            self.process.kill()
            await self._ended()

    async def terminate(self) -> int:
        assert self.process is not None
        self.process.terminate()
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._ended()

    async def _ended(self) -> int:
        assert self.process is not None
        returncode = await self.process.wait()
        if self._reading is not None:
            await self._reading
        self.process = self._reading = None
        return returncode


async def _drain(stream: asyncio.StreamReader) -> None:
    """Read on, so that whoever writes is never held up."""
    while await stream.read(65_536):
        pass


class Tap:
    """Another client at the broker: plain paho, as a witness and as a forger."""

    def __init__(
        self,
        port: int,
        *filters: str,
        client_id: str = "",
        user: tuple[str, str] | None = None,
        stays: bool = False,
    ) -> None:
        """Prepare it; the broker keeps the session of one that `stays`."""
        self.messages: asyncio.Queue[MQTTMessage] = asyncio.Queue()
        self._filters = filters
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._subscribed = asyncio.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=not stays,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        if user is not None:
            self._client.username_pw_set(*user)

    async def __aenter__(self) -> Self:
        self._client.on_message = lambda _, __, message: self._tell(
            self.messages.put_nowait, message
        )
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(name, 1) for name in self._filters or ("none",)]
        )
        self._client.on_subscribe = lambda *_: self._tell(self._subscribed.set)
        self._client.connect_async("127.0.0.1", self._port)
        self._client.loop_start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._subscribed.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        self._client._reset_sockets()

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        await asyncio.to_thread(info.wait_for_publish, PATIENCE_SECONDS)

    async def next(self, predicate: Callable[[MQTTMessage], bool]) -> MQTTMessage:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message = await self.messages.get()
                if predicate(message):
                    return message
