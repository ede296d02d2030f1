"""A byte stream over TCP.

Written for devices that act on what they receive. So nothing is held back (`TCP_NODELAY`), and
closing takes back what has not left yet: the connection is reset, and a cable that is plugged in
again a minute later delivers no drawer pulse of a minute ago.

Doubt: a reset also lets the peer forget what it received and has not read yet. Whoever wants that
worked off waits for the peer's answer before closing.
"""

import asyncio
import contextlib
import ipaddress
import socket
import struct

from drivers.lane import Lane
from drivers.transport import LinkLostError

READ_SIZE = 65536

_KEEPALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""Seconds of silence, seconds between probes, probes: a dead peer is noticed within 25 s. Devices
whose protocol can be asked for a sign of life notice it sooner."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


async def open_tcp(
    host: str,
    port: int,
    *,
    timeout: float,  # noqa: ASYNC109 - one of the connection's settings, kept together
    send_buffer: int | None = None,
) -> "TcpStream":
    """Connect to `host`.

    Args:
        host: A name or an address.
        port: 1 to 65535.
        timeout: Seconds for finding the name and for connecting together.
        send_buffer: Bytes that the kernel may hold back for a peer that does not read. A small
            value lets `write` wait as long as a device is busy; None leaves it to the kernel.

    Raises:
        LinkLostError: Not reachable, refused, or not in time.
    """
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await _connect(await find_addresses(host, port), port)
    except TimeoutError as error:
        raise LinkLostError(f"{host}:{port} did not answer within {timeout:g} s.") from error
    except OSError as error:
        raise LinkLostError(f"{host}:{port}: {error.strerror or error}.") from error
    _tune(writer.get_extra_info("socket"), send_buffer)
    writer.transport.set_write_buffer_limits(high=0)
    return TcpStream(reader, writer)


async def find_addresses(host: str, port: int) -> list[str]:
    """Find the addresses of `host`, on a thread that keeps nobody from leaving.

    The loop's own `getaddrinfo` runs in a pool that is waited for at exit, and a shop's router
    without a line to the outside takes its time.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    lane = Lane(f"find {host}")
    try:
        found = await lane.run(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    finally:
        lane.close()
    return [str(address[0]) for *_, address in found]


async def _connect(
    addresses: list[str], port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the first address that answers."""
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return await asyncio.open_connection(address, port, limit=READ_SIZE)
    return await asyncio.open_connection(addresses[-1], port, limit=READ_SIZE)


def _tune(connection: socket.socket, send_buffer: int | None) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    if send_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)


class TcpStream:
    """An open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        """Wait for bytes and return what is there, at least one byte.

        Raises:
            LinkLostError: The other side closed, or the connection broke.
        """
        try:
            data = await self._reader.read(READ_SIZE)
        except OSError as error:
            raise LinkLostError(f"The connection broke: {error}.") from error
        if not data:
            raise LinkLostError("The other side closed the connection.")
        return data

    async def write(self, data: bytes) -> None:
        """Hand `data` to the kernel and wait until it took all of it.

        The bytes of one call stay together, also when tasks write at the same time, and when the
        call is cancelled while it waits: then they go out all the same.

        Raises:
            LinkLostError: The connection is gone; part of `data` may have been sent.
        """
        self._raise_if_closed()
        self._writer.write(data)
        try:
            await self._writer.drain()
        except OSError as error:
            raise LinkLostError(f"The connection broke: {error}.") from error
        self._raise_if_closed()

    def _raise_if_closed(self) -> None:
        """Also behind a `drain`, which ends without an error when its own side closes."""
        if self._writer.is_closing():
            raise LinkLostError("The connection is closed.")

    async def close(self) -> None:
        """Reset the connection; what was not sent yet never will be. Safe to call twice."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
