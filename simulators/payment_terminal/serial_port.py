"""The address of a serial terminal: a symlink that stays while the pty behind it comes and goes.

So it is with `/dev/serial/by-id/…` when a real cable is pulled and plugged in again.
"""

import contextlib
import os
import tempfile
import tty
from pathlib import Path


class SerialPort:
    """A place where a cable can be plugged in.

    Args:
        name: Of the symlink.
        directory: Where it is; a temporary one when absent.
    """

    def __init__(self, name: str, directory: Path | None) -> None:
        self._files = contextlib.ExitStack()
        folder = directory or Path(self._files.enter_context(tempfile.TemporaryDirectory()))
        self.path = folder / f"{name}.tty"
        self._host_end: int | None = None

    def plug_in(self) -> int:
        """Lay a new line to the address, and return the terminal's end of it."""
        self.unplug()
        terminal_end, self._host_end = os.openpty()
        tty.setraw(self._host_end)
        os.set_blocking(terminal_end, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._host_end))
        return terminal_end

    def unplug(self) -> None:
        """Pull the host's end. The terminal's end is its owner's."""
        if self._host_end is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._host_end)
            self._host_end = None

    def close(self) -> None:
        """Leave nothing behind."""
        self.unplug()
        self._files.close()
