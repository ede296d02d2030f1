"""The printer's brain: the receive buffer, what is obeyed at once, what is obeyed in turn.

Bytes arrive. Real-time commands among them are obeyed on arrival, whatever else the printer does.
All bytes then enter the receive buffer, from which a second activity reads commands and obeys
them one after another, as long as the printer is online. So what was sent before the cover was
opened still happens after it is closed: the rest of a receipt, a drawer pulse, an answer.
"""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Protocol

from drivers.wire import escpos_commands as c
from drivers.wire import escpos_marks as m
from drivers.wire import escpos_settings as s
from drivers.wire.escpos import EscPosReader
from drivers.wire.escpos_realtime import RealTimeScanner
from simulators.control import Faults
from simulators.pos_printer.changes import Changes
from simulators.pos_printer.drawer import DrawerPulse, PulseSource
from simulators.pos_printer.mechanism import Mechanism, PaperSupply, Trouble
from simulators.pos_printer.model import Model
from simulators.pos_printer.paper import LINE_HEIGHT, Line
from simulators.pos_printer.print_head import PrintHead
from simulators.pos_printer.receipt import End
from simulators.pos_printer.roll import Roll

INTERFACE_WINDOW = 4096
"""Bytes that the network interface takes while the receive buffer is full. It looks for real-time
commands in them; behind them a real-time command stays in the host's TCP buffer."""
_STEP = 64
"""Bytes taken out of the receive buffer at a time."""
_SLOW_LINE_SECONDS = 1.0
_CLEARED = b"\x37\x25\x00"
_ONLY_REAL_TIME = re.compile(rb"(?:\x10[\x04\x05].|\x10\x14\x01..|\x10\x14\x08.{7})*", re.DOTALL)
_IDENTITY = {
    1: b"\x20",
    2: b"\x02",
    3: b"\x01",
    65: b"_1.00 SIM\0",
    66: b"_POS-EDGE\0",
    67: b"_SIMULATED\0",
    68: b"_000001\0",
}
"""Answers to `GS I`: model, type (it has a cutter), firmware; and as text."""


@dataclass(frozen=True)
class Body:
    """What the controller moves."""

    mechanism: Mechanism
    head: PrintHead
    roll: Roll


class Outside(Protocol):
    """What the controller needs of the world around it."""

    def answer(self, data: bytes) -> None:
        """Send bytes to the host."""

    def strike(self, fault: str) -> None:
        """Let a fault happen that takes the connection or the power."""


