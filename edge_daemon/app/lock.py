"""One daemon on one state directory."""

import contextlib
import fcntl
import os
import pathlib
from typing import IO

from edge_daemon.errors import EdgeError


def lock_directory(directory: pathlib.Path) -> IO[str]:
    """Make the directory where it is missing, and hold it until the returned file is closed.

    Raises:
        EdgeError: It cannot be made or written, or another daemon has it.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = (directory / "lock").open("w", encoding="ascii")
    except OSError as error:
        raise EdgeError(
            f"The state directory {directory} cannot be used: {error.strerror}. Make it writable"
            " for the daemon's user, or choose another [edge] state_directory."
        ) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise EdgeError(
            f"Another daemon uses {directory}. Stop it first (systemctl stop edge-daemon)."
        ) from error
    with contextlib.suppress(OSError):  # for people to read, and no reason not to start
        held.write(str(os.getpid()))
        held.flush()
    return held
