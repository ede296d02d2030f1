"""Serial lines: a device, a pty, `rfc2217://host:port` or `socket://host:port`, as one stream.

A thread of its own opens the port, reads it and closes it: pyserial blocks in all three. It moves
bytes and nothing else; the protocol runs on the event loop. The thread sleeps in `select` and is
woken by the first byte, so a scan costs one hop to the event loop and no polling.

A second thread exists only where somebody writes: a line whose flow control holds a write must
not hold the reading.

`socket://` is plain TCP and goes to `drivers.transport.tcp`: pyserial's own handler holds small
writes back, and leaks its socket when the other side resets.

A port is opened exclusively: two processes at one scanner would each get half of every code.

Doubt: a driver that hangs in the kernel's `close` keeps its thread, and so its port, for good. The
stream reports itself closed after `CLOSE_SECONDS`, and opening the same port again says that it
is in use.
"""

import asyncio
import contextlib
import termios
import threading
from collections.abc import Callable
from typing import Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

import serial  # type: ignore[import-untyped]  # pyserial 3.5 has no types; `_Port` says what we use

from drivers.lane import Lane, LaneClosedError
from drivers.transport import ByteStream, LinkLostError
from drivers.transport.tcp import open_tcp

Parity = Literal["none", "even", "odd"]
FlowControl = Literal["none", "dtr", "rts", "xon_xoff"]
"""How the other side says that it is busy: not at all, by its DTR line (our DSR), by its RTS line
(our CTS), or by XOFF."""

ControlLine = Literal["cts", "dsr", "ri", "cd"]
"""The lines that the other side drives, in the words of RS-232."""

CHUNK = 4096
"""Most bytes handed to the event loop at once."""

WAKE_SECONDS = 0.2
"""How often a reader looks up that nobody can wake (rfc2217). Bytes wake it at once."""

CONNECT_SECONDS = 5.0
"""For `socket://`; pyserial's rfc2217 takes as long."""

CLOSE_SECONDS = 2.0
"""How long closing waits for the thread; pyserial's rfc2217 takes 0.3 s."""

DTR_PIECE = 64
"""Bytes written between two looks at DSR, which Linux does not watch by itself. A printer that
lowers it has room for 128 bytes more (Epson TM-T88V technical reference, "Receive buffer"), so what
is no longer than this goes out at once: a question to a busy printer has to arrive."""

DTR_SECONDS = 0.005
"""Between two looks at the DSR of a busy device."""


@runtime_checkable
class ControlLines(Protocol):
    """A stream that can also read the lines beside the data: a device, or `rfc2217://`."""

    async def line_high(self, line: ControlLine) -> bool:
        """True when the other side drives the line high.

        Raises:
            LinkLostError: The port is gone, or has no such line.
        """
        ...


class _Port(Protocol):
    """What we use of `serial.Serial` and its URL handlers."""

    in_waiting: int
    dsr: bool

    def read(self, size: int) -> bytes: ...
    def write(self, data: bytes) -> int: ...
    def flush(self) -> None: ...
    def reset_output_buffer(self) -> None: ...
    def close(self) -> None: ...


