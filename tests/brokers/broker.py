"""What the suite knows of a broker: how to reach it, its lives, and what it is known to do.

Every broker runs with the configuration that `docs/brokers/` recommends: the tests only put their
own ports, paths and users in, and a listener without TLS beside it.
"""

import abc
import contextlib
import pathlib
import shutil
from collections.abc import Sequence
from typing import ClassVar, Literal

from tests.brokers.process import Program
from tests.certificates import Authority

DOCUMENTED = pathlib.Path(__file__).parents[2] / "docs" / "brokers"
EDGES = tuple(f"edge-{number:04}" for number in range(41, 81))
"""One for each test: a broker keeps what the tests before have said."""
BARRED_EDGE = "edge-0099"
"""Whose part of the tree the next two may not wholly use."""
MUTE = "mute"
"""Reads what that edge may read, announces itself, and may not send its journal."""
DEAF = "deaf"
"""May send what that edge may send, and reads nothing."""
OFFICE = "central-office"
PASSWORD = "correct horse"  # noqa: S105 - of the tests alone

BY_REASON = "does not let this box send its journal"
AT_SUBSCRIBING = "does not let us read our topics"
BY_HANGING_UP = "hangs up at once"
BY_SILENCE = "does not acknowledge"


class Broker(abc.ABC):
    """One broker's server, running while it is entered.

    Attributes:
        name: As in the documentation.
        package: Debian's.
        command: Its program.
        version: Of MQTT, the newest that it speaks.
        keeps: What it has acknowledged, and what it retains, outlives its being killed.
        retained_for_wildcards: A filter with wildcards gets retained messages too.
        says_to_the_mute: What health shows of a client that may not send the journal.
        says_to_the_deaf: The same of one that may not read its topics.
        port: Of the listener without TLS, on 127.0.0.1.
        authority: Signs the certificates of the broker and of who may use it.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    command: ClassVar[str]
    version: ClassVar[Literal["5", "3.1.1"]]
    keeps: ClassVar[bool]
    retained_for_wildcards: ClassVar[bool]
    says_to_the_mute: ClassVar[str]
    says_to_the_deaf: ClassVar[str]
    _programs: Sequence[Program]

    @abc.abstractmethod
    def __init__(self, folder: pathlib.Path, port: int = 0) -> None:
        self.port = port
        self.folder = folder
        self.authority = Authority(folder, "certs")
        self.authority.certify("broker")

    @classmethod
    def path(cls) -> str | None:
        """Of its program; None where it is not installed."""
        return shutil.which(cls.command) or shutil.which(cls.command, path="/usr/sbin:/sbin")

    def begin(self) -> None:
        """Start it and return at once. On the main thread only."""
        for program in self._programs:
            program.begin()

    def wait_until_ready(self) -> None:
        """Return when it serves."""
        self._programs[-1].wait_until_ready()

    def kill(self) -> None:
        """End it as a power cut does, and let what it needs beside it run."""
        self._programs[-1].kill()

    def begin_again(self) -> None:
        """Begin its next life on the same files and ports, and return at once."""
        self._programs[-1].begin()

    def memory_bytes(self) -> int:
        """Resident memory of the broker's process."""
        return self._programs[-1].memory_bytes()

    def end(self) -> None:
        """End everything."""
        for program in reversed(self._programs):
            program.kill()

    @abc.abstractmethod
    def secured(self) -> contextlib.AbstractContextManager[int]:
        """The port that wants a client's certificate, while it is entered."""