class Controller:
    """Obeys what the host sends."""

    def __init__(
        self,
        body: Body,
        model: Model,
        faults: Faults,
        changes: Changes,
        outside: Outside,
    ) -> None:
        self._mechanism = body.mechanism
        self._head = body.head
        self._roll = body.roll
        self._faults = faults
        self._changes = changes
        self._outside = outside
        self._model = model
        self._arrivals: list[asyncio.Future[int]] = []
        self._task: asyncio.Task[None] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget everything that power off makes a printer forget."""
        self._scanner = RealTimeScanner()
        self._reader = EscPosReader()
        self._buffer = bytearray()
        self._head.reset()
        self._status_mask = 0
        self._reported = self._mechanism.automatic_status()
        self._selected = True
        self._pulse_allowed = True
        self._settled = True

    def start(self) -> None:
        """Begin to work the buffer off."""
        self._task = asyncio.create_task(self._work())

    def stop(self) -> None:
        """Stop in the middle of what is being done."""
        if self._task is not None:
            self._task.cancel()

    def forget(self) -> None:
        """Drop what was received and is not printed, if the printer is one that does."""
        if "forgets_buffer" in self._faults:
            self.clear()

    def raise_failure(self) -> None:
        """Raise what ended the work although nobody stopped it: a mistake in the simulator."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    @property
    def buffered(self) -> int:
        """Bytes that were received and are not worked off."""
        return len(self._buffer)

    @property
    def settled(self) -> bool:
        """Whether everything that was received is worked off."""
        return self._settled and not self._buffer

    def next_arrival(self) -> asyncio.Future[int]:
        """The `time.perf_counter_ns()` at which the next byte arrives that is not real-time."""
        arrival: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._arrivals.append(arrival)
        return arrival

    async def room(self) -> None:
        """Wait until more bytes may come."""
        limit = self._model.buffer_size + INTERFACE_WINDOW
        await self._changes.wait_for(lambda: len(self._buffer) < limit)

    def has_paper(self) -> bool:
        """Say whether the paper has not ended."""
        return self._mechanism.paper is not PaperSupply.OUT

    def has_error(self) -> bool:
        """Say whether the printer is in an error state."""
        return bool(self._mechanism.troubles)

    def receive(self, data: bytes) -> None:
        """Take bytes from the host."""
        self._note_arrival(data)
        done = 0
        for end, command in self._scanner.receive_data(data):
            self._buffer += data[done:end]
            done = end
            self._obey_now(command)
        self._buffer += data[done:]
        self._settled = False
        self._changes.tell()

    def _note_arrival(self, data: bytes) -> None:
        if self._arrivals and not _ONLY_REAL_TIME.fullmatch(data):
            now = time.perf_counter_ns()
            for arrival in self._arrivals:
                if not arrival.done():
                    arrival.set_result(now)
            self._arrivals.clear()

    def _obey_now(self, command: c.Command) -> None:
        match command:
            case c.RealTimeStatus(number):
                self._answer(self._mechanism.real_time_status(number))
            case c.RealTimePulse(pin, duration_ms):
                self._pulse_now(pin, duration_ms)
            case c.ClearBuffer() if "no_clear_buffer" not in self._faults:
                self.clear()
                self._answer(_CLEARED)
            case c.RealTimeRequest(number) if number in (1, 2):
                self._recover(clear=number == 2)  # noqa: PLR2004 - DLE ENQ 2

    def _pulse_now(self, pin: int, duration_ms: int) -> None:
        """Kick unless it is switched off, in an error state, or a pulse is being given."""
        now = asyncio.get_running_loop().time()
        if (
            "no_real_time_pulse" in self._faults
            or not self._pulse_allowed
            or self._mechanism.troubles
            or now < self._mechanism.drawer.busy_until()
        ):
            self._head.complain("DLE DC4: the pulse is ignored.")
            self._mechanism.drawer.ignored += 1
            return
        pulse = DrawerPulse(now, PulseSource.REAL_TIME, pin, duration_ms, duration_ms)
        self._mechanism.drawer.kick(pulse)
        self._changes.tell()

    def clear(self) -> None:
        """Forget what is not printed; modes and what hangs out of the printer stay."""
        self.stop()
        self._buffer.clear()
        self._reader.discard()
        self._head.drop_line()
        self.start()

    def _recover(self, *, clear: bool) -> None:
        if Trouble.CUTTER in self._mechanism.troubles:
            if clear:
                self.clear()
            self.free_cutter()

    def free_cutter(self) -> None:
        """Leave the cutter's error state, if the cutter can move again."""
        if "cutter_jam" not in self._faults:
            self._mechanism.troubles.discard(Trouble.CUTTER)
            self._changes.tell()

    def report_changes(self) -> None:
        """Send the automatic status when something that was asked for has changed."""
        now, before = self._mechanism.automatic_status(), self._reported
        self._reported = now
        changed = (
            0x01 * ((now[0] ^ before[0]) & 0x04 != 0)
            | 0x02 * ((now[0] ^ before[0]) & 0x68 != 0)
            | 0x04 * (now[1] != before[1])
            | 0x08 * (now[2] != before[2])
        )
        if changed & self._status_mask:
            self._answer(now)

    def _answer(self, data: bytes) -> None:
        if data and "silent" not in self._faults:
            garbled = bytes(byte ^ 0xFF for byte in data)
            self._outside.answer(garbled if "garbage" in self._faults else data)

    async def _work(self) -> None:
        while True:
            command = self._reader.next_event()
            if command is None:
                await self._fetch()
            elif not isinstance(command, c.RealTimeCommand):
                await self._ready()
                await self._obey(command)

    async def _fetch(self) -> None:
        if not self._buffer:
            self._settled = True
            self._changes.tell()
        await self._changes.wait_for(lambda: bool(self._buffer))
        self._reader.receive_data(bytes(self._buffer[:_STEP]))
        del self._buffer[:_STEP]
        self._changes.tell()

    async def _ready(self) -> None:
        while not self._is_ready():
            await self._changes.wait_for(self._is_ready)

    def _is_ready(self) -> bool:
        return self._mechanism.online and "buffer_full" not in self._faults

    async def _obey(self, command: c.Command) -> None:
        if isinstance(command, s.PeripheralDevice):
            self._selected = bool(command.mask & 1)
        elif self._selected:
            await self._obey_selected(command)

    async def _obey_selected(self, command: c.Command) -> None:
        match command:
            case c.StatusBack(mask):
                self._switch_status(mask)
            case s.RealTimeSwitch(switches):
                self._pulse_allowed = dict(switches).get(1, self._pulse_allowed)
            case c.Pulse():
                await self._pulse(command)
            case c.Cut():
                await self._cut(command)
            case m.DefineNvGraphics() if "no_nv_graphics" in self._faults:
                pass
            case _ if not self._transmit(command):
                await self._print(command)

    def _transmit(self, command: c.Command) -> bool:
        """Answer a question in turn; False when it is none."""
        match command:
            case c.TransmitStatus(number):
                self._answer(self._mechanism.buffered_status(number))
            case c.TransmitId(number):
                self._answer(_IDENTITY.get(number, b""))
            case c.ProcessId(process_id) if "no_process_id" not in self._faults:
                self._answer(b"\x37\x22" + process_id + b"\0")
            case m.TransmitKeyCodes() if "no_nv_graphics" not in self._faults:
                self._answer(b"7r@" + b"".join(sorted(self._head.lasting)) + b"\0")
            case c.Unknown(b"\x06"):
                pass  # the host has got the key codes
            case _:
                return False
        return True

    def _switch_status(self, mask: int) -> None:
        if "no_asb" not in self._faults:
            self._status_mask = mask
            self._reported = self._mechanism.automatic_status()
            if mask & 0x0F:
                self._answer(self._reported)

    async def _pulse(self, command: c.Pulse) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(self._mechanism.drawer.busy_until() - loop.time(), 0))
        pulse = DrawerPulse(
            loop.time(), PulseSource.BUFFERED, command.pin, command.on_ms, command.off_ms
        )
        self._mechanism.drawer.kick(pulse)
        self._changes.tell()

    async def _print(self, command: c.Command) -> None:
        if isinstance(command, c.Initialize):
            self._status_mask = 0
            self._pulse_allowed = True
        for line in self._head.perform(command):
            await self._print_line(line)

    async def _print_line(self, line: Line) -> None:
        await self._ready()
        await asyncio.sleep(self._seconds(line))
        self._roll.print(line)
        self._changes.tell()
        if self._roll.printed_lines >= self._model.strike_after_lines:
            await self._strike()

    def _seconds(self, line: Line) -> float:
        if "slow" in self._faults:
            return _SLOW_LINE_SECONDS
        if self._model.lines_per_second is None:
            return 0
        return line.height / LINE_HEIGHT / self._model.lines_per_second

    async def _strike(self) -> None:
        """Let the faults happen that wait for the middle of a receipt."""
        if self._faults.take("paper_out_mid_receipt"):
            self._mechanism.paper = PaperSupply.OUT
            self._changes.tell()
        for fault in ("drop_link_mid_job", "power_loss_mid_job"):
            if self._faults.take(fault):
                self._outside.strike(fault)
                await asyncio.sleep(0)

    async def _cut(self, command: c.Cut) -> None:
        for line in self._head.finish_line():
            await self._print_line(line)
        if "cutter_jam" in self._faults:
            self._mechanism.troubles.add(Trouble.CUTTER)
            self._changes.tell()
            await self._ready()
        self._roll.cut(End.PARTIAL_CUT if command.partial else End.CUT, command.feed)
        self._changes.tell()
