"""The least that one can do with the same libraries: a limit for the daemon.

    python -m tests.benchmarks.bare_service                          serves, and does nothing else
    python -m tests.benchmarks.bare_service STATE_DIRECTORY PORT     prints as well

A bare Litestar handler. To print, it commits the daemon's own rows for a print job with plain
sqlite3 (WAL, FULL), right on the event loop, and writes the daemon's own bytes to the printer.
"""

import asyncio
import contextlib
import os
import pathlib
import socket
import sqlite3
import sys
from collections.abc import Callable

import msgspec
import uvicorn
from litestar import Litestar, put

from tests.benchmarks.raw_sqlite import RawJournal


class Request(msgspec.Struct):
    """Any object."""

    document: list[dict[str, str]]


class Answer(msgspec.Struct):
    """Done."""

    state: str = "printed"


def rows_and_bytes(state: pathlib.Path) -> tuple[list[tuple[object, ...]], bytes]:
    """What the daemon wrote for its last print job before the first byte, and these bytes."""
    with contextlib.closing(sqlite3.connect(state / "journal.db")) as journal:
        rows = journal.execute(
            "SELECT entry_type, occurred_at, hash, data FROM entries WHERE seq >="
            " (SELECT max(seq) FROM entries WHERE entry_type = 'Intent') ORDER BY seq LIMIT 3"
        ).fetchall()
    with contextlib.closing(sqlite3.connect(state / "state.db")) as contents:
        (data,) = contents.execute("SELECT data FROM contents").fetchone()
    return rows, data


def printing(state: pathlib.Path, port: int) -> Callable[[], None]:
    """A function that prints."""
    rows, data = rows_and_bytes(state)
    journal = RawJournal(state / "bare.db")
    printer = socket.create_connection(("127.0.0.1", port))
    printer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def print_once() -> None:
        journal.append(rows)
        printer.sendall(data)

    return print_once


def application(work: Callable[[], None]) -> Litestar:
    """One handler."""

    @put("/print/{resource_id:str}", sync_to_thread=False)
    def put_print(resource_id: str, data: Request) -> Answer:
        del resource_id, data
        work()
        return Answer()

    return Litestar([put_print])


class Server(uvicorn.Server):
    """Says READY=1 as the daemon does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        port = sockets[0].getsockname()[1] if sockets else 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            address = "\0" + os.environ["NOTIFY_SOCKET"][1:]
            notify.sendto(f"READY=1\nSTATUS=:{port}".encode(), address)


async def serve(app: Litestar) -> None:
    """Serve until SIGTERM."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio sets this by itself only where a socket says that it is TCP: this one says 0.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False)
        await Server(config).serve([listener])


if __name__ == "__main__":
    match sys.argv[1:]:
        case [directory, port]:
            asyncio.run(serve(application(printing(pathlib.Path(directory), int(port)))))
        case _:
            asyncio.run(serve(application(lambda: None)))
