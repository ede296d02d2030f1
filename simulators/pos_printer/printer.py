"""The simulated receipt printer as a whole: serves a port, has faults, obeys a hand."""

import asyncio
import json
import pathlib
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

from drivers.wire.redaction import redact_text
from simulators.control import Faults, Json, UnknownNameError, unknown
from simulators.pos_printer.changes import Changes
from simulators.pos_printer.controller import Body, Controller
from simulators.pos_printer.drawer import Drawer, DrawerPulse
from simulators.pos_printer.link import MakeLink
from simulators.pos_printer.mechanism import Mechanism, PaperSupply, Trouble
from simulators.pos_printer.model import Model
from simulators.pos_printer.paper import LINE_HEIGHT, Line
from simulators.pos_printer.print_head import PrintHead
from simulators.pos_printer.receipt import End, Receipt
from simulators.pos_printer.roll import Roll
from simulators.pos_printer.tcp_link import TcpLink

MOST_COMPLAINTS = 100
"""Kept; a host that sends garbage would otherwise fill the memory."""

FAULTS = {
    "paper_out_mid_receipt": "Once: the paper ends after the second line of a receipt.",
    "cutter_jam": "The cutter jams when it is used. Ends by DLE ENQ, the cover or a new start,"
    " once this is off.",
    "head_too_hot": "The print head is too hot to print.",
    "silent": "Takes and prints everything, and answers nothing.",
    "garbage": "Answers with every bit turned round.",
    "slow": "Takes a second for every line.",
    "buffer_full": "Works nothing off, though it says that it is online.",
    "drop_link_mid_job": "Once: the connection breaks after the second line of a receipt."
    " What was received is printed.",
    "power_loss_mid_job": "Once: the power goes after the second line of a receipt.",
    "forgets_buffer": "Forgets its buffer when the cover is closed, which few printers do.",
    "no_process_id": "Does not know GS ( H.",
    "no_real_time_pulse": "Does not know DLE DC4 1.",
    "no_clear_buffer": "Does not know DLE DC4 8.",
    "no_nv_graphics": "Keeps no images: does not know GS ( L 64 and 67.",
    "no_asb": "Does not know GS a.",
    "drawer_stuck": "The drawer is locked: pulses do not open it.",
}

ACTIONS = {
    "open_cover": "Open the cover.",
    "close_cover": "Close the cover.",
    "paper_out": "Let the paper end.",
    "paper_near_end": "Let the roll become thin.",
    "replace_paper": "Put in a new roll and close the cover. The buffer is then worked off.",
    "open_drawer_by_key": "Open the drawer with its key.",
    "close_drawer": "Push the drawer shut.",
    "tear_off": "Tear off what hangs out of the printer.",
    "press_feed": "Press the FEED button: one empty line.",
    "unplug": "Pull the USB or serial cable; the printer prints on what it has.",
    "plug_in": "Put the cable back.",
    "power_off": "Switch the printer off; it forgets its buffer.",
    "power_on": "Switch the printer on.",
}


