"""One print job: what is sent, how it is known to be on paper, what to say when it is not.

A job goes out in pieces, each followed by a buffered question: `GS ( H` with an id of its own, or
`GS r`. The printer answers when it has worked off what stands before the question. At most
`WINDOW` bytes wait unanswered in the printer, which is less than the receive buffer of any model
(4 KB). So there is always room for the commands that must not wait: the status questions, the
drawer's pulse, "clear the buffer". And each answer is progress: a long receipt may take as long
as it takes, a printer that stands still is noticed after `patience` seconds.

    sent whole, last question answered                 evidence
    stopped (cover, paper, fault, no progress)
        buffer cleared, and the printer said so        RefusedError: part may be on paper, no more
                                                       will come, printing again is right
        not known to be cleared                        OutcomeUnknownError
    link lost before the first byte                    OfflineError
    link lost later                                    OutcomeUnknownError
    cancelled                                          the session ends, so that no half receipt
                                                       is followed by the next one

Doubt: a question in the middle of a receipt may make a model wait for its print head; a receipt
of up to `PIECE` bytes has only the one at its end. A single command longer than `WINDOW`, such as
a large image, still fills the buffer; then the clearing may not be heard, and the job is unknown.

Source: design "Truth about paper"; Epson ESC/POS Command Reference: GS ( H (fn 48), GS r,
DLE DC4 (fn 8), "Notes of Real-time Commands".
"""

import asyncio
import collections
import re
from collections.abc import Iterator

from drivers.errors import OutcomeUnknownError, RefusedError
from drivers.pos_printer import PrintEvidence
from drivers.pos_printer.escpos.condition import obstacle
from drivers.pos_printer.escpos.questions import Questions
from drivers.pos_printer.escpos.session import Session
from drivers.transport import LinkLostError
from drivers.wire.escpos import EscPosReader
from drivers.wire.escpos_commands import LineFeed
from drivers.wire.escpos_status import AUTOMATIC_STATUS_ON, PrinterCondition

PIECE = 1792
"""Bytes of a job between two questions, unless a single command is longer."""
WINDOW = 2 * PIECE
"""Bytes that may wait unanswered in the printer."""

LINE_DOTS = 34
"""Of one line, as drivers feed it at most (`ESC 2` is 30 on 203 dpi, 34 on 180 dpi)."""
DOTS_PER_MM = 7
"""180 dpi; the usual 203 dpi are 8."""
_FEED = re.compile(rb"\x1b([dJ])(.)", re.DOTALL)
_FEED_DOTS = {b"d": LINE_DOTS, b"J": 1}


class PrintJob:
    """Sends one job and finds out what became of it.

    Args:
        session: The printer, seen ready in the moment before.
        questions: Of the same session.
        device: The configured name, for errors.
        patience: Seconds without any progress before the job is given up.
        speed: Millimetres of paper a second: long feeds have their time besides.
    """

    def __init__(
        self,
        session: Session,
        questions: Questions,
        *,
        device: str,
        patience: float,
        speed: int,
    ) -> None:
        self._session = session
        self._questions = questions
        self._device = device
        self._patience = patience
        self._speed = speed
        self._feeding = 0.0
        self._unanswered: collections.deque[tuple[asyncio.Future[bool], int]] = collections.deque()
        self._last: asyncio.Future[bool] | None = None
        self._stopped: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._what_to_do = "The printer does not go on. Look at the printer."

    async def run(self, data: bytes) -> PrintEvidence:
        """Print `data`; see the module's table for what it may raise."""
        if self._session.ended:
            raise self._session.offline()
        try:
            with self._session.watching(self._notice):
                return await self._print(data)
        except LinkLostError as error:
            raise self._unknown("The connection to the printer broke.") from error
        except asyncio.CancelledError:
            await self._session.end("A print job was cancelled. The printer is opened again.")
            raise

    def _notice(self, condition: PrinterCondition) -> None:
        what_to_do = obstacle(condition)
        if what_to_do and not self._stopped.done():
            self._what_to_do = what_to_do
            self._stopped.set_result(True)

    async def _print(self, data: bytes) -> PrintEvidence:
        try:
            for piece, is_last in pieces(data):
                await self._answered(down_to=WINDOW - len(piece))
                await self._send(piece, is_last=is_last)
            await self._answered(down_to=0)
        except _StoppedError:
            return await self._give_up()
        return self._questions.evidence

    async def _send(self, piece: bytes, *, is_last: bool) -> None:
        question, answer = self._questions.ask()
        self._unanswered.append((answer, len(piece)))
        self._feeding = max(self._feeding, longest_feed(piece) / self._speed)
        if is_last:
            self._last = answer
            piece += AUTOMATIC_STATUS_ON  # the job may hold an ESC @
        sending = asyncio.create_task(self._session.send(piece + question))
        try:
            await self._progress(sending)
        finally:
            sending.cancel()

    async def _answered(self, *, down_to: int) -> None:
        """Wait until no more than `down_to` bytes are unanswered, or nothing is."""
        while self._unanswered and sum(size for _, size in self._unanswered) > down_to:
            answer, _ = self._unanswered[0]
            await self._progress(answer)
            self._unanswered.popleft()

    async def _progress(self, work: asyncio.Future[bool]) -> None:
        """Wait for `work` as long as nothing stops the printer.

        Raises:
            _StoppedError: The printer cannot go on, or does not.
            LinkLostError: The session is over.
        """
        await asyncio.wait(
            {work, self._stopped},
            timeout=self._patience + 2 * self._feeding,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not work.done() or not work.result():
            raise _StoppedError

    async def _give_up(self) -> PrintEvidence:
        """Have the printer forget the rest, and say what is then known."""
        cleared = await self._session.clear_buffer()
        if self._last is not None and self._last.done() and self._last.result():
            return self._questions.evidence
        if cleared:
            raise RefusedError(
                f"{self._what_to_do} Then print again: part of the receipt may be on paper, "
                "the rest will not come.",
                device=self._device,
            )
        await self._session.end("The printer did not stop a print job. It is opened again.")
        raise self._unknown(self._what_to_do)

    def _unknown(self, reason: str) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"{reason} Look whether the receipt is on paper before you print it again.",
            device=self._device,
        )


class _StoppedError(Exception):
    """Raised when the printer cannot go on, or does not."""


def longest_feed(piece: bytes) -> float:
    """Millimetres that a piece may feed, or more: images may hold what looks like feeds."""
    feeds = sum(match[2][0] * _FEED_DOTS[match[1]] for match in _FEED.finditer(piece))
    return (feeds + piece.count(b"\n") * LINE_DOTS) / DOTS_PER_MM


def pieces(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Cut `data` where commands end, behind a line where possible; True marks the last piece.

    A piece is longer than `PIECE` only when a single command is.
    """
    start = line_end = command_end = 0
    if len(data) > PIECE:
        reader = EscPosReader()
        reader.receive_data(data)
        reader.end()
        for command in iter(reader.next_event, None):
            while reader.position - start > PIECE and command_end > start:
                cut = line_end if line_end > start else command_end
                yield data[start:cut], False
                start = cut
            command_end = reader.position
            if isinstance(command, LineFeed):
                line_end = command_end
    yield data[start:], True
