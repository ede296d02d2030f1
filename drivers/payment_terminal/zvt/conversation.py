"""One command over the link: sends it, listens, answers, and watches the deadlines.

What a message means is the dialogue's business, what to answer the verb's (`Answers`). Here every
failure becomes the error that tells the caller what may have happened: before the command left,
nothing; after it, for a command that acts, nobody knows. The connection does not survive a
failure: T3 and T4 say so, and what arrives late must not be taken for the next command's answer.
"""

import asyncio
from typing import Protocol

from drivers.errors import (
    BusyError,
    DeviceError,
    ErrorCode,
    OfflineError,
    OutcomeUnknownError,
    RefusedError,
    RemoteProtocolError,
    UnsupportedError,
)
from drivers.payment_terminal import AbortOutcome
from drivers.payment_terminal.zvt.framing import ForeignProtocolError
from drivers.payment_terminal.zvt.link import Arrivals, Link
from drivers.transport import LinkLostError
from drivers.wire import WireError
from drivers.wire.zvt import codes, requests, shapes
from drivers.wire.zvt.apdu import Apdu, decode_apdu
from drivers.wire.zvt.dialogue import Dialogue, State, Word
from drivers.wire.zvt.message_ids import MessageIds, number_of
from drivers.wire.zvt.numbers import read_apdu_length

ASK_AGAIN = shapes.NEGATIVE_ACK_CLASS << 8 | codes.PLEASE_WAIT


class Answers(Protocol):
    """What a verb says to the terminal while its command runs."""

    def taken(self) -> None:
        """Hear that the terminal has taken the command."""
        ...

    async def answer(self, word: Word, apdu: Apdu) -> Apdu:
        """Return the acknowledgement of a message. Must not raise."""
        ...


