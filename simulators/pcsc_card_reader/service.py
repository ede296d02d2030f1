"""A pcscd of our own, with one virtual reader: the system's is left alone.

pcscd can only be moved by being started as systemd starts it: with its socket open already, as
descriptor 3. Cards are put into its virtual reader (vpcd, of the vsmartcard project) over TCP.

Source: sd_listen_fds(3); pcscd(8); reader.conf(5).
"""

import asyncio
import contextlib
import os
import shutil
import socket
from pathlib import Path

from simulators.broker import dying_with_us

NAME = "Counter Card Reader"
READER = f"{NAME} 00 00"
"""As programs see it; there is a second slot, 00 01, which stays empty."""
LIBRARY = "libifdvpcd.so"
_LIBRARIES = Path("/usr/lib/pcsc/drivers/serial")
_UNDER_SYSTEMD = (
    'exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --foreground --config "$1"'
)
_RUN = Path("/run/pcscd")
"""Where it writes its number, wherever its socket is."""
_PATH = "/usr/sbin:/usr/local/sbin"
BACKLOG = 64


class PcscService:
    """Starts and ends pcscd.

    Args:
        directory: For its socket and configuration; the socket's path may have 107 characters.
    """

    def __init__(self, directory: Path) -> None:
        self.address = address_in(directory)
        self._configuration = directory / "reader.conf"
        self._log = directory / "pcscd.log"
        self._process: asyncio.subprocess.Process | None = None
        self.port = free_ports()

    @property
    def runs(self) -> bool:
        """True while it is meant to run."""
        return self._process is not None

    async def start(self, *, with_reader: bool = True) -> None:
        """Start it, with its reader plugged in or without.

        Raises:
            FileNotFoundError: It is not installed, or cannot run; the message says what to do.
        """
        program = shutil.which("pcscd", path=os.environ.get("PATH", "") + ":" + _PATH)
        if program is None or not (_LIBRARIES / LIBRARY).exists():
            raise FileNotFoundError(
                "The simulated card reader needs pcscd and its virtual reader:"
                " sudo apt install pcscd vsmartcard-vpcd"
            )
        _check_it_may_run()
        self._configuration.write_text(self._reader() if with_reader else "# no reader\n", "utf-8")
        with contextlib.closing(self._listen()) as listener, self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *dying_with_us(),
                "/bin/sh",
                "-c",
                _UNDER_SYSTEMD,
                program,
                str(self._configuration),
                stdin=listener.fileno(),
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """Kill it, as a crash does; whoever spoke to it is cut off."""
        if self._process is not None:
            process, self._process = self._process, None
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self.address.unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        self.address.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.address))
        listener.listen(BACKLOG)
        return listener

    def _reader(self) -> str:
        return (
            f'FRIENDLYNAME "{NAME}"\nDEVICENAME /dev/null:{self.port}\n'
            f"LIBPATH {_LIBRARIES / LIBRARY}\nCHANNELID {self.port}\n"
        )


def _check_it_may_run() -> None:
    if not _RUN.exists() and not os.access(_RUN.parent, os.W_OK):
        raise FileNotFoundError(f"pcscd starts only where {_RUN} exists: sudo mkdir {_RUN}")


def address_in(directory: Path) -> Path:
    """Where the pcscd of this directory has its socket."""
    return directory / "pcscd.comm"


def free_ports() -> int:
    """The first of two ports in a row that nobody uses: one for each slot of the virtual reader."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                socket.create_server(("127.0.0.1", port + 1)).close()
                return port
