"""One end of a serial line: blocks that are acknowledged, repeated, and taken once.

    receive_data(bytes), next_event()    what came
    send(apdu)                           what is to go
    data_to_send()                       bytes for the line, after each of these calls
    block_deadline, ack_deadline         when `time_passed` has to be called

The rules. A block whose checksum fits is acknowledged at once, before anybody looks into it; a
broken one, or one in which a byte is missing for T1, gets a NAK. Who sends a block waits for ACK:
after NAK, or nothing within T2, it sends the same block again, twice at most. Then the line has
failed, on both ends.

A block that comes again although it was acknowledged is acknowledged again and not delivered: its
ACK was lost. Blocks have no numbers, so "again" means: the same bytes, nothing of ours was
acknowledged since, and no longer after the first than repeats can take. That holds because every
message is answered by the other side before the next one; where it was not, as by a side that hung,
the same message comes anew later, and is taken.

Behind a broken block everything up to the next DLE STX is noise: its rest may hold bytes that
look like ACK and NAK.

An honest doubt: a terminal that repeats a message on purpose, unanswered and unchanged (after
84 9C it is answered), would be taken for a lost ACK.

Source: ZVT PA00P016 rev. 04, serial transport, T1, T2 and repeats.
"""

import enum

from drivers.wire import WireError
from drivers.wire.zvt.serial import (
    ACK,
    NAK,
    SerialAck,
    SerialEvent,
    SerialFrame,
    SerialNak,
    SerialReader,
    encode_frame,
)

T1 = 0.2
"""Seconds between two bytes of a block."""
T2 = 5.0
"""Seconds from a block to its ACK or NAK."""
REPEATS = 2
AGAIN_SECONDS = 2 * REPEATS * T2
"""Seconds after which the same block is no repeat: twice as long as the other side repeats it."""


class Trouble(enum.Enum):
    """What the line could not mend."""

    FAILED = "A block was not acknowledged, although it was repeated twice."


class SerialLine:
    """One end of the line."""

    def __init__(self) -> None:
        self._reader = SerialReader()
        self._outgoing = bytearray()
        self._delivered: list[bytes] = []
        self._last_delivered: bytes | None = None
        self._repeats_until = 0.0
        self._unacknowledged: bytes | None = None
        self._repeats = 0
        self.block_deadline: float | None = None
        self.ack_deadline: float | None = None
        self.trouble: Trouble | None = None

    @property
    def awaits_ack(self) -> bool:
        """True while a block of ours is under way."""
        return self._unacknowledged is not None

    def receive_data(self, data: bytes, now: float) -> None:
        """Take bytes as they came."""
        self._reader.receive_data(data)
        while (event := self._next_event()) is not None:
            self._take(event, now)
        self.block_deadline = now + T1 if self._reader.mid_frame else None

    def next_event(self) -> bytes | None:
        """Return the next APDU, or None when more must come."""
        return self._delivered.pop(0) if self._delivered else None

    def send(self, apdu: bytes, now: float) -> None:
        """Send a block. The one before must have been acknowledged."""
        self._unacknowledged = encode_frame(apdu)
        self._repeats = 0
        self._put(self._unacknowledged, now)

    def data_to_send(self) -> bytes:
        """Return the bytes that are to go over the line now."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def time_passed(self, now: float) -> None:
        """Do what is due: give up a block that does not go on, repeat one of ours."""
        if self.block_deadline is not None and now >= self.block_deadline:
            self.block_deadline = None
            self._reader.give_up()
            self._outgoing.append(NAK)
        if self.ack_deadline is not None and now >= self.ack_deadline:
            self._repeat(now)

    def _next_event(self) -> SerialEvent | None:
        while True:
            try:
                return self._reader.next_event()
            except WireError:
                self._outgoing.append(NAK)

    def _take(self, event: SerialEvent, now: float) -> None:
        match event:
            case SerialFrame(apdu):
                self._outgoing.append(ACK)
                if apdu != self._last_delivered or now > self._repeats_until:
                    self._last_delivered = apdu
                    self._repeats_until = now + AGAIN_SECONDS
                    self._delivered.append(apdu)
            case SerialAck() if self.awaits_ack:
                self._unacknowledged = None
                self.ack_deadline = None
                self._last_delivered = None
            case SerialNak() if self.awaits_ack:
                self._repeat(now)

    def _repeat(self, now: float) -> None:
        if self._unacknowledged is None:
            return
        if self._repeats >= REPEATS:
            self._unacknowledged = None
            self.ack_deadline = None
            self.trouble = Trouble.FAILED
            return
        self._repeats += 1
        self._put(self._unacknowledged, now)

    def _put(self, block: bytes, now: float) -> None:
        self._outgoing += block
        self.ack_deadline = now + T2
