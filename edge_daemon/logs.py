r"""Logs without card data: every line passes the one redactor before it goes anywhere.

Three places: stderr, the journal of systemd (fields instead of lines, where systemd has started
us), and the last few hundred lines in memory, for the status page and the support bundle.

The native protocol of systemd's journal is one datagram per record: `NAME=value\n` for each field,
and for a value with line feeds `NAME\n`, its length as 64 bits little-endian, the value, `\n`.

Source: systemd, "Native Journal Protocol"; systemd.journal-fields(7); systemd.exec(5),
$JOURNAL_STREAM.
"""

import collections
import contextlib
import logging
import os
import pathlib
import re
import socket
import struct
from collections.abc import Callable, Iterator

import msgspec

from drivers.wire.redaction import redact_text

FORMAT = "%(levelname)s %(name)s: %(message)s"
"""The service manager adds the time."""
KEPT_LINES = 500
KEPT_CHARACTERS = 2000
"""Of one line; a trace is longer, and stands whole in the service manager's journal."""
JOURNAL_SOCKET = pathlib.Path("/run/systemd/journal/socket")
FIELD_BYTES = 48 * 1024
"""Of one field at most: a datagram that is too large is lost as a whole."""

_TOKEN = re.compile(r"\bpe_[A-Za-z0-9_-]{16,}|(?<=Bearer )\S+|(?<=ticket=)[^&\s\"']+")
"""What opens a door of ours: paired tokens, whatever is sent as one, tickets in an address."""
_SYSLOG = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6}
_DEBUG = 7


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log, redacted.

    Attributes:
        at_us: Microseconds since 1970 UTC, by the box's clock.
        level: `debug`, `info`, `warning`, `error` or `critical`.
        source: The part that says it.
        text: What it says.
    """

    at_us: int
    level: str
    source: str
    text: str


class RedactingFormatter(logging.Formatter):
    """Formats a record, its error and its trace, and then takes card data out of all of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole text of a record, redacted."""
        return redact(super().format(record))


def redact(text: str) -> str:
    """The text without card data, and without anything that opens a door of ours."""
    return redact_text(_TOKEN.sub("[token]", text))


class RecentLines(logging.Handler):
    """Keeps the last lines in memory."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        super().__init__(logging.INFO)
        self._now_us = now_us
        self._lines: collections.deque[LogLine] = collections.deque(maxlen=KEPT_LINES)
        self.setFormatter(RedactingFormatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        line = LogLine(
            at_us=self._now_us(),
            level=record.levelname.lower(),
            source=record.name,
            text=self.format(record)[:KEPT_CHARACTERS],
        )
        self._lines.append(line)

    def last(self, limit: int) -> tuple[LogLine, ...]:
        """The newest ones, the newest first."""
        return tuple(reversed(self._lines))[:limit]

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Keep what this process logs, as long as this lasts."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)


class SystemdHandler(logging.Handler):
    """Sends records to systemd's journal, with their fields."""

    def __init__(self, path: pathlib.Path = JOURNAL_SOCKET) -> None:
        """Connect.

        Raises:
            OSError: Nobody takes them.
        """
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self.setFormatter(RedactingFormatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Send one. The daemon never waits for its log: what finds no room is lost."""
        fields = {
            "MESSAGE": self.format(record),
            "PRIORITY": str(_SYSLOG.get(record.levelno, _DEBUG)),
            "SYSLOG_IDENTIFIER": "edge-daemon",
            "LOGGER": record.name,
            "CODE_FILE": record.pathname,
            "CODE_LINE": str(record.lineno),
            "CODE_FUNC": record.funcName or "",
        }
        if record.exc_info and record.exc_info[0]:
            fields["EXCEPTION"] = record.exc_info[0].__name__
        with contextlib.suppress(OSError):
            self._socket.send(b"".join(_field(name, value) for name, value in fields.items()))

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
        super().close()


def _field(name: str, value: str) -> bytes:
    data = value.encode("utf-8", "replace")[:FIELD_BYTES]
    if b"\n" not in data:
        return b"%s=%s\n" % (name.encode(), data)
    return b"%s\n%s%s\n" % (name.encode(), struct.pack("<Q", len(data)), data)


def start_logging(level: int) -> None:
    """Send all logs of this process, redacted, to systemd's journal or else to stderr."""
    logging.basicConfig(level=level, handlers=[_handler()], force=True)


def _handler() -> logging.Handler:
    if _stderr_is_the_journal():
        with contextlib.suppress(OSError):
            return SystemdHandler()
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(FORMAT))
    return handler


def _stderr_is_the_journal() -> bool:
    """True where systemd has connected stderr to its journal, and nobody redirected it since."""
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