async def open_serial(  # noqa: PLR0913 - a serial line has as many settings
    url: str,
    *,
    baudrate: int = 9600,
    bytesize: Literal[7, 8] = 8,
    parity: Parity = "none",
    stop_bits: Literal[1, 2] = 1,
    flow_control: FlowControl = "none",
    take_back: bool = False,
) -> ByteStream:
    """Open a serial line. What waited in it from before is thrown away.

    Args:
        url: `/dev/serial/by-id/…`, a pty, `rfc2217://host:port` or `socket://host:port`.
        baudrate: Bits per second; a pty, a USB scanner and `socket://` ignore it.
        bytesize: Data bits.
        parity: Of each byte.
        stop_bits: Behind each byte.
        flow_control: How the other side says that it is busy.
        take_back: Closing takes back what has not left yet, so that a line that is plugged in
            again delivers nothing of a minute ago.

    Raises:
        LinkLostError: The port is not there, in use, or does not answer. Nothing is open.
        ValueError: There is no such kind of URL, or the port cannot have these settings.
    """
    parts = urlsplit(url)
    if parts.scheme == "socket":
        if parts.hostname is None or parts.port is None:
            raise ValueError(f"{url} should be socket://host:port.")
        return await open_tcp(parts.hostname, parts.port, timeout=CONNECT_SECONDS)
    stream = _SerialStream(url, watch_dsr=flow_control == "dtr", take_back=take_back)
    settings: dict[str, int | str | bool] = {
        "baudrate": baudrate,
        "bytesize": bytesize,
        "parity": parity[0].upper(),
        "stopbits": stop_bits,
        "rtscts": flow_control == "rts",
        "xonxoff": flow_control == "xon_xoff",
    }
    await stream.open(lambda: _open_port(url, settings))
    return stream


def _open_port(url: str, settings: dict[str, int | str | bool]) -> _Port:
    try:
        port: _Port = serial.serial_for_url(
            url,
            **settings,
            timeout=None if "://" not in url else WAKE_SECONDS,
            exclusive=True if "://" not in url else None,
        )
    except termios.error as error:  # which is no OSError
        raise ValueError(f"{url} cannot be set so: {error}.") from error
    if isinstance(port, serial.Serial):
        with contextlib.suppress(OSError, ValueError):  # a pty and most devices have no such timer
            port.set_low_latency_mode(True)  # FTDI chips hold bytes back for 16 ms without
    return port


