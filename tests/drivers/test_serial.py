"""The serial transport on real ptys, a real socket and pyserial's own RFC 2217 server."""

import asyncio
import contextlib
import os
import socket
import threading
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import serial  # type: ignore[import-untyped]  # pyserial 3.5 has no types
import serial.rfc2217  # type: ignore[import-untyped]

from drivers.transport import ByteStream, LinkLostError
from drivers.transport.serial import open_serial


@dataclass
class Line:
    far_end: int
    near_end: int

    @property
    def device(self) -> str:
        return os.ttyname(self.near_end)

    def is_stopped(self) -> bool:
        """Whether an XOFF holds what the near end writes."""
        os.set_blocking(self.near_end, False)
        try:
            return os.write(self.near_end, b".") == 0
        except BlockingIOError:
            return True

    def read_all(self) -> bytes:
        os.set_blocking(self.far_end, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(self.far_end, 4096)
        return b""

    def cut(self) -> None:
        for descriptor in (self.far_end, self.near_end):
            with contextlib.suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line(*os.openpty())
    tty.setraw(line.near_end)
    yield line
    line.cut()


@pytest.fixture
async def stream(line: Line) -> AsyncIterator[ByteStream]:
    stream = await open_serial(line.device)
    yield stream
    await stream.close()


def serial_threads() -> list[str]:
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("serial-")]
    for thread in threads:
        thread.join(2)
    return [thread.name for thread in threads if thread.is_alive()]


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def read_all(stream: ByteStream, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += await stream.read()
    return data


async def until(true: Callable[[], object]) -> None:
    def look() -> None:
        pause = threading.Event()
        while not true():
            pause.wait(0.001)

    async with asyncio.timeout(10):
        await asyncio.to_thread(look)


async def test_bytes_arrive_in_order(line: Line, stream: ByteStream) -> None:
    sent = bytes(range(256)) * 64
    far_end = threading.Thread(target=os.write, args=(line.far_end, sent))
    far_end.start()
    assert await read_all(stream, len(sent)) == sent
    far_end.join()


async def test_bytes_go_out(line: Line, stream: ByteStream) -> None:
    await stream.write(b"\x05\x00\xff")
    assert os.read(line.far_end, 10) == b"\x05\x00\xff"


async def test_cancelled_read_loses_nothing(line: Line, stream: ByteStream) -> None:
    reading = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0)
    reading.cancel()
    os.write(line.far_end, b"871")
    assert await stream.read() == b"871"


async def test_what_came_before_the_unplugging_is_still_read(
    line: Line, stream: ByteStream
) -> None:
    os.write(line.far_end, b"871\r")
    first = await stream.read()
    line.cut()
    with pytest.raises(LinkLostError):
        await stream.read()
    assert first == b"871\r"


async def test_unplugging_ends_reading_and_writing(line: Line, stream: ByteStream) -> None:
    reading = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0)
    line.cut()
    with pytest.raises(LinkLostError):
        await reading
    with pytest.raises(LinkLostError):
        await stream.write(b"x")


async def test_closing_wakes_the_reader_and_leaves_no_thread_or_descriptor(line: Line) -> None:
    before = open_descriptors()
    stream = await open_serial(line.device)
    await stream.write(b"x")
    reading = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0)
    started = asyncio.get_running_loop().time()
    await stream.close()
    await stream.close()
    with pytest.raises(LinkLostError):
        await reading
    assert asyncio.get_running_loop().time() - started < 0.15
    assert serial_threads() == []
    assert open_descriptors() == before
    with pytest.raises(LinkLostError):
        await stream.write(b"x")


async def test_closing_ends_a_write_that_the_other_side_holds(
    line: Line, stream: ByteStream
) -> None:
    writing = asyncio.ensure_future(stream.write(b"x" * 1_000_000))
    await asyncio.to_thread(os.read, line.far_end, 10)
    await stream.close()
    with pytest.raises(LinkLostError):
        await writing


async def test_bytes_from_before_opening_are_thrown_away(line: Line) -> None:
    os.write(line.far_end, b"stale")
    stream = await open_serial(line.device)
    os.write(line.far_end, b"fresh")
    assert await stream.read() == b"fresh"
    await stream.close()


async def test_port_in_use_is_not_opened_twice(line: Line, stream: ByteStream) -> None:
    assert stream
    with pytest.raises(LinkLostError, match="exclusively lock"):
        await open_serial(line.device)


async def test_missing_device_is_told(tmp_path: Path) -> None:
    with pytest.raises(LinkLostError, match="No such file"):
        await open_serial(str(tmp_path / "scanner"))
    assert serial_threads() == []


