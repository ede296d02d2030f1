"""How messages get to a terminal: sealed, posted, opened.

Channel     what the driver needs of it
PostChannel one HTTP request for each message
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from drivers.transport.https import HttpsClient
from drivers.wire.nexo.envelope import Message, decode, encode
from drivers.wire.nexo.protection import BLOCK_BYTES, Protection
from drivers.wire.nexo.words import MessageType


class HttpStatusError(Exception):
    """Raised when the answer is an HTTP error.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


class Envelope(Protocol):
    """What a message looks like on the way."""

    def seal(self, message: Message) -> bytes:
        """Return the bytes of a message. Raises `WireError` when it must not be sent."""
        ...

    def open(self, data: bytes) -> Message:
        """Return the message in these bytes. Raises `WireError` when there is none."""
        ...


class PlainEnvelope:
    """Messages as they are; TLS alone protects them."""

    def seal(self, message: Message) -> bytes:
        """As in `Envelope`."""
        return encode(message)

    def open(self, data: bytes) -> Message:
        """As in `Envelope`."""
        return decode(data)


@dataclass(frozen=True, slots=True)
class ProtectedEnvelope:
    """Messages encrypted with the key that till and terminal share."""

    protection: Protection

    def seal(self, message: Message) -> bytes:
        """As in `Envelope`."""
        return self.protection.close(message, secrets.token_bytes(BLOCK_BYTES))

    def open(self, data: bytes) -> Message:
        """As in `Envelope`."""
        return self.protection.open(data)


class Channel(Protocol):
    """The way to one terminal and back."""

    def seal(self, message: Message) -> bytes:
        """Return what to send. Raises `WireError` when the protocol cannot carry it."""
        ...

    async def ask(
        self, message: Message, sealed: bytes, on_sent: Callable[[], None]
    ) -> Message | None:
        """Send a message that was sealed, and return the answer; None for an answer without one.

        Raises:
            NothingSentError: It never left.
            LinkLostError: It left, wholly or in part, and no whole answer came.
            HttpStatusError: The answer is an HTTP error.
            WireError: The answer cannot be read, or not be trusted.
        """
        ...

    def close(self) -> None:
        """Break what is under way."""
        ...


@dataclass(frozen=True, slots=True)
class PostChannel:
    """One HTTP request for each message.

    Attributes:
        client: The server that speaks for the terminal.
        path: Where messages are posted.
        envelope: What they look like.
        headers: Sent with each.
    """

    client: HttpsClient
    path: str
    envelope: Envelope
    headers: Mapping[str, str] = field(default_factory=dict)

    def seal(self, message: Message) -> bytes:
        """As in `Channel`."""
        return self.envelope.seal(message)

    async def ask(
        self, message: Message, sealed: bytes, on_sent: Callable[[], None]
    ) -> Message | None:
        """As in `Channel`."""
        del message
        body = await self.post(self.path, sealed, on_sent)
        if not body.strip().startswith(b"{"):
            return None
        return self.envelope.open(body)

    async def post(self, path: str, sealed: bytes, on_sent: Callable[[], None]) -> bytes:
        """Post bytes and return the body of the answer; raises as `ask`."""
        response = await self.client.post(path, sealed, self.headers, on_sent)
        if response.status != HTTPStatus.OK:
            raise HttpStatusError(response.status)
        return response.body

    def close(self) -> None:
        """As in `Channel`."""
        self.client.close()


def answers(request: Message, answer: Message) -> bool:
    """True when the answer's header is the request's, but for its type and device.

    Two tills on one terminal, a message of yesterday, an answer that was meant for another
    payment: nothing else is believed.
    """
    asked, told = request.header, answer.header
    return (asked.service_id, asked.sale_id, asked.poi_id, asked.message_category) == (
        told.service_id,
        told.sale_id,
        told.poi_id,
        told.message_category,
    ) and told.message_type == MessageType.RESPONSE
