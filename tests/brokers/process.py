"""A server of Debian's as a process of the tests: it says when it is ready, and dies with us."""

import collections
import pathlib
import resource
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence

READY_SECONDS = 120.0
KEPT_LINES = 100


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


class Program:
    """One program, through its lives.

    `begin` belongs on the main thread: the kernel ends the process when the thread that began it
    has ended (prctl(2), PR_SET_PDEATHSIG).
    """

    def __init__(
        self, command: Sequence[str], *, ready: str, environment: Mapping[str, str] | None = None
    ) -> None:
        """Describe it; `ready` is a part of the line that it prints when it serves."""
        self._command = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        self._ready = ready
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._listening: threading.Thread | None = None
        self._decided = threading.Event()
        self._is_ready = False
        self._said: collections.deque[str] = collections.deque(maxlen=KEPT_LINES)

    def begin(self) -> None:
        """Start it and return at once."""
        self._decided.clear()
        self._is_ready = False
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._listening = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listening.start()

    def wait_until_ready(self) -> None:
        """Return when it serves; what it said is in the error when it does not."""
        self._decided.wait(READY_SECONDS)
        assert self._is_ready, "".join(self._said)

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is None or self._listening is None:
            return
        self._process.kill()
        self._process.wait()
        self._listening.join()
        self._process = self._listening = None

    def memory_bytes(self) -> int:
        """Resident memory of the process, without its children's."""
        assert self._process is not None
        statm = pathlib.Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * resource.getpagesize()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                self._said.append(line)
                if self._ready in line:
                    self._is_ready = True
                    self._decided.set()
        self._decided.set()
