"""A ZVT terminal out of a capture."""

import asyncio

from drivers.wire import WireError
from drivers.wire.zvt import redact_apdu, shapes, tags
from drivers.wire.zvt.apdu import Apdu, ApduReader, decode_apdu
from drivers.wire.zvt.bitmaps import TLV_CONTAINER, container
from simulators.replay.capture import CaptureError, Recorded
from simulators.replay.player import READ_SIZE, Replay

ACKNOWLEDGED = bytes.fromhex("800000")
COMPLETED = bytes.fromhex("060f00")
NOT_POSSIBLE = bytes.fromhex("848300")


class ZvtReplay(Replay):
    """Over TCP; the messages' own numbers (1F73) may differ."""

    protocol = "zvt"

    def __init__(self, capture: str) -> None:
        super().__init__(capture)
        for recorded in self.script:
            try:
                bytes.fromhex(recorded.message)
            except ValueError as error:
                raise CaptureError(f"A {recorded.name} is no message of ZVT: {error}") from error

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer each message of the till."""
        apdus = ApduReader()
        while data := await reader.read(READ_SIZE):
            apdus.receive_data(data)
            while (frame := apdus.next_frame()) is not None:
                for answer in self._answers(frame):
                    writer.write(answer)

    def _answers(self, frame: bytes) -> list[bytes]:
        control = _control(frame)
        name = shapes.control_name(control)
        if not self.hear(name, frame.hex(), _comparable, lambda due: _fits(control, due)):
            return self._improvise(control)
        answers = []
        while (said := self.speak()) is not None:
            answers.append(bytes.fromhex(said.message))
        return answers

    def _improvise(self, control: int) -> list[bytes]:
        if shapes.is_ack(control) and not self.begun:
            return []
        if control == shapes.REGISTRATION and not self.begun:
            return [ACKNOWLEDGED, COMPLETED]
        self.miss(shapes.control_name(control))
        return [] if shapes.is_ack(control) else [NOT_POSSIBLE]


def _control(frame: bytes) -> int:
    return int.from_bytes(frame[:2], "big")


def _fits(control: int, due: Recorded) -> bool:
    """True when the dialogue can go on; yes and no are both an acknowledgement."""
    recorded = _control(bytes.fromhex(due.message))
    return control == recorded or (shapes.is_ack(control) and shapes.is_ack(recorded))


def _comparable(message: str) -> str:
    """Return a message without card data and without its number."""
    frame = bytes.fromhex(message)
    try:
        apdu = redact_apdu(decode_apdu(frame))
        rest = [tlv for tlv in apdu.tlvs() if tlv.tag != tags.MESSAGE_SEQUENCE_ID]
    except WireError:
        return message
    others = [bitmap for bitmap in apdu.bitmaps if bitmap.number != TLV_CONTAINER]
    kept = (container(*rest),) if rest else ()
    return Apdu(apdu.control, apdu.head, (*others, *kept)).encode().hex()
