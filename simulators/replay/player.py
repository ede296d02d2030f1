"""What every replay has: a port, a script, and an ear for what is not in it."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Self

from simulators.replay.capture import Recorded, read_capture

HOST = "127.0.0.1"
READ_SIZE = 4096


class Replay:
    """A terminal that knows nothing but a capture; each protocol has its own.

    Args:
        capture: The text of the file.

    Attributes:
        deviations: What the till said otherwise than recorded, in words.
        played: Set when the capture has been played to its end.
    """

    protocol: ClassVar[str]
    context: ssl.SSLContext | None = None

    def __init__(self, capture: str) -> None:
        self.script = deque(read_capture(capture, self.protocol))
        self.port = 0
        self.deviations: list[str] = []
        self.played = asyncio.Event()
        self.begun = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        return (
            f'[[payment_terminal]]\nname = "replay"\ndriver = "{self.protocol}"\n'
            f'host = "{HOST}"\nport = {self.port}\n'
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the till."""
        raise NotImplementedError

    def hear(
        self,
        name: str,
        said: str,
        comparable: Callable[[str], str],
        fits: Callable[[Recorded], bool] | None = None,
    ) -> bool:
        """Compare what the till says with what it said; False when nothing of the kind is due.

        Args:
            name: What it is.
            said: Itself, as a capture would have it.
            comparable: Leaves out what may differ.
            fits: Whether the message that is due is of this kind; else by its name.
        """
        due = self.script[0] if self.script else None
        if due is None or not due.by_till or not (fits(due) if fits else due.name == name):
            return False
        self.begun = True
        self.script.popleft()
        now, then = comparable(said), comparable(due.message)
        if now != then:
            self.deviations.append(f"{name}: {now}, recorded {then}")
        self._look_for_the_end()
        return True

    def speak(self) -> Recorded | None:
        """Return what the terminal says next; None when it is the till's turn."""
        if not self.script or self.script[0].by_till:
            return None
        said = self.script.popleft()
        self._look_for_the_end()
        return said

    def miss(self, name: str) -> None:
        """Note a message of the till that the capture does not have here."""
        self.deviations.append(f"{name} is not in the capture here.")

    async def __aenter__(self) -> Self:
        """Open the port."""
        self._server = await asyncio.start_server(self._welcome, HOST, 0, ssl=self.context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _look_for_the_end(self) -> None:
        if not self.script:
            self.played.set()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
                await self.serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()
