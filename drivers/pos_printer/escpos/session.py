"""One connection to a printer: what goes out, who waits for an answer, what it says by itself.

Everything is written in pieces that end where a command ends, one piece at a time (`_wire`): a
real-time command inside the data of another command would become part of that data. Whoever wants
an answer is registered before the question is sent.

The session ends once and for good: when the stream breaks, when a question stays unanswered, when
its owner says so. All who wait get `LinkLostError`; the fan ends with `OfflineError`. It never
reconnects. An unanswered question is the end because its answer, if it came late, would be taken
for the answer to the next one.
"""

import asyncio
import collections
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from drivers.errors import ErrorCode, OfflineError
from drivers.fan import EventFan
from drivers.pos_printer import PrinterEvent, PrinterStatus, StatusChanged
from drivers.pos_printer.escpos.condition import status_of
from drivers.transport import ByteStream, LinkLostError
from drivers.wire.escpos_graphics import ACKNOWLEDGED, KEY_CODES_REQUEST
from drivers.wire.escpos_status import (
    CLEAR_BUFFER,
    REAL_TIME_QUESTIONS,
    Answer,
    AutomaticStatus,
    BufferCleared,
    KeyCodes,
    Noise,
    PaperStatus,
    PrinterCondition,
    ProcessIdAnswer,
    RealTimeStatus,
    StatusStream,
    real_time_condition,
    real_time_request,
)

_log = logging.getLogger(__name__)


class WireBusyError(Exception):
    """Raised when the wire was not free in time. Nothing was sent; the session goes on."""


_STATUS_REQUEST = b"".join(map(real_time_request, REAL_TIME_QUESTIONS))

_SILENT = "The printer does not answer. Check its cable and whether it is on."
_BROKEN = "The connection to the printer broke. Check its cable and whether it is on."


@dataclass
class _StatusQuestion:
    """Four `DLE EOT` on their way, and the answers so far."""

    answer: asyncio.Future[PrinterCondition]
    statuses: list[int] = field(default_factory=list)
    overtaken: bool = False
    """An automatic status came meanwhile. Each change sends one, so the last one is newer."""


