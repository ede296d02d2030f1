"""The real daemon as a process that can be killed, and a register that sells through its API."""

import asyncio
import collections
import contextlib
import itertools
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator

import httpx

from edge_daemon.journal.schema import connect_reader
from simulators.broker import dying_with_us
from tests.stories.counter import TOKEN, sale

START_SECONDS = 60.0
"""For the daemon to serve; on a machine with far too much to do a start takes five seconds."""
LOOK_SECONDS = 0.1
_LINES = "SELECT data FROM entries ORDER BY epoch_number, seq"
EDGE_DAEMON = str(pathlib.Path(sys.executable).with_name("edge-daemon"))
CONFIGURATION = """
[edge]
id = "{edge}"
organization = "org-1"
store = "8712345678906"
state_directory = "{directory}"

[api]
port = 0
token = "{token}"

[shop]
name = "De Hoekwinkel"
cash_rounding = 5

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[tax_code]]
code = "low"
rate_bp = 900
description = "9%"

[[workstation]]
name = "till-1"

{relay}
"""


class DaemonProcess:
    """`edge-daemon run`: a box with one till and no devices.

    Attributes:
        state: The folder of its journal.
        serving: Set while it can be asked.
    """

    def __init__(self, configuration: pathlib.Path, state: pathlib.Path, **names: str) -> None:
        """Write the configuration; `names` are the `edge` and the `relay` table."""
        self.state = state
        self.serving = asyncio.Event()
        self._configuration = configuration
        self._names = {"edge": "edge-0041", "relay": ""} | names
        self._process: asyncio.subprocess.Process | None = None
        self._last_lines: collections.deque[str] = collections.deque(maxlen=15)
        self._reading: asyncio.Task[None] | None = None
        self._url = ""

    @property
    def journal(self) -> pathlib.Path:
        """Where the journal is."""
        return self.state / "journal.db"

    async def start(self) -> None:
        """Start the daemon and wait until it serves."""
        text = CONFIGURATION.format(directory=self.state, token=TOKEN, **self._names)
        self._configuration.write_text(text, encoding="utf-8")
        self._process = await asyncio.create_subprocess_exec(
            *dying_with_us(),
            *(EDGE_DAEMON, "run", "--config", str(self._configuration)),
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        serving = asyncio.create_task(self.serving.wait())
        await asyncio.wait(
            {self._reading, serving},
            timeout=START_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        serving.cancel()
        assert self.serving.is_set(), f"the daemon does not serve: {self.last_words}"

    async def kill(self) -> None:
        """End the daemon at once, whatever it does."""
        self.serving.clear()
        if self._process is not None and self._reading is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            await self._reading
            self.serving.clear()  # it may have said so right before
            self._process = None

    async def acknowledged(self) -> None:
        """Wait until the office has acknowledged all."""
        async with self.client() as client:
            while True:
                health = (await client.get("/v1/health")).json()
                relay = health["relay"]
                assert relay["alarm"] is None, relay["alarm"]
                if relay["acknowledged"] == health["journal"]["position"]:
                    return
                await asyncio.sleep(LOOK_SECONDS)  # nobody tells another process

    def lines(self) -> Iterator[bytes]:
        """The bytes of every entry, in order."""
        with contextlib.closing(connect_reader(self.journal)) as connection:
            for (line,) in connection.execute(_LINES):
                yield line

    @property
    def last_words(self) -> str:
        """What it wrote to its log at last."""
        return "\n".join(self._last_lines)

    def client(self) -> httpx.AsyncClient:
        """A register's client; a restarted daemon listens elsewhere and needs a new one."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.AsyncClient(base_url=self._url, headers=headers, timeout=20, trust_env=False)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for data in process.stderr:
            line = data.decode(errors="replace").rstrip()
            self._last_lines.append(line)
            if found := re.search(r"ready: (http://[^\s,]+)", line):
                self._url = found[1]
                self.serving.set()


async def state_after_selling(client: httpx.AsyncClient, sale_id: str) -> str:
    """Sell, or ask what became of it: the sale's state.

    Raises:
        httpx.TransportError: No answer: ask again, with the same id.
    """
    response = await client.put(f"/v1/sales/{sale_id}", json=sale())
    assert response.status_code in {200, 202}, response.text
    state: str = response.json()["state"]
    return state


def first_difference(ours: Iterable[bytes], theirs: Iterable[bytes]) -> int | None:
    """Counted from 1, the first place where two streams differ; None where they are the same."""
    pairs = enumerate(itertools.zip_longest(ours, theirs), start=1)
    return next((number for number, (here, there) in pairs if here != there), None)