class PosPrinter:
    """A receipt printer with a drawer at its port.

    Args:
        name: Its name in the TOML.
        model: What kind of printer it is.
        link: How it is connected, such as `UsbLink`; by TCP when None.
        paper_directory: Where the paper is kept.

    Attributes:
        link: Its connection to a host.
        complaints: What a real printer would have ignored or printed wrong, in words.
        drawer: The drawer and the pulses it got.
        mechanism: Paper, cover, errors.
    """

    family = "pos_printer"

    def __init__(
        self,
        name: str = "printer",
        *,
        model: Model | None = None,
        link: MakeLink | None = None,
        paper_directory: pathlib.Path | None = None,
    ) -> None:
        self.name = name
        self.model = model or Model()
        self.faults = Faults(FAULTS)
        self.complaints: list[str] = []
        self.drawer = Drawer(self.model.drawer_pin, self.model.drawer_sensor)
        self.mechanism = Mechanism(self.drawer)
        self.powered = False
        self._paper_directory = paper_directory
        self._powering = asyncio.Lock()
        self._jobs: set[asyncio.Task[None]] = set()
        self._assemble(link or partial(TcpLink, idle_seconds=self.model.idle_seconds))

    def _assemble(self, link: MakeLink) -> None:
        width = self.model.printable_dots
        self._changes = Changes()
        self._roll = Roll(width, self._complain)
        self._roll.on_receipt = self._keep_paper
        self._head = PrintHead(width, self._complain)
        body = Body(self.mechanism, self._head, self._roll)
        self._controller = Controller(body, self.model, self.faults, self._changes, self)
        self._changes.on_change(self._controller.report_changes)
        self.link = link(self._controller, self._changes)
        self.faults.on_switch(self._fault_switched)

    async def __aenter__(self) -> Self:
        """Switch it on."""
        await self._power_on()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch it off and let go of the port; pictures under way are finished."""
        await self._power_off()
        await self.link.close()
        if self._jobs:
            await asyncio.wait(self._jobs)
        self._controller.raise_failure()

    @property
    def receipts(self) -> list[Receipt]:
        """The pieces of paper that came off, the latest last."""
        return self._roll.receipts

    @property
    def hanging(self) -> Receipt:
        """The paper that hangs out of the printer."""
        return self._roll.hanging

    @property
    def paper_text(self) -> str:
        """All that was ever printed, cut or not."""
        return "\n".join(piece.text for piece in (*self.receipts, self.hanging))

    @property
    def lasting_writes(self) -> int:
        """How often the memory for images was written to, which wears it."""
        return self._head.lasting_writes

    @property
    def drawer_pulses(self) -> list[DrawerPulse]:
        """Every kick that the printer gave, in order."""
        return self.drawer.pulses

    @property
    def buffered(self) -> int:
        """Bytes that were received and are not worked off."""
        return self._controller.buffered

    @property
    def settled(self) -> bool:
        """Whether everything that was received is worked off."""
        return self._controller.settled

    @property
    def host(self) -> str:
        """Where its network side listens."""
        return str(self.link.address["host"])

    @property
    def port(self) -> int:
        """The TCP port of its network side; 0 before it was entered."""
        return int(str(self.link.address["port"]))

    @property
    def connected(self) -> bool:
        """Whether a host is being served."""
        return self.link.connected

    def next_print_byte(self) -> asyncio.Future[int]:
        """The `time.perf_counter_ns()` at which the next byte arrives that is not real-time."""
        return self._controller.next_arrival()

    async def wait_for(
        self, predicate: "Callable[[PosPrinter], object]", seconds: float = 10.0
    ) -> None:
        """Wait until `predicate(printer)` is true.

        Raises:
            TimeoutError: It did not become true within `seconds` of the loop's time.
        """
        async with asyncio.timeout(seconds):
            await self._changes.wait_for(lambda: bool(predicate(self)))

    async def wait_for_receipt(self, count: int = 1, seconds: float = 10.0) -> Receipt:
        """Wait until `count` pieces of paper have come off, and return the last of these.

        Raises:
            TimeoutError: There were fewer within `seconds` of the loop's time.
        """
        await self.wait_for(lambda printer: len(printer.receipts) >= count, seconds)
        return self.receipts[count - 1]

    def toml(self) -> str:
        """The tables that point the daemon at the printer and its drawer."""
        fields = {
            "name": self.name,
            "driver": "escpos",
            **self.link.address,
            "columns": self.model.columns,
        }
        lines = (f"{key} = {json.dumps(value)}" for key, value in fields.items())
        printer = "\n".join(["[[pos_printer]]", *lines, ""])
        if self.drawer.pin is None:
            return printer
        return (
            f'{printer}\n[[cash_drawer]]\nname = "{self.model.drawer_name}"\n'
            f'driver = "printer_port"\nprinter = "{self.name}"\n'
            f'pin = {self.drawer.pin}\nsensor = "{self.drawer.sensor}"\n'
        )

    def state(self) -> Json:
        """What a person sees; texts without card data, should a host print any."""
        last = self.receipts[-1].text if self.receipts else ""
        return {
            "powered": self.powered,
            "online": self.powered and self.mechanism.online,
            "connected": self.connected,
            "paper": str(self.mechanism.paper),
            "cover_open": self.mechanism.cover_open,
            "errors": sorted(self.mechanism.troubles),
            "drawer_open": self.drawer.is_open if self.drawer.pin else None,
            "drawer_pulses": len(self.drawer_pulses),
            "buffered": self.buffered,
            "receipts": len(self.receipts),
            "last_receipt": redact_text(last),
            "hanging": redact_text(self.hanging.text),
            "complaints": [redact_text(complaint) for complaint in self.complaints],
        }

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return ACTIONS

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does; no action has arguments.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument was given.
        """
        if action not in ACTIONS:
            raise UnknownNameError(unknown("action", action, ACTIONS))
        if arguments:
            raise ValueError(f"{action} takes no arguments.")
        await self._act(action)
        self._changes.tell()

    async def _act(self, action: str) -> None:
        match action:
            case "power_off":
                await self._power_off()
            case "power_on":
                await self._power_on()
            case "unplug":
                self.link.unplug()
            case "plug_in":
                self.link.plug_in()
            case "tear_off":
                self._roll.take_off(End.TORN)
            case "press_feed" if self.powered and self.mechanism.online:
                self._roll.print(Line((), LINE_HEIGHT))
            case "open_drawer_by_key" | "close_drawer":
                self.drawer.is_open = action == "open_drawer_by_key"
            case _:
                self._touch_paper(action)

    def _touch_paper(self, action: str) -> None:
        match action:
            case "open_cover":
                self.mechanism.cover_open = True
            case "close_cover":
                self._close_cover()
            case "paper_out":
                self.mechanism.paper = PaperSupply.OUT
            case "paper_near_end":
                self.mechanism.paper = PaperSupply.NEAR_END
            case "replace_paper":
                self._roll.take_off(End.TORN)
                self.mechanism.paper = PaperSupply.OK
                self._close_cover()

    def _close_cover(self) -> None:
        self.mechanism.cover_open = False
        self._controller.forget()
        self._controller.free_cutter()

    async def _power_on(self) -> None:
        async with self._powering:
            if not self.powered:
                self._controller.free_cutter()
                self._controller.reset()
                await self.link.start()
                self._controller.start()
                self.powered = True
        self._changes.tell()

    async def _power_off(self) -> None:
        async with self._powering:
            if self.powered:
                self.powered = False
                self._controller.stop()
                await self.link.stop()
                self._controller.reset()
        self._changes.tell()

    def _fault_switched(self, name: str, on: bool) -> None:  # noqa: FBT001 - the listener's form
        if name == "head_too_hot":
            change = self.mechanism.troubles.add if on else self.mechanism.troubles.discard
            change(Trouble.HEAD_HOT)
        if name == "drawer_stuck":
            self.drawer.stuck = on
        self._changes.tell()

    def answer(self, data: bytes) -> None:
        """Send bytes to the host, if there is one."""
        self.link.send(data)

    def strike(self, fault: str) -> None:
        """Let a fault happen that takes the connection or the power."""
        if fault == "power_loss_mid_job":
            self._controller.stop()
            self._spawn(self._power_off())
        else:
            self._spawn(self.link.drop())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        job = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    def _complain(self, complaint: str) -> None:
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(complaint)

    def _keep_paper(self, receipt: Receipt) -> None:
        if self._paper_directory is not None:
            number = len(self.receipts)
            self._spawn(asyncio.to_thread(_write, self._paper_directory, number, receipt))


def _write(directory: pathlib.Path, number: int, receipt: Receipt) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"receipt-{number:04}.txt").write_text(receipt.text + "\n", "utf-8")
    (directory / f"receipt-{number:04}.png").write_bytes(receipt.png())
