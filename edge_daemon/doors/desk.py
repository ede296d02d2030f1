"""What the doors do: print, open the drawer, take a card; by the same rooms as `/v1`.

Theory of operation. A till of another maker presses Retry after everything that did not work, with
the same request. What the request says is its key. While the first print is open, a repeat joins
it. After one whose end is unknown, or that the till was told had failed while it might have come
out, a repeat is printed with the mark of a copy. After one that surely failed, or that was
printed and told so, it is a new print. A print that nobody waits for any more is withdrawn as
long as no byte of it is on its way: what was answered as failed does not come out later by itself.
What has begun is waited for, where the till sets no limit of its own.
"""

import asyncio
import dataclasses
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from drivers.errors import DeviceError
from drivers.pos_printer import Alignment, Document, PrinterStatus, Text
from edge_daemon.config import Configuration, Door
from edge_daemon.config.lookup import device_of
from edge_daemon.devices import Devices
from edge_daemon.displays import Displays, DisplayTextRequest
from edge_daemon.doors.memory import Act, DoorMemory
from edge_daemon.drawers import DrawerOpening, DrawerOpeningRequest, Drawers
from edge_daemon.errors import EdgeError, InvalidRequestError, NotAllowedError
from edge_daemon.pictures import Pictures
from edge_daemon.printing import Errand, Printing, PrintJob
from edge_daemon.receipts.words import words_of
from edge_daemon.scopes import Scope
from edge_daemon.web import Reason, Refusal

Result = TypeVar("Result")

DRAWER_SECONDS = 5.0
"""A till waits this long for the drawer; its room drops a pulse that is later."""
WITHDRAWAL_SECONDS = 0.25
"""For a queued job to end after nobody waits for it any more."""


class Patience(NamedTuple):
    """How long a till waits for its paper.

    Attributes:
        seconds: Until a print that has not begun is withdrawn.
        to_its_end: Whether to wait on for one that is on its way to the printer by then; the
            printer's driver ends that wait.
    """

    seconds: float
    to_its_end: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class DeskParts:
    """The rooms that the doors use."""

    configuration: Configuration
    devices: Devices
    printing: Printing
    drawers: Drawers
    displays: Displays
    memory: DoorMemory
    operator_at: Callable[[str], Awaitable[str | None]]
    refused: Callable[[Refusal], None]


