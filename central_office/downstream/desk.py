"""A kept connection to the database with a thread of its own, opened anew after it has failed."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import TypeVar

from central_office.errors import OfficeError
from central_office.reading import Reading, reading

Answer = TypeVar("Answer")


class ReadingDesk:
    """Reads for who must not wait on the event loop, one question after the other."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "office-reading")
        self._reading: Reading | None = None

    async def ask(self, act: Callable[[Reading], Answer]) -> Answer:
        """Let `act` read.

        Raises:
            OfficeError: The database failed; the next question opens it anew.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: self._act(act))

    async def let_go(self) -> None:
        """Let go of the database, and of all that we lead in; the next question opens it anew."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._let_go)

    async def close(self) -> None:
        """Let go of the database for good."""
        await self.let_go()
        self._thread.shutdown()

    def _act(self, act: Callable[[Reading], Answer]) -> Answer:
        try:
            if self._reading is None:
                self._reading = reading(self._address)
            return act(self._reading)
        except OfficeError:
            raise
        except Exception as error:
            self._let_go()
            raise OfficeError(f"The database {self._address} failed: {error}.") from error

    def _let_go(self) -> None:
        if self._reading is not None:
            self._reading.close()
        self._reading = None
