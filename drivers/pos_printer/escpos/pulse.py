"""A drawer pulse that comes now or never.

Real time (`DLE DC4`): obeyed on arrival, with an open cover and without paper too, but not in an
error state. A status question behind it proves that it arrived. Buffered (`ESC p`): obeyed in
turn; a question behind it proves that it was.

A pulse that is not confirmed may still be on its way, or wait in the printer. Then the buffer is
cleared, or the connection is reset, which takes back what has not left: it does not come later.

Source: design "Truth about the drawer"; Epson ESC/POS Command Reference: DLE DC4 (fn 1), ESC p.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from drivers.errors import ErrorCode, OutcomeUnknownError, RefusedError
from drivers.pos_printer.escpos.questions import Questions
from drivers.pos_printer.escpos.session import Session, WireBusyError
from drivers.transport import LinkLostError


async def send_in_real_time(session: Session, command: bytes, *, device: str) -> None:
    """Send a real-time pulse to a printer that has just answered, and see it confirmed.

    Raises:
        RefusedError: A long command kept the wire. Nothing was sent.
        OutcomeUnknownError: Not confirmed. The session is over.
    """
    async with _now_or_never(session, device):
        try:
            await session.ask_status(ahead=command)
        except WireBusyError as error:
            raise RefusedError(
                "The printer is busy with a long job. Try again.",
                device=device,
                code=ErrorCode.BUSY,
            ) from error


async def send_in_turn(
    session: Session, questions: Questions, command: bytes, *, device: str
) -> None:
    """Send a buffered pulse to an idle printer just seen online, and see it confirmed.

    Raises:
        OutcomeUnknownError: Not confirmed. The buffer was cleared, or the session is over.
    """
    async with _now_or_never(session, device):
        question, answer = questions.ask()
        await session.send(command + question)
        await asyncio.wait({answer}, timeout=session.answer_timeout)
        if answer.done() and answer.result():
            return
        if not await session.clear_buffer():
            await session.end("The printer did not answer. It is opened again.")
        raise _unknown(device)


@contextlib.asynccontextmanager
async def _now_or_never(session: Session, device: str) -> AsyncIterator[None]:
    try:
        yield
    except LinkLostError as error:
        raise _unknown(device) from error
    except asyncio.CancelledError:
        await session.end("A drawer pulse was cancelled. The printer is opened again.")
        raise


def _unknown(device: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        "The printer did not confirm. Look whether the drawer is open.", device=device
    )