class Desk:
    """Does what tills ask for, once."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}
        self._answering: dict[tuple[str, str], asyncio.Task[Any]] = {}
        self.pictures = Pictures()

    def permits(self, door: Door, scope: Scope, address: str) -> bool:
        """Whether the door has that scope; where not, the refusal is journalled."""
        if scope in door.scopes:
            return True
        self._parts.refused(
            Refusal(Reason.MISSING_SCOPE, door.name, scopes=(scope,), address=address)
        )
        return False

    def device(self, door: Door, family: str, name: str | None = None) -> str | None:
        """The configured device that a till means: by its own name for it, or its workstation's.

        None where there is no such device.
        """
        configuration = self._parts.configuration
        if name is not None:
            wanted = door.devices.get(name, name)
            found = (each for each in configuration.devices if each.name == wanted)
            return next((each.name for each in found if each.family == family), None)
        try:
            return device_of(configuration.workstation(door.workstation), family)
        except EdgeError:
            return None

    def line_width(self, printer: str) -> int:
        """Dots on a line of that printer."""
        return self._parts.printing.line_width(printer)

    def columns(self, printer: str) -> int:
        """Characters on a line of that printer."""
        return self._parts.printing.columns(printer)

    def printer_status(self, printer: str) -> PrinterStatus | None:
        """What the printer last said, from memory; None while it cannot be reached."""
        try:
            return self._parts.devices.pos_printer(printer).status
        except DeviceError:
            return None

    async def print_document(
        self, door: Door, printer: str, document: Document, key: str, patience: Patience
    ) -> PrintJob:
        """Print once, and say how it stands when it has ended or the till's patience has.

        Args:
            door: Whose till asks.
            printer: The configured printer.
            document: What goes on paper.
            key: What makes a repeat a repeat; see `fingerprint`.
            patience: How long to wait for the paper.

        Returns:
            The job. One that had not begun is withdrawn, which is `failed`. Of one that is not
            finished the end is unknown to the till, and its repeat is marked as a copy.

        Raises:
            InvalidRequestError: The printer cannot print this. Nothing was done.
            EdgeError: The journal takes nothing. Nothing was done.
        """
        memory, printing = self._parts.memory, self._parts.printing
        async with self._turn(door.name, key):
            act = await self._next_act(door.name, key)
            await memory.put_act(door.name, key, act)
            errand = Errand(
                document=self._marked(document, act.copies),
                printer=printer,
                workstation=door.workstation,
                copy_number=act.copies or None,
                body={"door": door.name, "printer": printer, "content": key, "copy": act.copies},
            )
            task = await printing.put_errand(act.resource_id, errand)
        job = await self._wait(act.resource_id, task, patience)
        answered = job.state if job.finished else "unknown"
        await memory.put_act(door.name, key, act._replace(answered=answered))
        return job

    async def show(self, display: str, request: DisplayTextRequest) -> bool:
        """Show text on a customer display; False where it cannot be reached now."""
        try:
            await self._parts.displays.put(display, request)
        except DeviceError:
            return False
        return True

    async def open_drawer(self, door: Door, reason: str) -> DrawerOpening:
        """Open the workstation's drawer now or not at all, for whoever is signed on there.

        Returns:
            How it went; `failed` where neither the door nor that person has the right to it.

        Raises:
            InvalidRequestError: The workstation has no drawer.
            EdgeError: The journal takes nothing. Nothing was done.
        """
        resource_id = self._parts.memory.new_id()
        request = DrawerOpeningRequest(
            reason=reason,
            workstation=door.workstation,
            operator_id=await self._parts.operator_at(door.workstation),
        )
        body = {"door": door.name, "workstation": door.workstation, "reason": reason}
        granted = frozenset(door.rights)
        try:
            task = await self._parts.drawers.put(resource_id, request, body, granted)
        except NotAllowedError as refused:
            return self._not_opened(door, resource_id, str(refused))
        if task is not None:
            await asyncio.wait({task}, timeout=DRAWER_SECONDS)
        opening = await self._parts.drawers.get(resource_id)
        if opening is None:
            raise InvalidRequestError("The drawer's opening is not known.")
        return opening

    def _not_opened(self, door: Door, resource_id: str, problem: str) -> DrawerOpening:
        """What the till is told; a receipt that came with the pulse is printed all the same."""
        self._parts.refused(Refusal(Reason.MISSING_RIGHT, door.name))
        return DrawerOpening(
            id=resource_id,
            state="failed",
            finished=True,
            drawer=self.device(door, "cash_drawer") or "",
            cause="NoSale",
            problem=problem,
        )

    async def once(
        self, door: Door, key: str, perform: Callable[[], Coroutine[Any, Any, Result]]
    ) -> Result:
        """Answer a request; the same one, come again while it is being answered, joins it.

        A picture takes its time to decode, so whoever waits in between is known from the start.
        """
        name = (door.name, key)
        answering: asyncio.Task[Result] | None = self._answering.get(name)
        if answering is None:
            answering = self._answering[name] = asyncio.create_task(perform())
            answering.add_done_callback(lambda _: self._answering.pop(name, None))
        return await asyncio.shield(answering)

    async def name_job(self, door: Door, name: str, key: str) -> None:
        """Let the print that was last asked for under `key` be found under `name`, too."""
        if (act := await self._parts.memory.act(door.name, key)) is not None:
            await self._parts.memory.put_act(door.name, name, act)

    async def is_open(self, door: Door, key: str) -> bool:
        """Whether a print under that key is under way, so that a repeat would join it."""
        job = await self.job(door, key)
        return job is not None and not job.finished

    async def job(self, door: Door, key: str) -> PrintJob | None:
        """The job that was last asked for under that key."""
        act = await self._parts.memory.act(door.name, key)
        return await self._parts.printing.get(act.resource_id) if act else None

    async def _next_act(self, door: str, key: str) -> Act:
        """The act to join, or the one to begin."""
        earlier = await self._parts.memory.act(door, key)
        if earlier is None:
            return Act(self._parts.memory.new_id())
        job = await self._parts.printing.get(earlier.resource_id)
        if job is None or not job.finished:  # never begun: begin it now; running: join it
            return earlier._replace(answered="")
        in_doubt = job.state == "unknown" or (
            job.state == "printed" and earlier.answered == "unknown"
        )
        return Act(self._parts.memory.new_id(), copies=earlier.copies + 1 if in_doubt else 0)

    async def _wait(
        self, resource_id: str, task: asyncio.Task[None] | None, patience: Patience
    ) -> PrintJob:
        printing, withdrawn = self._parts.printing, False
        if task is not None:
            await asyncio.wait({task}, timeout=patience.seconds)
        if task is not None and not task.done():
            withdrawn = printing.give_up(resource_id)
            if withdrawn or patience.to_its_end:
                await asyncio.wait({task}, timeout=WITHDRAWAL_SECONDS if withdrawn else None)
        job = await printing.get(resource_id)
        if job is None:
            raise InvalidRequestError("The print job is not known.")
        if withdrawn and not job.finished:
            return msgspec.structs.replace(job, state="failed", finished=True)
        return job

    def _marked(self, document: Document, copies: int) -> Document:
        if not copies:
            return document
        words = words_of(self._parts.configuration.shop.language)
        mark = words.copy.format(number=copies)
        return (Text(mark, alignment=Alignment.CENTRE, bold=True, height=2), *document)

    def _turn(self, door: str, key: str) -> asyncio.Lock:
        """Beginning is one at a time for one key; a lock that nobody holds is forgotten."""
        if len(self._turns) > _LOCKS_KEPT:
            self._turns = {name: lock for name, lock in self._turns.items() if lock.locked()}
        return self._turns.setdefault((door, key), asyncio.Lock())


_LOCKS_KEPT = 256


def fingerprint(address: str, parts: Sequence[str | bytes]) -> str:
    """What makes a repeat a repeat: the same till, the same things. SHA-256, hexadecimal."""
    digest = hashlib.sha256(address.encode())
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()
