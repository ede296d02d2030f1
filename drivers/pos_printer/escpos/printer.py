"""The verbs of a receipt printer in ESC/POS, on any byte stream."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass

from drivers.errors import (
    ErrorCode,
    OfflineError,
    RefusedError,
    UnsupportedError,
)
from drivers.pos_printer import (
    Document,
    Image,
    PrinterEvent,
    PrinterStatus,
    PrintEvidence,
    PulseKind,
)
from drivers.pos_printer.escpos.condition import obstacle, recoverable, status_of
from drivers.pos_printer.escpos.document import DocumentEncoder
from drivers.pos_printer.escpos.job import PrintJob
from drivers.pos_printer.escpos.keeping import keep
from drivers.pos_printer.escpos.pulse import send_in_real_time, send_in_turn
from drivers.pos_printer.escpos.questions import Questions
from drivers.pos_printer.escpos.session import Session, WireBusyError
from drivers.transport import LinkLostError
from drivers.wire.escpos_status import (
    AUTOMATIC_STATUS_ON,
    RECOVER,
    PrinterCondition,
    pulse,
    real_time_pulse,
)

CONNECTOR_PINS = (2, 5)

KEEPING_SECONDS = 5.0
"""For an image that the printer is being given when it is closed; a network printer takes it in a
moment, a serial line as long as this."""

LOOK_COUNTS = 0.05
"""Seconds for which a `check_health` counts as the look before a job's first byte. Whoever writes
an intent to disk first can look at the printer meanwhile, and saves the job a round trip."""


@dataclass(frozen=True)
class Abilities:
    """How this printer is spoken to.

    Attributes:
        columns: Characters of normal width on a line.
        line_width: Dots on a line.
        process_id: It answers `GS ( H` fn 48; otherwise `GS r` is asked.
        real_time_pulse: It obeys `DLE DC4` fn 1; otherwise `ESC p` is sent.
        patience: Seconds without progress before a job is given up.
        poll_interval: Seconds between two status questions in idle time.
        nv_graphics: It can keep images.
        speed: Millimetres of paper a second.
    """

    columns: int
    line_width: int
    process_id: bool
    real_time_pulse: bool
    patience: float
    poll_interval: float
    nv_graphics: bool
    speed: int


class EscPosPrinter:
    """An open printer; made by `open_printer`."""

    def __init__(
        self, session: Session, encoder: DocumentEncoder, abilities: Abilities, *, device: str
    ) -> None:
        self._session = session
        self._encoder = encoder
        self._abilities = abilities
        self._device = device
        self._questions = Questions(session, process_id=abilities.process_id)
        self._job = asyncio.Lock()
        self._looked_at = -math.inf
        self._keeping: asyncio.Task[bytes | None] | None = None
        self._poll = asyncio.create_task(self._keep_asking(), name=f"poll {device}")

    @property
    def columns(self) -> int:
        """Characters of normal width that fit on a line."""
        return self._abilities.columns

    @property
    def line_width(self) -> int:
        """Dots that can be printed side by side."""
        return self._abilities.line_width

    @property
    def status(self) -> PrinterStatus:
        """The last known status."""
        return self._session.status

    def render(self, document: Document) -> bytes:
        """Turn a document into the bytes of this printer.

        Raises:
            UnsupportedError: The document asks for what this printer cannot do.
        """
        return self._encoder.render(document)

    async def print_data(self, data: bytes) -> PrintEvidence:
        """Send `data` and wait until the printer has worked it off; jobs queue.

        Cancelled while it queues, nothing was sent. Cancelled later, the outcome is unknown and
        the connection is closed.

        Raises:
            RefusedError: Cover, paper or a fault. Nothing was sent; or the buffer was cleared,
                and nothing more will come out.
            OfflineError: Not reachable. Nothing was sent.
            OutcomeUnknownError: Bytes were sent, and it is not known what became of them.
        """
        async with self._job:
            await self._make_ready()
            job = PrintJob(
                self._session,
                self._questions,
                device=self._device,
                patience=self._abilities.patience,
                speed=self._abilities.speed,
            )
            return await job.run(data)

    async def keep_image(self, image: Image) -> bool:
        """Have the printer keep `image`, so that documents with it are short; jobs wait.

        Raises:
            RefusedError, OfflineError: It cannot now. Nothing was kept.
        """
        if not self._abilities.nv_graphics:
            return False
        async with self._job:
            await self._make_ready()
            keeping = keep(self._session, self._questions, image)
            self._keeping = asyncio.create_task(keeping, name=f"keep an image {self._device}")
            self._keeping.add_done_callback(_look_at_its_end)
            try:
                key = await asyncio.shield(self._keeping)
            except LinkLostError as error:
                raise self._session.offline() from error
        if key is not None:
            self._encoder.kept |= {key}
        return key is not None

    async def pulse_drawer(self, pin: int, on_ms: int, off_ms: int) -> PulseKind:
        """Kick the drawer on connector pin 2 or 5, now or not at all.

        Args:
            pin: 2 or 5.
            on_ms: In real time a multiple of 100 up to 800, buffered of 2 up to 510; rounded up.
            off_ms: In real time as long as `on_ms`.

        Raises:
            RefusedError: No pulse was or will be sent.
            OfflineError: Not reachable. No pulse was sent.
            OutcomeUnknownError: The pulse left, and nothing came back. It will not come later.
            UnsupportedError: There is no such pin.
        """
        if pin not in CONNECTOR_PINS:
            raise UnsupportedError(
                f"A drawer is wired to pin 2 or 5, not {pin}.", device=self._device
            )
        if self._abilities.real_time_pulse:
            if message := status_of(await self._ask_status()).error:
                raise RefusedError(message, device=self._device)
            await send_in_real_time(self._session, real_time_pulse(pin, on_ms), device=self._device)
            return PulseKind.REAL_TIME
        await self._pulse_in_turn(pulse(pin, on_ms, off_ms))
        return PulseKind.BUFFERED

    async def check_health(self) -> PrinterStatus:
        """Ask the printer for its status now.

        Raises:
            OfflineError: No answer.
            RefusedError: A long command keeps the wire (code BUSY).
        """
        condition = await self._ask_status()
        self._looked_at = asyncio.get_running_loop().time()
        return status_of(condition)

    def events(self) -> AsyncIterator[PrinterEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when the link is gone."""
        return self._session.fan.subscribe()

    async def close(self) -> None:
        """Let go of the printer. Verbs under way end as unknown.

        An image that the printer is being given is finished, within `KEEPING_SECONDS`: of half a
        command the printer would wait for the rest, and take the next receipt for it.
        """
        self._poll.cancel()
        if self._keeping is not None and self._session.in_a_piece:
            await asyncio.wait({self._keeping}, timeout=KEEPING_SECONDS)
        await self._session.end("The printer was closed.", code=ErrorCode.CLOSED)
        await asyncio.wait({self._poll})

    async def _ask_status(self, *, ahead: bytes = b"") -> PrinterCondition:
        try:
            return await self._session.ask_status(ahead=ahead)
        except WireBusyError as error:
            raise self._busy() from error
        except LinkLostError as error:
            raise self._session.offline() from error

    async def _make_ready(self) -> None:
        """See that the printer can print now; after a jam, tell it to go on."""
        condition = await self._look()
        if recoverable(condition):
            condition = await self._ask_status(ahead=RECOVER)
        if what_to_do := obstacle(condition):
            raise RefusedError(what_to_do, device=self._device)
        if not condition.online:
            message = status_of(condition).error or "The printer is offline. Look at its lights."
            raise OfflineError(message, device=self._device)

    async def _look(self) -> PrinterCondition:
        """Return a condition of this moment: what was asked just now for this job, or a new one."""
        age = asyncio.get_running_loop().time() - self._looked_at
        self._looked_at = -math.inf
        if age <= LOOK_COUNTS and self._session.condition and not self._session.ended:
            return self._session.condition
        return await self._ask_status()

    async def _pulse_in_turn(self, command: bytes) -> None:
        """Send `ESC p` while no job is under way, or not at all."""
        try:
            async with asyncio.timeout(self._session.answer_timeout):
                await self._job.acquire()
        except TimeoutError as error:
            raise self._busy() from error
        try:
            await self._make_ready()
            await send_in_turn(self._session, self._questions, command, device=self._device)
        finally:
            self._job.release()

    def _busy(self) -> RefusedError:
        return RefusedError(
            "The printer is busy with a long job. Try again.",
            device=self._device,
            code=ErrorCode.BUSY,
        )

    async def _keep_asking(self) -> None:
        """Notice a pulled cable, and what a printer without automatic status has to say."""
        with contextlib.suppress(LinkLostError):
            while True:
                await asyncio.sleep(self._abilities.poll_interval)
                with contextlib.suppress(WireBusyError):
                    await self._session.ask_status()


def _look_at_its_end(task: asyncio.Task[bytes | None]) -> None:
    """Whoever asked may have left: what went wrong is told to nobody then."""
    if not task.cancelled():
        task.exception()


async def start_printer(
    session: Session, encoder: DocumentEncoder, abilities: Abilities, *, device: str
) -> EscPosPrinter:
    """Greet a printer on a fresh session: ask its status, switch automatic status on.

    Raises:
        LinkLostError: It does not answer. The session is over.
    """
    try:
        await session.ask_status()
        await session.send(AUTOMATIC_STATUS_ON)
    except BaseException:
        await session.end("The printer could not be opened.")
        raise
    return EscPosPrinter(session, encoder, abilities, device=device)
