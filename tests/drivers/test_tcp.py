import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from drivers.transport import LinkLostError
from drivers.transport.tcp import TcpStream, open_tcp


class Peer:
    """A listening socket of which the test reads and writes the other end by hand."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.listener.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self.port: int = self.listener.getsockname()[1]

    async def accept(self) -> socket.socket:
        connection, _ = await asyncio.get_running_loop().sock_accept(self.listener)
        return connection


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    yield peer
    peer.listener.close()


async def receive_all(connection: socket.socket) -> bytes:
    data = b""
    loop = asyncio.get_running_loop()
    while chunk := await loop.sock_recv(connection, 65536):
        data += chunk
    return data


async def connect(peer: Peer) -> tuple[TcpStream, socket.socket]:
    stream = await open_tcp("127.0.0.1", peer.port, timeout=5, send_buffer=8192)
    return stream, await peer.accept()


async def test_bytes_go_both_ways(peer: Peer) -> None:
    stream, other = await connect(peer)
    await stream.write(b"to the device")
    assert await asyncio.get_running_loop().sock_recv(other, 100) == b"to the device"
    other.send(b"and back")
    assert await stream.read() == b"and back"
    await stream.close()
    other.close()


async def test_small_writes_are_not_held_back(peer: Peer) -> None:
    stream, other = await connect(peer)
    wire = stream._writer.get_extra_info("socket")
    assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    await stream.close()
    other.close()


async def test_nobody_listening_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LinkLostError, match=str(port)):
        await open_tcp("127.0.0.1", port, timeout=5)


async def test_name_that_does_not_exist_is_told() -> None:
    with pytest.raises(LinkLostError, match=r"printer\.invalid"):
        await open_tcp("printer.invalid", 9100, timeout=5)


async def test_host_is_found_by_its_name(peer: Peer) -> None:
    stream = await open_tcp("localhost", peer.port, timeout=5)
    other = await peer.accept()
    await stream.close()
    other.close()


async def test_closing_from_the_other_side_ends_reading(peer: Peer) -> None:
    stream, other = await connect(peer)
    other.close()
    with pytest.raises(LinkLostError):
        await stream.read()
    await stream.close()


async def test_reset_from_the_other_side_ends_reading_and_writing(peer: Peer) -> None:
    stream, other = await connect(peer)
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    with pytest.raises(LinkLostError):
        await stream.read()
    with pytest.raises(LinkLostError):
        await stream.write(b"x")
    await stream.close()


async def test_what_was_not_sent_never_arrives_once_closed(peer: Peer) -> None:
    stream, other = await connect(peer)
    writing = asyncio.create_task(stream.write(bytes(4_000_000)))
    await asyncio.sleep(0)
    assert not writing.done()
    await stream.close()
    with pytest.raises(ConnectionResetError):
        await receive_all(other)
    with pytest.raises(LinkLostError):
        await writing
    other.close()


async def test_write_waits_for_a_peer_that_does_not_read(peer: Peer) -> None:
    stream, other = await connect(peer)
    writing = asyncio.create_task(stream.write(bytes(1_000_000)))
    done, _ = await asyncio.wait({writing}, timeout=0.05)
    assert not done
    received = 0
    while received < 1_000_000:
        received += len(await asyncio.get_running_loop().sock_recv(other, 65536))
    await writing
    await stream.close()
    other.close()


async def test_pieces_of_two_writers_are_not_mixed(peer: Peer) -> None:
    stream, other = await connect(peer)
    pieces = [bytes([letter]) * 100_000 for letter in b"ABCDEF"]
    writers = [asyncio.create_task(stream.write(piece)) for piece in pieces]
    received = b""
    while len(received) < 600_000:
        received += await asyncio.get_running_loop().sock_recv(other, 65536)
    await asyncio.gather(*writers)
    assert received == b"".join(pieces)
    await stream.close()
    other.close()


async def test_closed_stream_takes_no_more_and_closes_twice(peer: Peer) -> None:
    stream, other = await connect(peer)
    await stream.close()
    await stream.close()
    with pytest.raises(LinkLostError):
        await stream.write(b"late")
    other.close()
