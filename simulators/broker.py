"""The demo's MQTT broker: Mosquitto where it is installed, otherwise an embedded one.

A process of its own on a loopback port of its own, without persistence and without a file left
behind: what it has acknowledged is gone when it is killed, which is what the relay must stand.
"""

import asyncio
import contextlib
import os
import pathlib
import shutil
import socket
import sys
from typing import Literal, Self

Kind = Literal["mosquitto", "amqtt"]

START_SECONDS = 15.0
STOP_SECONDS = 5.0
SBIN = pathlib.Path("/usr/sbin/mosquitto")
"""Debian's place, which is not in an ordinary user's PATH."""
_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
log_dest stderr
connection_messages false
user root
{lines}"""


class BrokerNotStartedError(RuntimeError):
    """Raised when the broker's process ended or said nothing; nothing is left running."""


def find_mosquitto() -> str | None:
    """The path of Mosquitto's program, or None where it is not installed."""
    return shutil.which("mosquitto") or (str(SBIN) if SBIN.exists() else None)


class Broker:
    """A broker process, running while it is entered; it can be killed and started again.

    Attributes:
        kind: Which broker it is.
        port: On 127.0.0.1; the same one after a restart.
    """

    def __init__(self, port: int = 0, kind: Kind | None = None, *, lines: str = "") -> None:
        """Choose a broker.

        Args:
            port: 0 takes a free one.
            kind: The best that is installed where None.
            lines: More of Mosquitto's configuration, such as certificates.
        """
        self.kind: Kind = kind or ("mosquitto" if find_mosquitto() else "amqtt")
        self.port = port or _free_port()
        self._lines = lines
        self._process: asyncio.subprocess.Process | None = None
        self._log: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start it.

        Raises:
            BrokerNotStartedError: It does not run.
        """
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    async def start(self) -> None:
        """Start the process and return when it listens.

        Raises:
            BrokerNotStartedError: It does not run.
        """
        if self.kind == "mosquitto":
            self._process = await self._start_mosquitto()
        else:
            self._process = await _start(
                [sys.executable, "-m", "simulators.embedded_broker", str(self.port)]
            )
        await self._wait_until_running(self._process)
        self._log = asyncio.ensure_future(_drain(self._process))

    async def kill(self) -> None:
        """End it as a power cut does: no goodbye, nothing kept."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await self._reap()

    async def stop(self) -> None:
        """End it in peace."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
        await self.kill()

    async def _start_mosquitto(self) -> asyncio.subprocess.Process:
        """Its configuration is a file in memory only."""
        memory = os.memfd_create("mosquitto.conf")
        try:
            os.write(memory, _MOSQUITTO.format(port=self.port, lines=self._lines).encode())
            command = [find_mosquitto() or "mosquitto", "-c", f"/proc/self/fd/{memory}"]
            return await _start([*dying_with_us(), *command], memory)
        finally:
            os.close(memory)

    async def _wait_until_running(self, process: asyncio.subprocess.Process) -> None:
        said: list[str] = []
        try:
            async with asyncio.timeout(START_SECONDS):
                while "running" not in (line := await _read_line(process)):
                    if not line:
                        break
                    said.append(line)
                else:
                    return
        except TimeoutError:
            said.append(f"no word within {START_SECONDS:.0f} s")
        await self.kill()
        raise BrokerNotStartedError(f"{self.kind} on port {self.port}: {' '.join(said)}")

    async def _reap(self) -> None:
        if self._process is not None:
            await self._process.wait()
            self._process = None
        if self._log is not None:
            await self._log
            self._log = None


async def _start(command: list[str], *inherited: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=inherited,
    )


async def _read_line(process: asyncio.subprocess.Process) -> str:
    if process.stdout is None:
        return ""
    return (await process.stdout.readline()).decode(errors="replace")


async def _drain(process: asyncio.subprocess.Process) -> None:
    while await _read_line(process):
        pass


def dying_with_us() -> list[str]:
    """What ends the process when ours is killed (prctl(2), PR_SET_PDEATHSIG), where there is it.

    Changing the user would undo it: hence `user root`, which an ordinary user's Mosquitto ignores.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
