"""The printer's serial side: a pty behind a symlink.

A printer whose buffer is full says so: by XOFF, or by its DTR line. A pty has no such line, so
there the printer reads no further, which the host feels in the same way: its bytes do not leave.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from simulators.pos_printer.changes import Changes
from simulators.pos_printer.link import Buffer
from simulators.serial_line import SerialLine

XON, XOFF = b"\x11", b"\x13"


class SerialLink:
    """A serial cable.

    Args:
        buffer: Of the printer.
        changes: Of the printer.
        name: Of the symlink.
        directory: Where it is; a temporary one when None.
        xon_xoff: Says XOFF when it is busy; otherwise it uses its DTR line.
    """

    def __init__(
        self,
        buffer: Buffer,
        changes: Changes,
        *,
        name: str = "printer",
        directory: Path | None = None,
        xon_xoff: bool = False,
    ) -> None:
        self._line = SerialLine(name, directory, self._receive)
        self._buffer = buffer
        self._changes = changes
        self._xon_xoff = xon_xoff
        self._on = False
        self._busy: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a cable; nobody knows who is at its other end."""
        return self._on and self._line.plugged_in

    @property
    def address(self) -> Mapping[str, object]:
        """Its keys in the configuration."""
        flow_control = "xon_xoff" if self._xon_xoff else "dtr"
        return {"url": str(self._line.path), "flow_control": flow_control}

    async def start(self) -> None:
        """Listen."""
        self._on = True
        self.plug_in()

    async def stop(self) -> None:
        """Be switched off. A line shows that no more than a pulled cable would."""
        self._on = False
        self.unplug()

    async def close(self) -> None:
        """Leave nothing behind."""
        self._line.close()

    async def drop(self) -> None:
        """Lose contact for a moment."""
        self.unplug()
        self.plug_in()

    def unplug(self) -> None:
        """Pull the cable."""
        if self._busy is not None:
            self._busy.cancel()
            self._busy = None
        self._line.unplug()
        self._changes.tell()

    def plug_in(self) -> None:
        """Put the cable back."""
        if self._on:
            self._line.plug_in()
            self._changes.tell()

    def send(self, data: bytes) -> None:
        """Send an answer."""
        self._line.send(data)

    def _receive(self, data: bytes) -> None:
        self._buffer.receive(data)
        if self._busy is None:
            self._busy = asyncio.create_task(self._be_busy())

    async def _be_busy(self) -> None:
        """Let no more bytes come than there is room for."""
        waiting = asyncio.ensure_future(self._buffer.room())
        try:
            await asyncio.wait({waiting}, timeout=0)
            if not waiting.done():
                self._hold()
                await waiting
                self._go_on()
        finally:
            waiting.cancel()
            self._busy = None

    def _hold(self) -> None:
        if self._xon_xoff:
            self._line.send(XOFF)
        else:
            self._line.pause()

    def _go_on(self) -> None:
        if self._xon_xoff:
            self._line.send(XON)
        else:
            self._line.resume()
