"""The daemon on its mains plug: it can be pulled at any moment, and put back.

Pulling is `kill -9`, which is what a power cut does to a process: nothing is said to anybody. What
the daemon had on disk is all that it has when the plug is back.
"""

import asyncio
from pathlib import Path
from typing import NoReturn, Self

from simulators.shop.programs import Program

_READY = r"ready: (http:\S+?)(?:,|$)"


class Box:
    """The daemon of one configuration, running while it is entered.

    Attributes:
        url: Where its API is, once it is ready.
        ready: False while it has no power, and until it serves again.
    """

    def __init__(self, configuration: Path) -> None:
        self._configuration = configuration
        self._program = self._new()
        self._turning = asyncio.Lock()
        self._plugged = asyncio.Event()
        self.url = ""
        self.ready = False

    async def __aenter__(self) -> Self:
        """Start it; `wait_until_ready` waits for it."""
        await self._program.__aenter__()
        self._plugged.set()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it in peace."""
        self.ready = False
        await self._program.__aexit__(*_)

    @property
    def plugged_in(self) -> bool:
        """Whether the plug is in."""
        return self._plugged.is_set()

    async def wait_until_ready(self) -> None:
        """Wait until it serves; call it right after entering.

        Raises:
            ProgramError: It does not start; the message has its last lines.
        """
        self.url = (await self._program.wait_for_line(_READY))[1]
        self.ready = True

    async def pull(self) -> None:
        """Cut the power, if there is any."""
        async with self._turning:
            if self.plugged_in:
                self._plugged.clear()
                self.ready = False
                await self._program.kill()

    async def plug_in(self) -> None:
        """Bring the power back, and return when the box serves.

        Raises:
            ProgramError: It does not start.
        """
        async with self._turning:
            if not self.plugged_in:
                self._program = self._new()
                await self._program.__aenter__()
                self._plugged.set()
                await self.wait_until_ready()

    async def fail(self) -> NoReturn:
        """Wait until it ends although its plug is in.

        Raises:
            ProgramError: It did.
        """
        while True:
            await self._plugged.wait()
            await self._program.ended()
            if self.plugged_in:
                await self._program.fail()

    def _new(self) -> Program:
        return Program("edge-daemon", "run", f"--config={self._configuration}")
