"""A disk of our own whose power can be cut: ext4 in a file, mounted through a loop device.

`FS_IOC_SHUTDOWN` makes the kernel forget at once whatever it had not written yet. It does not
model torn sectors, or a drive that lies about its cache.
"""

import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import time
from types import TracebackType
from typing import Self

FS_IOC_SHUTDOWN = 0x8004587D
"""_IOR('X', 125, __u32): EXT4_IOC_SHUTDOWN."""
NO_LOG_FLUSH = 2
"""Write nothing more; 0 flushes everything, 1 the file system's journal."""
UNMOUNT_SECONDS = 10.0


def why_there_is_no_loop_disk() -> str | None:
    """What this machine lacks for a disk of our own; None when it has everything."""
    if os.geteuid() != 0:
        return "only root can mount a disk"
    for tool in ("mkfs.ext4", "mount", "umount"):
        if shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
            return f"{tool} is not installed"
    if not pathlib.Path("/dev/loop-control").exists():
        return "there are no loop devices"
    return None


class LoopDisk:
    """The disk; entered, it is mounted at `root`."""

    def __init__(self, directory: pathlib.Path, size: int) -> None:
        self.root = directory / "mounted"
        self._image = directory / "disk.img"
        self._size = size

    def __enter__(self) -> Self:
        with self._image.open("wb") as file:
            file.truncate(self._size)
        _call("mkfs.ext4", "-q", "-F", str(self._image))
        self.root.mkdir()
        self._mount()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unmount()
        self.root.rmdir()
        self._image.unlink()

    def cut_power(self) -> None:
        """From now on nothing reaches the disk."""
        number = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(number, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(number)

    def restart(self) -> None:
        """Mount it again, as after the power came back; nobody may have a file open on it.

        Whoever made a mount namespace meanwhile holds the dead file system for a moment, and the
        kernel would hand it out again: mount until it is a living one.
        """
        deadline = time.monotonic() + UNMOUNT_SECONDS
        while True:
            self._unmount()
            self._mount()
            if self._lives():
                return
            if time.monotonic() > deadline:
                raise OSError(f"{self._image} is still held by somebody.")

    def _mount(self) -> None:
        _call("mount", "-o", "loop", str(self._image), str(self.root))

    def _lives(self) -> bool:
        probe = self.root / "probe"
        try:
            probe.touch()
            probe.unlink()
        except OSError:
            return False
        return True

    def _unmount(self) -> None:
        """Try for a while: the kernel may still be letting go of a killed process."""
        deadline = time.monotonic() + UNMOUNT_SECONDS
        while True:
            done = subprocess.run(["umount", str(self.root)], capture_output=True, check=False)
            if done.returncode == 0:
                return
            if time.monotonic() > deadline:
                raise OSError(done.stderr.decode())


def _call(*command: str) -> None:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": path})
