"""One request to a door and its answer, as values."""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from edge_daemon.config import Door

JSON = "application/json"
XML = "text/xml; charset=utf-8"


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in and read whole.

    Attributes:
        query: The first value of each name.
        address: Where it comes from.
        gone: Set when the till has gone away and nobody reads the answer.
    """

    door: Door
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    address: str
    gone: asyncio.Event


class Answer(NamedTuple):
    """What goes back."""

    body: bytes
    content_type: str = JSON
    status: int = 200


class Service(Protocol):
    """What stands behind one kind of door: its words in, its words out.

    It answers in its clients' own shapes, errors too, and never raises for what they send.
    """

    async def serve(self, asked: Asked) -> Answer:
        """Do what was asked and answer it."""
        ...

    def refuse(self, status: int, message: str) -> Answer:
        """Say no: 413 too large, 429 too much at once, 500 our mistake."""
        ...