@pytest.mark.parametrize("url", ["carrier-pigeon://x", "socket://", "socket://localhost"])
async def test_impossible_url_is_told(url: str) -> None:
    with pytest.raises(ValueError, match=r"carrier|socket://host:port"):
        await open_serial(url)


async def test_opening_that_is_cancelled_closes_the_port(line: Line) -> None:
    opening = asyncio.ensure_future(open_serial(line.device))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert await asyncio.to_thread(serial_threads) == []
    second = await open_serial(line.device)
    await second.close()


async def test_socket_url_is_a_stream() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        port = listener.getsockname()[1]
        stream = await open_serial(f"socket://127.0.0.1:{port}")
        far_end, _ = listener.accept()
    far_end.sendall(b"871\r")
    assert await stream.read() == b"871\r"
    await stream.write(b"x")
    assert far_end.recv(1) == b"x"
    far_end.close()
    with pytest.raises(LinkLostError):
        await stream.read()
    await stream.close()


async def test_socket_that_nobody_serves_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LinkLostError):
        await open_serial(f"socket://127.0.0.1:{port}")


class DeviceServer(threading.Thread):
    """A serial device server as pyserial's example is one, with a plug that echoes."""

    def __init__(self) -> None:
        super().__init__(name="device-server")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.device = serial.serial_for_url("loop://", timeout=0.01)

    def write(self, data: bytes) -> None:
        """Send what the port manager answers."""
        self._connection.sendall(data)

    def run(self) -> None:
        self._connection, _ = self._listener.accept()
        manager = serial.rfc2217.PortManager(self.device, self)
        self._connection.settimeout(0.01)
        with self._connection, self._listener, self.device:
            while True:
                with contextlib.suppress(TimeoutError):
                    received = self._connection.recv(1024)
                    if not received:
                        return
                    self.device.write(b"".join(manager.filter(received)))
                manager.check_modem_lines()
                if data := self.device.read(64):
                    self._connection.sendall(b"".join(manager.escape(data)))

    def hang_up(self) -> None:
        self._connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.filterwarnings("ignore:set(Daemon|Name).. is deprecated")  # pyserial 3.5, rfc2217.py
async def test_rfc2217_server_is_a_stream() -> None:
    server = DeviceServer()
    server.start()
    stream = await open_serial(f"rfc2217://127.0.0.1:{server.port}", baudrate=19200, parity="even")
    assert (server.device.baudrate, server.device.parity) == (19200, "E")
    server.device.write(b"871\xff\r")
    assert await read_all(stream, 5) == b"871\xff\r"
    await stream.write(b"\x05\xff")
    assert await read_all(stream, 2) == b"\x05\xff"
    server.hang_up()
    with pytest.raises(LinkLostError):
        await stream.read()
    await stream.close()
    server.join(5)
    assert not server.is_alive()


@pytest.mark.filterwarnings("ignore:set(Daemon|Name).. is deprecated")  # pyserial 3.5, rfc2217.py
async def test_device_that_lowers_its_dtr_gets_no_more_until_it_raises_it() -> None:
    server = DeviceServer()
    server.start()
    url = f"rfc2217://127.0.0.1:{server.port}"
    stream = await open_serial(url, flow_control="dtr", take_back=True)
    port: Any = getattr(stream, "_port")  # noqa: B009 - a stream in general has none
    server.device.dtr = False
    await until(lambda: not port.dsr)
    writing = asyncio.create_task(stream.write(bytes(range(200))))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stream.read(), 0.1)
    assert not writing.done()
    server.device.dtr = True
    assert await read_all(stream, 200) == bytes(range(200))
    await writing
    server.device.dtr = False
    await until(lambda: not port.dsr)
    await stream.write(b"a question")
    assert await read_all(stream, 10) == b"a question"
    writing = asyncio.create_task(stream.write(bytes(100)))
    await asyncio.sleep(0)
    await stream.close()
    with pytest.raises(LinkLostError):
        await writing
    server.join(5)


async def test_device_that_says_xoff_gets_no_more_until_it_says_xon(line: Line) -> None:
    stream = await open_serial(line.device, flow_control="xon_xoff", take_back=True)
    os.write(line.far_end, b"\x13")
    await until(line.is_stopped)
    writing = asyncio.create_task(stream.write(b"held"))
    assert line.read_all().strip(b".") == b""
    os.write(line.far_end, b"\x11")
    await writing
    await until(lambda: line.read_all().endswith(b"held"))
    await stream.close()


async def test_line_without_a_dtr_is_written_to_at_once(line: Line) -> None:
    stream = await open_serial(line.device, flow_control="dtr")
    await stream.write(b"x" * 1000)
    assert len(os.read(line.far_end, 2000)) == 1000
    await stream.close()
