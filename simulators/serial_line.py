"""A simulated device's serial line: a symlink that stays while the pty behind it comes and goes.

So it is with `/dev/serial/by-id/…` when a real device is pulled and plugged in again: the line
ends for whoever has it open, and a new one is found at the same address.
"""

import asyncio
import contextlib
import os
import tempfile
import tty
from collections.abc import Callable
from pathlib import Path

READ_SIZE = 4096


class SerialLine:
    """The device's end of a serial cable. Used on a running event loop.

    Args:
        name: Of the symlink.
        directory: Where it is; a temporary one when absent.
        receive: Called with the bytes that the host sends.
    """

    def __init__(self, name: str, directory: Path | None, receive: Callable[[bytes], None]) -> None:
        self._files = contextlib.ExitStack()
        folder = directory or Path(self._files.enter_context(tempfile.TemporaryDirectory()))
        self.path = folder / name
        self._receive = receive
        self._ends: tuple[int, int] | None = None

    @property
    def plugged_in(self) -> bool:
        """Whether there is a cable."""
        return self._ends is not None

    def plug_in(self) -> None:
        """Lay a new line to the address. Nothing changes where there is one."""
        if self._ends is not None:
            return
        device_end, host_end = self._ends = os.openpty()
        tty.setraw(host_end)
        os.set_blocking(device_end, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(host_end))
        asyncio.get_running_loop().add_reader(device_end, self._read, device_end)

    def unplug(self) -> None:
        """Pull the cable: the symlink goes, and the line ends for whoever has it open."""
        if self._ends is None:
            return
        asyncio.get_running_loop().remove_reader(self._ends[0])
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = None

    def stop_reading(self) -> None:
        """Leave what the host sends in the line until that is full."""
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])

    def send(self, data: bytes) -> None:
        """Send bytes to the host; those that find the line full are lost, as on a real one."""
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):
                while data:
                    data = data[os.write(self._ends[0], data) :]

    def pause(self) -> None:
        """Read no further: the host's bytes fill the line, and then do not leave."""
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])

    def resume(self) -> None:
        """Read on."""
        if self._ends is not None:
            device_end = self._ends[0]
            asyncio.get_running_loop().add_reader(device_end, self._read, device_end)

    def close(self) -> None:
        """Leave nothing behind."""
        self.unplug()
        self._files.close()

    def _read(self, device_end: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._receive(os.read(device_end, READ_SIZE))
