"""A line that doubles messages and lets them overtake each other: real packets, as a broker may.

[kind and flags:1] [remaining length:1-4] [topic length:2] [topic] [packet id:2] [the rest]

Source: MQTT 5.0 and 3.1.1 (OASIS), 2.1 and 3.3.
"""

import asyncio
import collections
import random
from collections.abc import AsyncGenerator
from typing import NamedTuple

from tests.proxy import CHUNK_BYTES, Proxy

PUBLISH_AT_QOS_1 = 0x32
KIND_AND_QOS = 0xF6
DUP = 0x08
HOLD_SECONDS = 0.1
"""A message waits this long for one that overtakes it; on a quiet line it is only late."""
REMEMBERED = 500


class Passed(NamedTuple):
    """A message that passed."""

    topic: str
    payload: bytes


class MqttProxy(Proxy):
    """A proxy that knows where one packet ends.

    Attributes:
        doubling, overtaking: Of all messages at QoS 1, how many come twice, or let the next one
            pass first; 0 to 1.
        doubled, overtaken: How many that were.
        passed: By the last part of the topic, how many messages passed, each counted once.
        remembered: Some of the messages that passed, early and late ones.
    """

    def __init__(self, target: int, chance: random.Random) -> None:
        super().__init__(target)
        self.doubling = 0.0
        self.overtaking = 0.0
        self.doubled = 0
        self.overtaken = 0
        self.passed: collections.Counter[str] = collections.Counter()
        self.remembered: list[Passed] = []
        self._chance = chance

    async def pieces(self, reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
        """Whole packets, and the messages among them with mischief."""
        buffer, held = bytearray(), b""
        while True:
            try:
                async with asyncio.timeout(HOLD_SECONDS if held else None):
                    piece = await reader.read(CHUNK_BYTES)
            except TimeoutError:
                yield held
                held = b""
                continue
            if not piece:
                return
            buffer += piece
            while packet := take_packet(buffer):
                if packet[0] & KIND_AND_QOS != PUBLISH_AT_QOS_1:
                    yield packet
                    continue
                self._remember(read_publish(packet))
                if held:
                    yield packet
                    packet, held = held, b""
                    self.overtaken += 1
                elif self._chance.random() < self.overtaking:
                    held = packet
                    continue
                yield packet
                if self._chance.random() < self.doubling:
                    self.doubled += 1
                    yield bytes((packet[0] | DUP,)) + packet[1:]

    def _remember(self, message: Passed) -> None:
        self.passed[message.topic.rpartition("/")[2]] += 1
        if len(self.remembered) < REMEMBERED:
            self.remembered.append(message)
        else:
            self.remembered[self._chance.randrange(REMEMBERED)] = message


def take_packet(buffer: bytearray) -> bytes:
    """Take the first packet out of the buffer; empty while it is not complete."""
    length = 0
    for at, shift in enumerate((0, 7, 14, 21), start=1):
        if at >= len(buffer):
            return b""
        length |= (buffer[at] & 0x7F) << shift
        if not buffer[at] & 0x80:
            break
    end = at + 1 + length
    if len(buffer) < end:
        return b""
    packet = bytes(buffer[:end])
    del buffer[:end]
    return packet


def read_publish(packet: bytes) -> Passed:
    """Read a PUBLISH at QoS 1.

    All payloads of ours are JSON objects, and no property before them holds a brace: so nobody
    has to know whether it is MQTT 5, which has properties.
    """
    at = next(at for at in range(1, 5) if not packet[at] & 0x80) + 1
    length = int.from_bytes(packet[at : at + 2], "big")
    end = at + 2 + length
    return Passed(packet[at + 2 : end].decode(), packet[packet.find(b"{", end + 2) :])
