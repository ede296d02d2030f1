"""One connection that has a device: transfers go in, results come out.

Transfers to one endpoint are worked off in order, each endpoint by itself. One that the device has
not taken yet can be taken back; then it has no result.
"""

import asyncio
import contextlib
import functools
from collections.abc import Callable

from drivers.wire.usbip import STALLED, UNLINKED, Result, Submit, Unlink, Unlinked
from simulators.usb.device import Look, Take, UsbDevice

Withdraw = Callable[[], object]
"""Takes a transfer back."""


class Session:
    """Serves the transfers of one connection.

    Args:
        device: Taken over for this connection.
        writer: Where results go.
    """

    def __init__(self, device: UsbDevice, writer: asyncio.StreamWriter) -> None:
        self._device = device
        self._writer = writer
        self._open: dict[int, Withdraw] = {}
        self._last_out: dict[int, asyncio.Task[None]] = {}

    def take(self, message: Submit | Unlink) -> None:
        """Begin a transfer, or take one back."""
        if isinstance(message, Unlink):
            self._unlink(message)
        elif message.endpoint == 0:
            self._control(message)
        elif message.is_in:
            self._in(message)
        else:
            self._out(message)

    def drop(self) -> None:
        """Drop every transfer under way: nobody waits for it any more."""
        for withdraw in self._open.values():
            withdraw()
        self._open.clear()

    def _control(self, submit: Submit) -> None:
        answer = self._device.control(submit.setup, submit.data) if submit.setup else None
        if answer is None:
            self._finish(Result(submit.sequence, STALLED))
        elif submit.is_in:
            self._finish(Result(submit.sequence, 0, len(answer), answer))
        else:
            self._finish(Result(submit.sequence, 0, submit.length))

    def _in(self, submit: Submit) -> None:
        pipe = self._device.pipe(submit.endpoint)
        if pipe is None:
            self._finish(Result(submit.sequence, STALLED))
            return
        look = Look(
            submit.length,
            lambda data: self._finish(Result(submit.sequence, 0, len(data), data)),
        )
        self._open[submit.sequence] = functools.partial(pipe.withdraw, look)
        pipe.look(look)

    def _out(self, submit: Submit) -> None:
        take = self._device.out(submit.endpoint)
        if take is None:
            self._finish(Result(submit.sequence, STALLED))
            return
        previous = self._last_out.get(submit.endpoint)
        task = asyncio.create_task(self._take_in_turn(submit, take, previous))
        self._last_out[submit.endpoint] = task
        self._open[submit.sequence] = task.cancel

    async def _take_in_turn(
        self, submit: Submit, take: Take, previous: asyncio.Task[None] | None
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        await take(submit.data)
        self._finish(Result(submit.sequence, 0, submit.length))

    def _unlink(self, unlink: Unlink) -> None:
        withdraw = self._open.pop(unlink.unlinks, None)
        if withdraw is not None:
            withdraw()
        self._send(Unlinked(unlink.sequence, 0 if withdraw is None else UNLINKED))

    def _finish(self, result: Result) -> None:
        self._open.pop(result.sequence, None)
        self._send(result)

    def _send(self, answer: Result | Unlinked) -> None:
        with contextlib.suppress(OSError):
            self._writer.write(answer.encode())
