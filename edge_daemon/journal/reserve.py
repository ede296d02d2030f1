"""The reserve: disk space put aside, so that on a full disk what is under way can still end.

A file of real blocks lies beside the journal. When SQLite finds the disk full, the file is given
up: open sales are journalled in the space that it held, and nothing new is begun. Once there is
room for it, and for as much again, it is made anew.
"""

import contextlib
import os
import pathlib

RESERVE_BYTES = 8 * 1024 * 1024
"""Room for the entries of some hundred sales: each is written to the log and to the database."""
BLOCK = 512
"""The unit of `st_blocks` (stat(2))."""


class Reserve:
    """Space that can be given up once. Blocks; used on the writer's thread alone."""

    def __init__(self, path: pathlib.Path, size: int = RESERVE_BYTES) -> None:
        """Make the file, or take the one that is there."""
        self._path = path
        self._size = size
        self.whole = self._is_there()
        self.restore()

    def give_up(self) -> bool:
        """Free the space; False when there is none left to free."""
        had, self.whole = self.whole, False
        with contextlib.suppress(OSError):
            self._path.unlink()
        return had

    @property
    def is_needed(self) -> bool:
        """True when others have less room than lies here."""
        return self._free_bytes() < self._size

    def restore(self) -> bool:
        """Put the space aside again, if as much is left for the others; True when it is there."""
        if not self.whole and self._free_bytes() >= 2 * self._size:
            self.whole = self._allocate()
        return self.whole

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_blocks * BLOCK >= self._size
        except OSError:
            return False

    def _free_bytes(self) -> int:
        try:
            disk = os.statvfs(self._path.parent)
        except OSError:
            return 0
        return disk.f_bavail * disk.f_frsize

    def _allocate(self) -> bool:
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._path.unlink()
            return False
        return True
