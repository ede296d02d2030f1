"""The daemon as a process that can be killed: the installed command on the same files."""

import asyncio
import contextlib
import pathlib
import re
import sys

EDGE_DAEMON = str(pathlib.Path(sys.executable).with_name("edge-daemon"))
START_SECONDS = 30.0
_READY = re.compile(rb"ready: (http://\S+)")


class KilledLife:
    """One life of the real daemon, from its start to `kill -9`.

    Attributes:
        url: Where its API is.
    """

    def __init__(self, configuration: pathlib.Path) -> None:
        self._configuration = configuration
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self.url = ""

    async def start(self) -> None:
        """Start it and wait until it serves."""
        self._process = await asyncio.create_subprocess_exec(
            EDGE_DAEMON,
            "run",
            "--config",
            str(self._configuration),
            stderr=asyncio.subprocess.PIPE,
        )
        said: list[bytes] = []
        async with asyncio.timeout(START_SECONDS):
            while not self.url:
                line = await self._stderr.readline()
                said.append(line)
                assert line, f"it did not start: {b''.join(said).decode()}"
                if found := _READY.search(line):
                    self.url = found[1].decode().rstrip(",")
        self._listening = asyncio.create_task(self._listen())

    def kill(self) -> None:
        """End the process as nobody can prevent."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> None:
        """Wait until the kernel has taken everything back."""
        assert self._process is not None
        await self._process.wait()
        if self._listening is not None:
            await self._listening

    @property
    def _stderr(self) -> asyncio.StreamReader:
        assert self._process is not None
        assert self._process.stderr is not None
        return self._process.stderr

    async def _listen(self) -> None:
        while await self._stderr.readline():
            pass
