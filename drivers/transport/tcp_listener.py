"""A TCP port of this box, for the devices that dial the till.

Whoever is not expected is sent away: a connection is welcome from the given addresses only.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Collection

from drivers.transport import LinkLostError
from drivers.transport.tcp import READ_SIZE, TcpStream

Welcome = Callable[[TcpStream], Awaitable[None]]


async def listen_tcp(
    host: str,
    port: int,
    welcome: Welcome,
    *,
    peers: Collection[str],
    context: ssl.SSLContext | None = None,
) -> "TcpListener":
    """Listen on a port and hand every expected connection to `welcome`, each in its own task.

    Args:
        host: An address of this box; `0.0.0.0` for all of them.
        port: 1 to 65535.
        welcome: Serves one connection. The connection is closed when it returns or raises.
        peers: The addresses that may connect.
        context: The connections are encrypted, with its certificate.

    Raises:
        LinkLostError: The port is taken, or the address is not this box's.
    """
    listener = TcpListener(welcome, frozenset(peers))
    try:
        await listener.open(host, port, context)
    except OSError as error:
        raise LinkLostError(f"{host}:{port}: {error.strerror or error}.") from error
    return listener


class TcpListener:
    """An open port and its connections."""

    def __init__(self, welcome: Welcome, peers: frozenset[str]) -> None:
        self._welcome = welcome
        self._peers = peers
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Begin to listen; as `listen_tcp`, but raises OSError."""
        self._server = await asyncio.start_server(
            self._serve, host, port, limit=READ_SIZE, ssl=context
        )

    async def close(self) -> None:
        """Stop listening and close all connections. Safe to call twice."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = TcpStream(reader, writer)
        task = asyncio.current_task()
        peer = writer.get_extra_info("peername")
        if task is None or peer is None or peer[0] not in self._peers:
            await stream.close()
            return
        self._tasks.add(task)
        try:
            await self._welcome(stream)
        except asyncio.CancelledError:
            return  # `close` ends it: nobody waits for this task
        finally:
            self._tasks.discard(task)
            await stream.close()
