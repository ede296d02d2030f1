"""The least that a till can do: ZVT payments on one connection, and plain commits beside them.

    python -m tests.benchmarks.bare_till PORT STATE_DIRECTORY REGISTRATION AUTHORISATION

The commands are hexadecimal. For every line on stdin it pays once and writes how many milliseconds
that took; for the line `commit` it commits the rows of the daemon's last payment as well.
"""

import contextlib
import pathlib
import socket
import sqlite3
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from drivers.wire.zvt import shapes
from drivers.wire.zvt.apdu import ApduReader
from tests.benchmarks.raw_sqlite import RawJournal

ACKNOWLEDGED = bytes.fromhex("800000")
ENDS = {shapes.COMPLETION, shapes.ABORT}


class Commits(NamedTuple):
    """The rows of one payment: before it is sent, before its result is kept, and at its end.

    Each of the three is one commit, as in the daemon.
    """

    before: Sequence[tuple[Any, ...]] = ()
    at_result: Sequence[tuple[Any, ...]] = ()
    after: Sequence[tuple[Any, ...]] = ()


def commits_of_last_payment(state: pathlib.Path) -> Commits:
    """What the daemon wrote for its last payment."""
    with contextlib.closing(sqlite3.connect(state / "journal.db")) as journal:
        rows = journal.execute(
            "SELECT entry_type, occurred_at, hash, data FROM entries WHERE seq >="
            " (SELECT max(seq) FROM entries WHERE entry_type = 'Intent') ORDER BY seq"
        ).fetchall()
    states = [msgspec.json.decode(row[3])["payload"].get("state") for row in rows]
    sent, result = states.index("SENT") + 1, states.index("RESULT_RECEIVED") + 1
    return Commits(rows[:sent], rows[sent:result], rows[result:])


class BareTill:
    """One kept connection, on which every message is acknowledged at once."""

    def __init__(self, port: int, journal: RawJournal) -> None:
        self._journal = journal
        self._apdus = ApduReader()
        self._terminal = socket.create_connection(("127.0.0.1", port))
        self._terminal.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self, command: bytes, commits: Commits) -> float:
        """Run a command to its end, and return how many milliseconds that took."""
        began = time.perf_counter_ns()
        self._commit(commits.before)
        self._terminal.sendall(command)
        while (control := self._next()) not in ENDS:
            if control == shapes.STATUS_INFORMATION:
                self._commit(commits.at_result)
            if not shapes.is_ack(control):
                self._terminal.sendall(ACKNOWLEDGED)
        self._terminal.sendall(ACKNOWLEDGED)
        self._commit(commits.after)
        return (time.perf_counter_ns() - began) / 1e6

    def _commit(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._journal.append(rows)

    def _next(self) -> int:
        while (frame := self._apdus.next_frame()) is None:
            self._apdus.receive_data(self._terminal.recv(4096))
        return int.from_bytes(frame[:2], "big")


def main() -> None:
    """Pay for every line."""
    port, directory, registration, authorisation = sys.argv[1:]
    state = pathlib.Path(directory)
    commits = commits_of_last_payment(state)
    till = BareTill(int(port), RawJournal(state / "bare.db"))
    till.run(bytes.fromhex(registration), Commits())
    for line in sys.stdin:
        took = till.run(
            bytes.fromhex(authorisation), commits if line.strip() == "commit" else Commits()
        )
        print(took, flush=True)  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