class _SerialStream:
    """A `ByteStream` over one pyserial port."""

    def __init__(self, url: str, *, watch_dsr: bool, take_back: bool) -> None:
        self._url = url
        self._watch_dsr = watch_dsr
        self._take_back = take_back
        self._loop = asyncio.get_running_loop()
        self._incoming = bytearray()
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._lost: str | None = None
        self._closing = threading.Event()
        self._port: _Port | None = None
        self._port_in_use = threading.Lock()
        self._writing = threading.Lock()
        self._writer: Lane | None = None
        self._lines: Lane | None = None

    async def open(self, open_port: Callable[[], _Port]) -> None:
        opened: asyncio.Future[None] = self._loop.create_future()
        thread = threading.Thread(
            target=self._serve, args=(open_port, opened), name=f"serial-{self._url}", daemon=True
        )
        thread.start()
        try:
            await opened
        except BaseException:
            self._interrupt()  # a port that opens after all is closed by its thread
            raise

    async def read(self) -> bytes:
        while not self._incoming:
            if self._lost is not None:
                raise LinkLostError(self._lost)
            self._changed.clear()
            await self._changed.wait()
        data = bytes(self._incoming)
        self._incoming.clear()
        return data

    async def write(self, data: bytes) -> None:
        if self._lost is not None or self._closing.is_set():
            raise LinkLostError(self._lost or f"{self._url} is closed.")
        if self._writer is None:
            self._writer = Lane(f"serial-write-{self._url}")
        try:
            await self._writer.run(self._write, data)
        except (OSError, LaneClosedError) as error:
            raise LinkLostError(f"{self._url} takes no bytes: {error}") from error

    async def line_high(self, line: ControlLine) -> bool:
        if self._lost is not None or self._closing.is_set():
            raise LinkLostError(self._lost or f"{self._url} is closed.")
        if self._lines is None:  # apart from writing, which may be held by flow control
            self._lines = Lane(f"serial-lines-{self._url}")
        try:
            return await self._lines.run(self._line_high, line)
        except (OSError, LaneClosedError) as error:
            raise LinkLostError(f"{self._url} has no line {line.upper()}: {error}") from error

    async def close(self) -> None:
        for lane in (self._writer, self._lines):
            if lane is not None:
                lane.close()
        self._interrupt()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._ended.wait()

    def _interrupt(self) -> None:
        """Have the thread close the port: it looks up before it reads, and while it reads."""
        self._closing.set()
        with self._port_in_use:
            if self._port is not None:
                _cancel(self._port)

    # The rest runs in threads.

    def _serve(self, open_port: Callable[[], _Port], opened: asyncio.Future[None]) -> None:
        """Open the port, read it until it ends, close it."""
        try:
            port = open_port()
        except OSError as error:
            refusal = LinkLostError(f"{self._url} cannot be opened: {error}")
            refusal.__cause__ = error
            self._tell(_settle, opened, refusal)
        except Exception as error:  # noqa: BLE001 - handed to the waiting caller as it is
            self._tell(_settle, opened, error)
        else:
            self._port = port
            self._tell(_settle, opened, None)
            try:
                self._tell(self._end, self._read_on(port))
            finally:
                self._close_port(port)
        self._tell(self._ended.set)

    def _read_on(self, port: _Port) -> str:
        """Hand bytes to the event loop until the port ends; return why it ended."""
        try:
            while not self._closing.is_set():
                self._read_some(port)
        except OSError as error:
            return f"{self._url} is gone: {error}"
        return f"{self._url} is closed."

    def _read_some(self, port: _Port) -> None:
        """Wait for a byte and take what came with it, also when the port then ends."""
        data = port.read(1)
        try:
            while 0 < len(data) < CHUNK and (waiting := port.in_waiting):
                data += port.read(min(waiting, CHUNK))
        finally:
            if data:
                self._tell(self._take, data)

    def _close_port(self, port: _Port) -> None:
        """Close the port once the writer has let go of it."""
        with self._port_in_use:
            self._port = None
            _cancel(port)
        with self._writing, contextlib.suppress(OSError, termios.error):
            if self._take_back:
                port.reset_output_buffer()
        with self._writing, contextlib.suppress(OSError):
            port.close()

    def _write(self, data: bytes) -> None:
        with self._writing:
            paced = self._watch_dsr and len(data) > DTR_PIECE and _has_lines(self._port)
            step = DTR_PIECE if paced else max(len(data), 1)
            for start in range(0, len(data), step):
                self._write_piece(data[start : start + step], paced=paced)

    def _write_piece(self, piece: bytes, *, paced: bool) -> None:
        port = self._port
        while paced and port is not None and not port.dsr and not self._closing.is_set():
            self._closing.wait(DTR_SECONDS)
        if port is None or self._closing.is_set() or port.write(piece) < len(piece):
            raise LinkLostError("it is closed")
        if paced:
            port.flush()

    def _line_high(self, line: ControlLine) -> bool:
        with self._port_in_use:  # which is not closed meanwhile
            if self._port is None:
                raise LinkLostError("it is closed")
            return bool(getattr(self._port, line))

    def _tell(self, function: Callable[..., None], *args: object) -> None:
        """Run `function` on the event loop."""
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is gone: nobody listens any more
            self._closing.set()

    # What the threads tell; runs on the event loop.

    def _take(self, data: bytes) -> None:
        self._incoming += data
        self._changed.set()

    def _end(self, why: str) -> None:
        self._lost = why
        self._changed.set()


def _settle(opened: asyncio.Future[None], error: Exception | None) -> None:
    if opened.done():
        return
    if error is None:
        opened.set_result(None)
    else:
        opened.set_exception(error)


def _has_lines(port: _Port | None) -> bool:
    """Say whether the port has lines besides those for data; a pty has none."""
    try:
        return port is not None and port.dsr in (True, False)
    except (OSError, serial.SerialException):
        return False


def _cancel(port: _Port) -> None:
    """Interrupt a blocked read and write, where the port can; rfc2217 looks up by itself."""
    for name in ("cancel_read", "cancel_write"):
        if cancel := getattr(port, name, None):
            cancel()
