"""A program that runs as a process of its own, and what it said last."""

import asyncio
import collections
import contextlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn, Self

START_SECONDS = 30.0
"""For a program to be ready; a Raspberry Pi needs two."""
STOP_SECONDS = 10.0
"""After the polite signal; the daemon lets acts under way end first."""
LAST_LINES = 15


class ProgramError(RuntimeError):
    """Raised when a program did not start, or ended by itself; the message has its last lines."""


class Program:
    """One program, running while it is entered.

    In a session of its own, so that a terminal's Ctrl-C reaches only the one who started it, and
    everything ends in order.
    """

    def __init__(self, name: str, *arguments: str) -> None:
        """Choose one of this project's commands by its name."""
        self.name = name
        self._arguments = arguments
        self._last_lines: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._awaited: tuple[re.Pattern[str], asyncio.Future[re.Match[str]]] | None = None

    async def __aenter__(self) -> Self:
        """Start it; it is not ready yet."""
        self._process = await asyncio.create_subprocess_exec(
            find_command(self.name),
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it: politely, then not."""
        if self._process is None or self._reading is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        await self.kill()

    async def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is None or self._reading is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def ended(self) -> None:
        """Wait until it has ended, for whatever reason."""
        if self._process is not None:
            await self._process.wait()

    async def wait_for_line(self, pattern: str) -> re.Match[str]:
        """Wait until it says something; call it right after entering.

        Raises:
            ProgramError: It ended, or said no such thing within `START_SECONDS`.
        """
        said: asyncio.Future[re.Match[str]] = asyncio.get_running_loop().create_future()
        self._awaited = re.compile(pattern), said
        failing = asyncio.ensure_future(self.fail())
        either: set[asyncio.Future[Any]] = {said, failing}
        try:
            await asyncio.wait(either, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            failing.cancel()
        if said.done():
            return said.result()
        if failing.done():
            failing.result()
        raise self._error(f"is not ready after {START_SECONDS:.0f} seconds")

    async def fail(self) -> NoReturn:
        """Wait until it ends without having been asked to.

        Raises:
            ProgramError: It did.
        """
        if self._process is None or self._reading is None:
            raise self._error("was not started")
        await asyncio.shield(self._reading)
        code = await self._process.wait()
        by_itself = f"ended with the exit code {code}"
        raise self._error(by_itself if code >= 0 else f"was ended by the signal {-code}")

    async def _read(self) -> None:
        stdout = self._process.stdout if self._process is not None else None
        if stdout is None:
            return
        async for data in stdout:
            line = data.decode(errors="replace").rstrip()
            self._last_lines.append(line)
            if self._awaited is not None:
                pattern, said = self._awaited
                match = pattern.search(line)
                if match is not None and not said.done():
                    said.set_result(match)

    def _error(self, what: str) -> ProgramError:
        said = "".join(f"\n  | {line}" for line in self._last_lines) or " It said nothing."
        return ProgramError(f"{self.name} {what}. Its last lines:{said}")


async def ask(name: str, *arguments: str, told: bytes = b"") -> bytes:
    """Run a command to its end and return what it wrote to its standard output.

    Args:
        name: Of the command.
        arguments: Its own.
        told: What it hears on its standard input.

    Raises:
        ProgramError: It ended with another exit code than 0; the message has what it said.
    """
    process = await asyncio.create_subprocess_exec(
        find_command(name),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        written, complaint = await process.communicate(told)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ProgramError(f"{name} {arguments[0]}: {complaint.decode(errors='replace').strip()}")
    return written


def find_command(name: str) -> str:
    """The path of one of this project's commands, which stand beside the Python that runs us.

    Raises:
        ProgramError: It is not installed.
    """
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise ProgramError(f"{name} is not installed. script/setup demo installs it.")
    return found