class Session:
    """Talks to one printer over one stream.

    Args:
        stream: Open, and nobody else reads it.
        device: The configured name, for errors.
        answer_timeout: Seconds that a real-time question may stay unanswered.

    Attributes:
        in_a_piece: A command that must not be torn is on its way.
    """

    def __init__(self, stream: ByteStream, *, device: str, answer_timeout: float) -> None:
        self.fan: EventFan[PrinterEvent] = EventFan()
        self.condition: PrinterCondition | None = None
        self.status = PrinterStatus(online=False)
        self.answer_timeout = answer_timeout
        self.in_a_piece = False
        self._stream = stream
        self._device = device
        self._answers = StatusStream()
        self._wire = asyncio.Lock()
        self._questions: collections.deque[_StatusQuestion] = collections.deque()
        self._process_ids: dict[bytes, asyncio.Future[bool]] = {}
        self._paper_statuses: collections.deque[asyncio.Future[bool]] = collections.deque()
        self._clearing: asyncio.Future[bool] | None = None
        self._key_codes: asyncio.Future[KeyCodes] | None = None
        self._watchers: set[Callable[[PrinterCondition], None]] = set()
        self._ended: LinkLostError | None = None
        self._reader = asyncio.create_task(self._read(), name=f"read {device}")

    def offline(self) -> OfflineError:
        """Say why nothing can be sent any more."""
        end = self.fan.ended
        code = end.code if end else ErrorCode.OFFLINE
        return OfflineError(str(end or _SILENT), device=self._device, code=code)

    @property
    def ended(self) -> bool:
        """True when nothing can be sent any more."""
        return self._ended is not None

    async def send(self, piece: bytes) -> bool:
        """Write whole commands; True when the wire took them.

        Raises:
            LinkLostError: The session is over; part of the piece may have been sent.
        """
        async with self._writing():
            await self._stream.write(piece)
        return True

    async def ask_status(self, *, ahead: bytes = b"") -> PrinterCondition:
        """Ask for the printer's status in this moment.

        Args:
            ahead: Real-time commands to send in front of the question; the answer proves that
                they arrived.

        Raises:
            WireBusyError: A long command kept the wire; nothing was sent.
            LinkLostError: No answer in time, or the stream broke; the session is over.
        """
        question = _StatusQuestion(asyncio.get_running_loop().create_future())
        async with self._writing(within=self.answer_timeout), self._in_time():
            self._answers.expect_real_time(*REAL_TIME_QUESTIONS)
            self._questions.append(question)
            await self._stream.write(ahead + _STATUS_REQUEST)
        async with self._in_time():
            return await question.answer

    def expect_process_id(self, process_id: bytes) -> asyncio.Future[bool]:
        """Return the answer to come: True for `process_id`, False when the buffer was cleared."""
        answer = asyncio.get_running_loop().create_future()
        self._process_ids[process_id] = answer
        return answer

    def expect_paper_status(self) -> asyncio.Future[bool]:
        """Return the answer to the `GS r` that is sent next: False when the buffer was cleared."""
        answer = asyncio.get_running_loop().create_future()
        self._answers.expect_paper_status()
        self._paper_statuses.append(answer)
        return answer

    async def ask_key_codes(self) -> frozenset[bytes] | None:
        """Ask which images lasting memory has, when nothing else is under way.

        Returns:
            Their keys; None when no answer came: the printer does not know the question.

        Raises:
            LinkLostError: The stream broke.
        """
        found: set[bytes] = set()
        question = KEY_CODES_REQUEST
        while True:
            async with self._writing():
                self._answers.expect_key_codes()
                self._key_codes = asyncio.get_running_loop().create_future()
                await self._stream.write(question)
            try:
                async with asyncio.timeout(self.answer_timeout):
                    part = await self._key_codes
            except TimeoutError:
                return None
            found |= part.keys
            question = ACKNOWLEDGED
            if not part.more:
                await self.send(ACKNOWLEDGED)
                return frozenset(found)

    @contextlib.contextmanager
    def in_one_piece(self) -> Iterator[None]:
        """Say that a command which must not be torn is on its way while the context lasts."""
        self.in_a_piece = True
        try:
            yield
        finally:
            self.in_a_piece = False

    async def clear_buffer(self) -> bool:
        """Have the printer forget what it has not printed; True when it said that it did.

        Nothing else is sent until it answers. Buffered questions that it had not answered by then
        come out False.

        Raises:
            LinkLostError: The stream broke.
        """
        async with self._writing():
            self._clearing = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(self.answer_timeout):
                    await self._stream.write(CLEAR_BUFFER)
                    await self._clearing
            except TimeoutError:
                return False
        return True

    @contextlib.contextmanager
    def watching(self, watcher: Callable[[PrinterCondition], None]) -> Iterator[None]:
        """Call `watcher` with every changed condition while the context lasts."""
        self._watchers.add(watcher)
        try:
            yield
        finally:
            self._watchers.discard(watcher)

    async def end(self, reason: str, *, code: ErrorCode = ErrorCode.OFFLINE) -> None:
        """Close the stream at once. What waits for an answer fails with `reason`."""
        if self._ended is not None:
            return
        self._ended = LinkLostError(reason)
        self.fan.end(OfflineError(reason, device=self._device, code=code))
        for waiting in self._unanswered():
            if not waiting.done():
                waiting.set_exception(self._ended)
                waiting.exception()  # seen, whether or not somebody still waits
        await self._stream.close()
        if asyncio.current_task() is not self._reader:
            self._reader.cancel()
            await asyncio.wait({self._reader})

    def _unanswered(
        self,
    ) -> list[asyncio.Future[PrinterCondition] | asyncio.Future[bool] | asyncio.Future[KeyCodes]]:
        clearing = [each for each in (self._clearing, self._key_codes) if each is not None]
        questions = [question.answer for question in self._questions]
        return [*questions, *self._process_ids.values(), *self._paper_statuses, *clearing]

    @contextlib.asynccontextmanager
    async def _writing(self, *, within: float | None = None) -> AsyncIterator[None]:
        """Have the wire for oneself."""
        try:
            async with asyncio.timeout(within):
                await self._wire.acquire()
        except TimeoutError as error:
            raise WireBusyError("The printer takes a long command.") from error
        try:
            self._raise_if_ended()
            yield
        except LinkLostError:
            await self.end(_BROKEN)
            raise
        finally:
            self._wire.release()

    @contextlib.asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.answer_timeout):
                yield
        except TimeoutError as error:
            await self.end(_SILENT)
            raise LinkLostError(_SILENT) from error

    def _raise_if_ended(self) -> None:
        if self._ended is not None:
            raise LinkLostError(str(self._ended))

    async def _read(self) -> None:
        try:
            while True:
                for answer in self._answers.receive_data(await self._stream.read()):
                    self._take(answer)
        except LinkLostError:
            await self.end(_BROKEN)

    def _take(self, answer: Answer) -> None:
        match answer:
            case RealTimeStatus(_, status):
                self._take_real_time(status)
            case AutomaticStatus(condition):
                for question in self._questions:
                    question.overtaken = True
                self._update(condition)
            case ProcessIdAnswer(process_id):
                _finish(self._process_ids.pop(process_id, None))
            case PaperStatus():
                _finish(self._paper_statuses.popleft())
            case KeyCodes():
                if self._key_codes is not None and not self._key_codes.done():
                    self._key_codes.set_result(answer)
            case BufferCleared():
                self._forget_buffered_questions()
                _finish(self._clearing)
            case Noise(data):
                _log.debug("%s: %s answers nothing", self._device, data.hex(" "))

    def _take_real_time(self, status: int) -> None:
        question = self._questions[0]
        question.statuses.append(status)
        if len(question.statuses) < len(REAL_TIME_QUESTIONS):
            return
        self._questions.popleft()
        if not question.overtaken or self.condition is None:
            self._update(real_time_condition(*question.statuses))
        if self.condition is not None and not question.answer.done():
            question.answer.set_result(self.condition)

    def _forget_buffered_questions(self) -> None:
        for waiting in (*self._process_ids.values(), *self._paper_statuses):
            _finish(waiting, answered=False)
        self._process_ids.clear()
        self._paper_statuses.clear()

    def _update(self, condition: PrinterCondition) -> None:
        if condition == self.condition:
            return
        self.condition = condition
        self.status = status_of(condition)
        self.fan.publish(StatusChanged(self.status))
        for watcher in tuple(self._watchers):
            watcher(condition)


def _finish(waiting: asyncio.Future[bool] | None, *, answered: bool = True) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(answered)
