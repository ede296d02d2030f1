"""Where the running daemon is, and a token for whoever can read its files: the command line.

The daemon writes both anew at each start, into a file that only its user (and root) can read. The
token opens from the loopback address only.
"""

import os
import pathlib

import msgspec

from edge_daemon.errors import EdgeError

FILE = "local-door.json"


class LocalDoor(msgspec.Struct, frozen=True):
    """How to speak to the daemon from its own machine."""

    url: str
    token: str

    def __repr__(self) -> str:
        """Everything but the token."""
        return f"LocalDoor(url={self.url!r})"


def local_door_path(directory: pathlib.Path) -> pathlib.Path:
    """Where it is written, in the state directory."""
    return directory / FILE


def write_local_door(directory: pathlib.Path, door: LocalDoor) -> None:
    """Put `door` in the place of the one before.

    Raises:
        EdgeError: It cannot be written.
    """
    path = local_door_path(directory)
    fresh = path.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(msgspec.json.encode(door))
        fresh.replace(path)
    except OSError as error:
        raise EdgeError(f"{path} cannot be written: {error.strerror}.") from error


def read_local_door(directory: pathlib.Path) -> LocalDoor:
    """Read it.

    Raises:
        FileNotFoundError: No daemon ever ran on this directory.
        EdgeError: It is not for us, or damaged; the message says what to do.
    """
    path = local_door_path(directory)
    try:
        return msgspec.json.decode(path.read_bytes(), type=LocalDoor)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise EdgeError(
            f"{path} cannot be read: {error.strerror}. Run this as root, or as the daemon's user."
        ) from error
    except msgspec.MsgspecError as error:
        raise EdgeError(f"{path} is damaged. Restart the daemon; it writes it anew.") from error