class Conversation:
    """One command on its way.

    Args:
        device: The configured name, for errors.
        link, ids: The connection and the numbers of its messages.
        dialogue: The command, numbered.
        acts: The command moves money or state: once sent, silence means an unknown outcome.
        t3: Seconds that an abort waits for its answer.
    """

    def __init__(  # noqa: PLR0913 - all of it is the command's, nothing is optional
        self, device: str, link: Link, ids: MessageIds, dialogue: Dialogue, *, acts: bool, t3: float
    ) -> None:
        self._device = device
        self._link = link
        self._ids = ids
        self._dialogue = dialogue
        self._answered: tuple[Apdu, Apdu] | None = None
        self._acts = acts
        self._t3 = t3
        self._sent = False
        self._deciding = False
        self._taken = asyncio.Event()
        self._last = dialogue.command
        self._abort: asyncio.Future[AbortOutcome] | None = None

    async def run(self, answers: Answers) -> Apdu:
        """Return the message that ended the command: 06 0F or 06 1E.

        Raises:
            OfflineError: Not sent, or a query without an answer.
            BusyError, RefusedError, UnsupportedError: The terminal did not take the command.
            OutcomeUnknownError, RemoteProtocolError: Sent, and the end is not known.
        """
        try:
            with self._link.listening() as arrivals:
                return await self._converse(arrivals, answers)
        except TimeoutError as error:
            reason = LinkLostError("The terminal does not answer.")
            await self._link.close(reason)
            raise self._failure(reason, ErrorCode.TIMEOUT) from error
        except LinkLostError as error:
            raise self._failure(error, ErrorCode.OFFLINE) from error
        except WireError as error:
            await self._link.close(LinkLostError(str(error)))
            raise RemoteProtocolError(
                f"The terminal broke the protocol: {error}", device=self._device
            ) from error
        finally:
            self._taken.set()
            self._settle_abort(AbortOutcome.TOO_LATE)

    async def abort(self) -> AbortOutcome:
        """Send 06 B0 as soon as the terminal has taken the command, and wait for its answer.

        While a result is being committed it is too late: whoever asks hears how it ends.
        """
        await self._taken.wait()
        if self._deciding or self._dialogue.state is not State.TERMINAL_IS_MASTER:
            return AbortOutcome.TOO_LATE
        if self._abort is None:
            self._abort = asyncio.get_running_loop().create_future()
            await self._link.send(self._ids.next_message(requests.abort_command()))
        try:
            async with asyncio.timeout(self._t3):
                return await asyncio.shield(self._abort)
        except TimeoutError:
            return AbortOutcome.REFUSED

    async def _converse(self, arrivals: Arrivals, answers: Answers) -> Apdu:
        now = asyncio.get_running_loop().time
        data = self._dialogue.start(now())
        if self._link.lost:
            raise self._link.lost
        self._sent = True
        await self._link.send(data)
        self._dialogue.sent(now())
        while (apdu := await self._next(arrivals)) is not None:
            if self._stale(apdu):
                continue
            if await self._repeated(apdu):
                continue
            self._ids.hear(apdu)
            word = self._dialogue.receive(apdu, now())
            if word in (Word.ACKNOWLEDGED, Word.REFUSED):
                self._take_acknowledgement(word, apdu, answers)
            else:
                await self._answer(word, apdu, answers)
                self._last = apdu
            if self._dialogue.ended:
                return apdu
        return self._last

    async def _next(self, arrivals: Arrivals) -> Apdu | None:
        """Return the next message; None when the silence is the end."""
        try:
            arrival = await arrivals.next(self._dialogue.next_deadline())
        except TimeoutError:
            if self._dialogue.time_passed(asyncio.get_running_loop().time()):
                return None
            raise
        if isinstance(arrival, LinkLostError):
            raise arrival
        return decode_kindly(arrival, self._dialogue.command.control)

    def _stale(self, apdu: Apdu) -> bool:
        """True for an acknowledgement of something that is over."""
        if self._dialogue.state is not State.SENT or not shapes.is_ack(apdu.control):
            return False
        ours, number = number_of(self._dialogue.command), number_of(apdu)
        return ours is not None and number is not None and number != ours

    async def _repeated(self, apdu: Apdu) -> bool:
        """Answer a numbered message once more that was answered before; True when it was."""
        if self._answered is None or self._answered[0] != apdu:
            return False
        await self._link.send(self._answered[1])
        return True

    async def _answer(self, word: Word, apdu: Apdu, answers: Answers) -> None:
        if word is Word.RECEIPT:  # paper: the terminal goes on printing while we read
            await self._reply(requests.acknowledge(), apdu)
            await answers.answer(word, apdu)
            return
        if word is Word.RESULT:
            self._settle_abort(AbortOutcome.TOO_LATE)
        self._deciding = word is Word.RESULT
        reply = await answers.answer(word, apdu)
        self._deciding = False
        await self._reply(reply, apdu)
        if word is Word.RESULT:
            self._dialogue.restart(asyncio.get_running_loop().time())

    async def _reply(self, reply: Apdu, apdu: Apdu) -> None:
        """Send the answer to a message, and keep it for when the message comes once more."""
        numbered = self._ids.answer(reply, apdu)
        if numbered is not reply and reply.control != ASK_AGAIN:
            self._answered = (apdu, numbered)
        if self._dialogue.ended:
            await self._say_goodbye(numbered)
        else:
            await self._link.send(numbered)

    def _take_acknowledgement(self, word: Word, apdu: Apdu, answers: Answers) -> None:
        if self._dialogue.state is State.REFUSED:
            raise refusal(apdu, self._device)
        if self._taken.is_set():
            accepted = word is Word.ACKNOWLEDGED
            self._settle_abort(AbortOutcome.ACCEPTED if accepted else AbortOutcome.REFUSED)
        else:
            answers.taken()
            self._taken.set()

    async def _say_goodbye(self, reply: Apdu) -> None:
        """The terminal has said all: what becomes of this acknowledgement changes nothing."""
        try:
            await self._link.send(reply)
        except LinkLostError:
            return

    def _settle_abort(self, outcome: AbortOutcome) -> None:
        if self._abort is not None and not self._abort.done():
            self._abort.set_result(outcome)

    def _failure(self, reason: LinkLostError, code: ErrorCode) -> DeviceError:
        if isinstance(reason, ForeignProtocolError):
            kind = RemoteProtocolError if self._sent and self._acts else RefusedError
            return kind(str(reason), device=self._device)
        if self._sent and self._acts:
            return OutcomeUnknownError(
                "The payment terminal was lost in the middle. Whether the customer paid is not "
                "known: look at the terminal, and do not start the payment again.",
                device=self._device,
                code=code,
            )
        return OfflineError(
            f"The payment terminal cannot be reached: {reason}", device=self._device, code=code
        )


def refusal(apdu: Apdu, device: str) -> DeviceError:
    """Return the error for 84 xx: the terminal did not take the command."""
    code = apdu.control & 0xFF
    if code == shapes.NEGATIVE_ACK_REGISTRATION & 0xFF and apdu.head:
        code = apdu.head[-3] if len(apdu.head) > shapes.CURRENCY else apdu.head[-1]
    message = codes.result_text(code)
    if code in {codes.PLEASE_WAIT, codes.RECEIVER_NOT_READY}:
        return BusyError(message, device=device)
    if code == codes.FUNCTION_NOT_POSSIBLE:
        return UnsupportedError(message, device=device)
    return RefusedError(message, device=device)


def decode_kindly(frame: bytes, answering: int) -> Apdu:
    """Return the APDU; one whose data block is broken keeps what can be told without it.

    A display text or a receipt that does not parse must not cost a payment. A result that does
    not parse has no result code then, and is refused for that.
    """
    try:
        return decode_apdu(frame, answering)
    except WireError:
        _, start = read_apdu_length(frame, 2)
        control = int.from_bytes(frame[:2], "big")
        keeps_code = control in {shapes.ABORT, shapes.INTERMEDIATE_STATUS}
        return Apdu(control, frame[start : start + 1] if keeps_code else b"")
