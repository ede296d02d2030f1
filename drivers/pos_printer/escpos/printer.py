"""The verbs of a receipt printer in ESC/POS, on any byte stream."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from drivers.errors import (
    ErrorCode,
    OfflineError,
    OutcomeUnknownError,
    RefusedError,
    UnsupportedError,
)
from drivers.pos_printer import (
    Document,
    PrinterEvent,
    PrinterStatus,
    PrintEvidence,
    PulseKind,
)
from drivers.pos_printer.escpos.document import DocumentEncoder
from drivers.pos_printer.escpos.job import PrintJob, Questions
from drivers.pos_printer.escpos.session import (
    Session,
    WireBusyError,
    fault_message,
    obstacle,
    status_of,
)
from drivers.transport import LinkLostError
from drivers.wire.escpos_status import (
    AUTOMATIC_STATUS_ON,
    PrinterCondition,
    pulse,
    real_time_pulse,
)

CONNECTOR_PINS = (2, 5)


@dataclass(frozen=True)
class Abilities:
    """How this printer is spoken to.

    Attributes:
        columns: Characters of normal width on a line.
        process_id: It answers `GS ( H` fn 48; otherwise `GS r` is asked.
        real_time_pulse: It obeys `DLE DC4` fn 1; otherwise `ESC p` is sent.
        patience: Seconds without progress before a job is given up.
        poll_interval: Seconds between two status questions in idle time.
    """

    columns: int
    process_id: bool
    real_time_pulse: bool
    patience: float
    poll_interval: float


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
        self._poll = asyncio.create_task(self._keep_asking(), name=f"poll {device}")

    @property
    def columns(self) -> int:
        """Characters of normal width that fit on a line."""
        return self._abilities.columns

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
            self._refuse_unless_ready(await self._ask_status())
            job = PrintJob(
                self._session,
                self._questions,
                device=self._device,
                patience=self._abilities.patience,
            )
            return await job.run(data)

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
            await self._pulse_in_real_time(real_time_pulse(pin, on_ms))
            return PulseKind.REAL_TIME
        await self._pulse_in_turn(pulse(pin, on_ms, off_ms))
        return PulseKind.BUFFERED

    async def check_health(self) -> PrinterStatus:
        """Ask the printer for its status now.

        Raises:
            OfflineError: No answer.
            RefusedError: A long command keeps the wire (code BUSY).
        """
        return status_of(await self._ask_status())

    def events(self) -> AsyncIterator[PrinterEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when the link is gone."""
        return self._session.fan.subscribe()

    async def close(self) -> None:
        """Let go of the printer. Verbs under way end as unknown."""
        self._poll.cancel()
        await self._session.end("The printer was closed.")
        await asyncio.wait({self._poll})

    async def _ask_status(self) -> PrinterCondition:
        try:
            return await self._session.ask_status()
        except WireBusyError as error:
            raise self._busy() from error
        except LinkLostError as error:
            raise OfflineError(
                "The printer does not answer. Check its cable and whether it is on.",
                device=self._device,
            ) from error

    def _refuse_unless_ready(self, condition: PrinterCondition) -> None:
        if what_to_do := obstacle(condition):
            raise RefusedError(what_to_do, device=self._device)
        if not condition.online:
            raise OfflineError(
                "The printer is offline. Look at its lights and buttons.", device=self._device
            )

    async def _pulse_in_real_time(self, command: bytes) -> None:
        """Send `DLE DC4`, with a question behind it as proof that it arrived.

        It is obeyed with an open cover and without paper, but not in an error state. A pulse that
        is not confirmed dies with the connection, which is reset.
        """
        if message := fault_message(await self._ask_status()):
            raise RefusedError(message, device=self._device)
        try:
            await self._session.ask_status(ahead=command)
        except WireBusyError as error:
            raise self._busy() from error
        except LinkLostError as error:
            raise self._pulse_unknown() from error

    async def _pulse_in_turn(self, command: bytes) -> None:
        """Send `ESC p` to an idle printer just seen online, with a buffered question behind it.

        Without an answer in time it waits in the buffer, so the buffer is cleared.
        """
        try:
            async with asyncio.timeout(self._session.answer_timeout):
                await self._job.acquire()
        except TimeoutError as error:
            raise self._busy() from error
        try:
            self._refuse_unless_ready(await self._ask_status())
            await self._send_pulse(command)
        finally:
            self._job.release()

    async def _send_pulse(self, command: bytes) -> None:
        question, answer = self._questions.ask()
        try:
            await self._session.send(command + question)
            await asyncio.wait({answer}, timeout=self._session.answer_timeout)
            if answer.done() and answer.result():
                return
            if not await self._session.clear_buffer():
                await self._session.end("The printer did not answer. It is opened again.")
        except asyncio.CancelledError:
            await self._session.end("A drawer pulse was cancelled. The printer is opened again.")
            raise
        except LinkLostError as error:
            raise self._pulse_unknown() from error
        raise self._pulse_unknown()

    def _busy(self) -> RefusedError:
        return RefusedError(
            "The printer is busy with a long job. Try again.",
            device=self._device,
            code=ErrorCode.BUSY,
        )

    def _pulse_unknown(self) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            "The printer did not confirm. Look whether the drawer is open.", device=self._device
        )

    async def _keep_asking(self) -> None:
        """Notice a pulled cable, and what a printer without automatic status has to say."""
        with contextlib.suppress(LinkLostError):
            while True:
                await asyncio.sleep(self._abilities.poll_interval)
                with contextlib.suppress(WireBusyError):
                    await self._session.ask_status()


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
