"""A broker that does what a test says: MQTT by hand, byte by byte (MQTT 5.0 and 3.1.1, OASIS)."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Literal, NamedTuple, Self

Answer = Literal["accept", "refuse", "hang_up", "keep_silent"]


class Published(NamedTuple):
    """A PUBLISH that came in."""

    topic: str
    payload: bytes
    mid: int


Puback = Callable[[Published], int | None]


class ScriptedBroker:
    """Serves any number of clients in turn; forwards nothing.

    Attributes:
        answers: What to do with a CONNECT, by protocol level (5, or 4 for 3.1.1).
        connack_reason: The refusal, when it accepts with a reason other than 0.
        puback: The reason code for a PUBLISH; None gives no PUBACK.
        granted: The reason code for a filter that is subscribed to: 1 is QoS 1.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[int, Answer] = {5: "accept", 4: "accept"}
        self.connack_reason = 0
        self.receive_maximum = 20
        self.puback: Puback = lambda _: 0
        self.granted: Callable[[str], int] = lambda _: 1
        self.published: asyncio.Queue[Published] = asyncio.Queue()
        self.levels: list[int] = []
        self.unconfirmed = 0
        self.most_unconfirmed = 0
        self._tls = tls
        self._clients: list[_Client] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for client in self._clients:
            client.writer.close()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def next(self, kind: str) -> Published:
        """The next PUBLISH whose topic ends so."""
        async with asyncio.timeout(30):
            while True:
                published = await self.published.get()
                if published.topic.endswith(kind):
                    return published

    def confirm(self, published: Published, reason: int = 0) -> None:
        """Send the PUBACK that was held back."""
        self.unconfirmed -= 1
        self._clients[-1].puback(published.mid, reason)

    def disconnect(self, reason: int) -> None:
        """Send DISCONNECT (MQTT 5.0, 3.14)."""
        self._clients[-1].writer.write(bytes((0xE0, 1, reason)))
        self._clients[-1].writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(self, writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first, length = (await reader.readexactly(1))[0], 0
                for shift in (0, 7, 14, 21):
                    byte = (await reader.readexactly(1))[0]
                    length |= (byte & 0x7F) << shift
                    if not byte & 0x80:
                        break
                client.packet(first, await reader.readexactly(length))
        writer.close()

    def opened(self, client: "_Client", level: int) -> bool:
        """Answer a CONNECT; False when the client is sent away."""
        self.levels.append(level)
        self._clients.append(client)
        self.unconfirmed = 0
        answer = self.answers[level]
        if answer == "refuse":
            client.writer.write(bytes((0x20, 2, 0, 1)))
        if answer in ("refuse", "hang_up"):
            client.writer.close()
        return answer == "accept"

    def arrived(self, client: "_Client", published: Published) -> None:
        self.unconfirmed += 1
        self.most_unconfirmed = max(self.most_unconfirmed, self.unconfirmed)
        reason = self.puback(published)
        if reason is not None:
            self.unconfirmed -= 1
            client.puback(published.mid, reason)
        self.published.put_nowait(published)


class _Client:
    def __init__(self, broker: ScriptedBroker, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._broker = broker
        self._level = 0

    def packet(self, first: int, body: bytes) -> None:
        kind = first & 0xF0
        if kind == 0x10:
            self._connect(body[6])
        elif kind == 0x80:
            self._subscribe(body)
        elif kind == 0x30:
            self._publish(body)
        elif kind == 0xC0:
            self.writer.write(bytes((0xD0, 0)))

    def puback(self, mid: int, reason: int) -> None:
        packet_id = mid.to_bytes(2, "big")
        if self._level == 5:
            self.writer.write(bytes((0x40, 3)) + packet_id + bytes((reason,)))
        else:
            self.writer.write(bytes((0x40, 2)) + packet_id)

    def _connect(self, level: int) -> None:
        self._level = level
        reason = self._broker.connack_reason
        if not self._broker.opened(self, level):
            return
        if level == 5:
            maximum = self._broker.receive_maximum.to_bytes(2, "big")
            self.writer.write(bytes((0x20, 6, 0, reason, 3, 0x21)) + maximum)
        else:
            self.writer.write(bytes((0x20, 2, 0, reason)))

    def _subscribe(self, body: bytes) -> None:
        rest = body[3:] if self._level == 5 else body[2:]
        granted = bytearray()
        while rest:
            length = int.from_bytes(rest[:2], "big")
            name, rest = rest[2 : 2 + length].decode(), rest[2 + length + 1 :]
            granted.append(self._broker.granted(name))
        properties = b"\x00" if self._level == 5 else b""
        answer = body[:2] + properties + bytes(granted)
        self.writer.write(bytes((0x90, len(answer))) + answer)

    def _publish(self, body: bytes) -> None:
        length = int.from_bytes(body[:2], "big")
        topic, rest = body[2 : 2 + length].decode(), body[2 + length :]
        mid, rest = int.from_bytes(rest[:2], "big"), rest[2:]
        payload = rest[1 + rest[0] :] if self._level == 5 else rest
        self._broker.arrived(self, Published(topic, payload, mid))
