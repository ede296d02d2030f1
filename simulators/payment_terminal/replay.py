"""A capture played back: a terminal that says what one said in a shop.

A capture is a file of JSON Lines, one object for each message, as `edge-daemon trace
payment-terminal` writes it: `sender` is `till` or `terminal`, `message` the APDU in hexadecimal
digits, without card data. So what went wrong in a shop becomes a test:

    async with Replay(path.read_text()) as terminal:
        ...                      # open the driver at terminal.toml(), do what the till did
    assert terminal.deviations == []

For each message of the till, Replay says what the terminal said next. It compares: another message
than the recorded one, or another content, is a deviation; only the messages' own numbers (1F73)
may differ. A capture that began in the middle has no registration; it is answered all the same.
Pauses are not played back.
"""

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from drivers.wire import WireError
from drivers.wire.zvt import redact_apdu, shapes, tags
from drivers.wire.zvt.apdu import Apdu, ApduReader, decode_apdu
from drivers.wire.zvt.bitmaps import TLV_CONTAINER, container

HOST = "127.0.0.1"
ACKNOWLEDGED = bytes.fromhex("800000")
COMPLETED = bytes.fromhex("060f00")
READ_SIZE = 4096


class CaptureError(ValueError):
    """Raised when a file is no capture of a ZVT terminal; the message says in which line."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message of a capture."""

    by_till: bool
    apdu: bytes


def read_capture(text: str) -> list[Recorded]:
    """Return the messages of a capture; those that were not understood when it was made are gone.

    Raises:
        CaptureError: A line is none of a ZVT capture.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            entry = json.loads(line)
            if entry["protocol"] != "zvt" or entry["sender"] not in {"till", "terminal"}:
                raise CaptureError(f"Line {number} is no message of a ZVT terminal.")
            apdu = bytes.fromhex(entry.get("message", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise CaptureError(f"Line {number} is no message of a ZVT terminal: {error}") from error
        if apdu:
            found.append(Recorded(entry["sender"] == "till", apdu))
    return found


class Replay:
    """A terminal that knows nothing but a capture.

    Args:
        capture: The text of the file.
    """

    def __init__(self, capture: str) -> None:
        self._script = deque(read_capture(capture))
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun = False
        self.port = 0
        self.deviations: list[str] = []
        """What the till said otherwise than recorded, in words."""
        self.played = asyncio.Event()
        """Set when the capture has been played to its end."""

    async def __aenter__(self) -> Self:
        """Open the port."""
        self._server = await asyncio.start_server(self._welcome, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        return (
            '[[payment_terminal]]\nname = "replay"\ndriver = "zvt"\n'
            f'host = "{HOST}"\nport = {self.port}\n'
        )

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._tasks.add(task)
        apdus = ApduReader()
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                while data := await reader.read(READ_SIZE):
                    apdus.receive_data(data)
                    while (frame := apdus.next_frame()) is not None:
                        for answer in self._hear(frame):
                            writer.write(answer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    def _hear(self, frame: bytes) -> list[bytes]:
        """Return what the terminal says to a message of the till."""
        control = _control(frame)
        expected = self._script[0] if self._script else None
        if expected is None or not _in_its_place(control, _control(expected.apdu)):
            return self._improvise(control)
        self._begun = True
        self._script.popleft()
        said, recorded = _comparable(frame), _comparable(expected.apdu)
        if said != recorded:
            name = shapes.control_name(control)
            self.deviations.append(f"{name}: {said.hex()}, recorded {recorded.hex()}")
        return self._go_on()

    def _go_on(self) -> list[bytes]:
        answers = []
        while self._script and not self._script[0].by_till:
            answers.append(self._script.popleft().apdu)
        if not self._script:
            self.played.set()
        return answers

    def _improvise(self, control: int) -> list[bytes]:
        if shapes.is_ack(control) and not self._begun:
            return []
        if control == shapes.REGISTRATION and not self._begun:
            return [ACKNOWLEDGED, COMPLETED]
        self.deviations.append(f"{shapes.control_name(control)} is not in the capture here.")
        return [] if shapes.is_ack(control) else [bytes.fromhex("848300")]


def _control(frame: bytes) -> int:
    return int.from_bytes(frame[:2], "big")


def _in_its_place(control: int, recorded: int) -> bool:
    """True when the dialogue can go on; yes and no are both an acknowledgement."""
    return control == recorded or (shapes.is_ack(control) and shapes.is_ack(recorded))


def _comparable(frame: bytes) -> bytes:
    """Return a message without card data and without its number."""
    try:
        apdu = redact_apdu(decode_apdu(frame))
        rest = [tlv for tlv in apdu.tlvs() if tlv.tag != tags.MESSAGE_SEQUENCE_ID]
    except WireError:
        return frame
    others = [bitmap for bitmap in apdu.bitmaps if bitmap.number != TLV_CONTAINER]
    kept = (container(*rest),) if rest else ()
    return Apdu(apdu.control, apdu.head, (*others, *kept)).encode()
