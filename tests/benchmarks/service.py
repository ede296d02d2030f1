"""A process that is started as systemd starts a service, and measured from outside."""

import asyncio
import contextlib
import os
import pathlib
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from tests.benchmarks.figures import root

START_SECONDS = 30.0
STOP_SECONDS = 10.0
EDGE_DAEMON = str(pathlib.Path(sys.executable).with_name("edge-daemon"))
_PORT = re.compile(rb"READY=1\n.*:(\d+)", re.DOTALL)


class Memory(NamedTuple):
    """Of one process, in MiB: `resident` with, `private` without what it shares with others."""

    resident: float
    private: float


class Service:
    """A running service.

    Attributes:
        seconds_to_ready: From the start of the process to its READY=1.
        port: Where it listens on the loopback.
    """

    def __init__(self, pid: int, seconds_to_ready: float, port: int) -> None:
        self.pid = pid
        self.seconds_to_ready = seconds_to_ready
        self.port = port

    def memory(self) -> Memory:
        """What the kernel says (proc_pid_smaps(5), smaps_rollup)."""
        sizes: dict[str, int] = {}
        for line in pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, size, _ = line.split()
            sizes[name] = int(size)
        private = sizes["Private_Clean:"] + sizes["Private_Dirty:"]
        return Memory(sizes["Rss:"] / 1024, private / 1024)


@contextlib.asynccontextmanager
async def running(*command: str) -> AsyncIterator[Service]:
    """Start a command, wait until it is ready, and stop it at the end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(f"\0benchmark-{os.getpid()}-{time.monotonic_ns()}")
        notified.settimeout(0)
        name = "@" + notified.getsockname()[1:].decode()
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=root(),
            env={**os.environ, "NOTIFY_SOCKET": name},
            stderr=asyncio.subprocess.PIPE,
        )
        said = asyncio.ensure_future(process.communicate())
        try:
            port = await _ready(notified, said)
            yield Service(process.pid, time.perf_counter() - began, port)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait_for(said, STOP_SECONDS)


async def _ready(notified: socket.socket, said: "asyncio.Future[tuple[bytes, bytes]]") -> int:
    receiving = asyncio.ensure_future(asyncio.get_running_loop().sock_recv(notified, 4096))
    either: set[asyncio.Future[Any]] = {receiving, said}
    await asyncio.wait(either, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if not receiving.done():
        receiving.cancel()
        why = said.result()[1].decode() if said.done() else "it is not ready yet"
        raise RuntimeError(f"The service did not start: {why}")
    found = _PORT.search(receiving.result())
    if found is None:
        raise RuntimeError(f"The service said {receiving.result()!r}.")
    return int(found[1])
