"""Byte streams and packets: how bytes reach a device.

A protocol module asks its transport for a `ByteStream` and knows nothing else about the wire.
"""

from typing import Protocol


class LinkLostError(ConnectionError):
    """Raised when the stream ended or broke. What was written before may have arrived."""


class NotAllowedError(LinkLostError):
    """Raised when the device is there and cannot be had; the message says what to change."""


class ByteStream(Protocol):
    """A two-way stream of bytes with no frames of its own."""

    async def read(self) -> bytes:
        """Wait for bytes and return what is there, at least one byte.

        Raises:
            LinkLostError: The other side closed, or the cable is out.
        """
        ...

    async def write(self, data: bytes) -> None:
        """Hand `data` to the wire. Returning says nothing about its arrival.

        Raises:
            LinkLostError: The stream is gone; part of `data` may have been sent.
        """
        ...

    async def close(self) -> None:
        """Close the stream at once. Never raises; safe to call twice."""
        ...
