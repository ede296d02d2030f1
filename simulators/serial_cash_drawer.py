"""A cash drawer on a serial line: bytes open it, and its contact is a byte or a control line.

    pos-simulators serial-cash-drawer

On a pty the contact is a byte that is sent ten times a second while the drawer is open (as Acode's
interface does); a pty has no control lines. As an RFC 2217 server it is the line CTS (as APG's).

The configured address stays the same while the cable is out.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from serial.rfc2217 import PortManager  # type: ignore[import-untyped]  # pyserial has no types

from simulators.payment_terminal.serial_port import SerialPort
from simulators.till_drawer import TillDrawer

BY_NAME_ONLY = True
"""The printer has a drawer already; this one is started when it is asked for."""

TRIGGER: Final = b"\x07"
OPEN_BYTE: Final = b"\x00"
OPEN_BYTE_SECONDS: Final = 0.1

Receive = Callable[[bytes], None]

_FAULTS: Final = {
    "deaf": "The interface has no power: it takes the trigger and gives no pulse.",
    "garbage": "Line noise comes with every move of the drawer.",
}


class SerialCashDrawer(TillDrawer):
    """One simulated drawer.

    Args:
        name: Its name in the TOML, and of its symlink.
        directory: Where the symlink is; a temporary one when absent.
        wire: A pty, or an RFC 2217 server with control lines.
        trigger: What opens it; anything else does not.
    """

    def __init__(
        self,
        name: str = "drawer",
        directory: Path | None = None,
        *,
        wire: Literal["pty", "rfc2217"] = "pty",
        trigger: bytes = TRIGGER,
    ) -> None:
        super().__init__(name, _FAULTS)
        self.wire = wire
        self._trigger = trigger
        self._line: _Pty | _Rfc2217 = (
            _Pty(SerialPort(name, directory), self._receive)
            if wire == "pty"
            else _Rfc2217(self._receive)
        )
        self._telling: asyncio.Task[None] | None = None
        self.on_move(self._tell)

    async def __aenter__(self) -> Self:
        """Plug the drawer in."""
        await self.plug_in()
        if self.wire == "pty":
            self._telling = asyncio.create_task(self._tell_on())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Pull the cable for good."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.wait({self._telling})
        await self.unplug()
        self._line.forget()

    @property
    def url(self) -> str:
        """The address for the configuration."""
        return self._line.url

    @property
    def plugged_in(self) -> bool:
        """True while its cable is in."""
        return self._line.plugged_in

    async def plug_in(self) -> None:
        """Put the cable back, at the same address."""
        await self._line.plug_in()
        self._tell()

    async def unplug(self) -> None:
        """Pull the cable: the line ends for whoever has it open."""
        await self._line.unplug()

    def toml(self) -> str:
        """The `[[cash_drawer]]` table."""
        fields = {
            "name": self.name,
            "driver": "serial",
            "url": self.url,
            "trigger": self._trigger.decode("latin-1"),
            "sensor": "open_high",
            "sensed_by": "bytes" if self.wire == "pty" else "cts",
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        if self.wire == "pty":
            lines.append(f"silence = {5 * OPEN_BYTE_SECONDS}")
        return "\n".join(["[[cash_drawer]]", *lines, ""])

    def _receive(self, data: bytes) -> None:
        if "deaf" not in self.faults:
            for _ in range(data.count(self._trigger)):
                self.kick()

    def _tell(self) -> None:
        """Let the line say what the contact shows."""
        if "garbage" in self.faults:
            self._line.send(b"\xff\x7f")
        self._line.set_cts(high=self.contact_open)

    async def _tell_on(self) -> None:
        while True:
            if self.contact_open:
                self._line.send(OPEN_BYTE)
            await asyncio.sleep(OPEN_BYTE_SECONDS)


class _Pty:
    """A pty under a symlink that stays."""

    def __init__(self, port: SerialPort, receive: Receive) -> None:
        self._port = port
        self._receive = receive
        self._end: int | None = None

    @property
    def url(self) -> str:
        return str(self._port.path)

    @property
    def plugged_in(self) -> bool:
        return self._end is not None

    async def plug_in(self) -> None:
        if self._end is None:
            self._end = self._port.plug_in()
            asyncio.get_running_loop().add_reader(self._end, self._read)

    async def unplug(self) -> None:
        if self._end is not None:
            asyncio.get_running_loop().remove_reader(self._end)
            self._port.unplug()
            os.close(self._end)
            self._end = None

    def forget(self) -> None:
        self._port.close()

    def send(self, data: bytes) -> None:
        if self._end is not None:
            with contextlib.suppress(BlockingIOError):  # nobody listens and the line is full: lost
                os.write(self._end, data)

    def set_cts(self, *, high: bool) -> None:
        """A pty has no control lines."""

    def _read(self) -> None:
        if self._end is not None:
            with contextlib.suppress(BlockingIOError, OSError):
                self._receive(os.read(self._end, 4096))


class _Lines:
    """What pyserial's RFC 2217 server wants of a port."""

    baudrate = 9600
    bytesize = 8
    parity = "N"
    stopbits = 1
    xonxoff = rtscts = False
    dtr = rts = dsr = ri = cd = cts = False
    break_condition = False

    def reset_input_buffer(self) -> None:
        """Nothing waits here."""

    def reset_output_buffer(self) -> None:
        """Nothing waits here."""


class _Rfc2217:
    """A server on loopback; its port stays the same."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._lines = _Lines()
        self._server: asyncio.Server | None = None
        self._clients: dict[asyncio.StreamWriter, PortManager] = {}
        self._left = asyncio.Event()
        self._number = 0

    @property
    def url(self) -> str:
        return f"rfc2217://127.0.0.1:{self._number}"

    @property
    def plugged_in(self) -> bool:
        return self._server is not None

    async def plug_in(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._number)
            self._number = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for client in tuple(self._clients):
            client.transport.abort()
        while self._clients:
            self._left.clear()
            await self._left.wait()

    def forget(self) -> None:
        """It keeps no files."""

    def send(self, data: bytes) -> None:
        for client, manager in self._clients.items():
            client.write(b"".join(manager.escape(data)))

    def set_cts(self, *, high: bool) -> None:
        self._lines.cts = high
        for manager in self._clients.values():
            manager.check_modem_lines()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients[writer] = manager = PortManager(self._lines, writer)
        try:
            while data := await reader.read(4096):
                received = b"".join(manager.filter(data))
                if received:
                    self._receive(received)
        except ConnectionError:
            pass
        finally:
            writer.close()
            del self._clients[writer]
            self._left.set()


def open_simulator(name: str, directory: Path) -> SerialCashDrawer:
    """Make the drawer that `pos-simulators` starts."""
    return SerialCashDrawer(name, directory)
