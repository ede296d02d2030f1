"""Who may call: bearer tokens, and tickets for browsers' WebSockets.

A browser cannot send a bearer token with a WebSocket. So a caller that has one gets a ticket for
it: short-lived, good for one connection, useless in a log afterwards.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping

import msgspec

TICKET_SECONDS = 30
"""Time from asking for a ticket to using it."""
TICKETS_LIMIT = 256
"""Tickets that may wait to be used; the oldest goes first."""


class Caller(msgspec.Struct, frozen=True):
    """Who asks, by the name that its token has in the configuration."""

    name: str


class Tokens:
    """The tokens that open this door. Kept and compared as hashes, all of them, in equal time."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """Take the callers' tokens by name."""
        self._callers = [(_digest(token), Caller(name)) for name, token in tokens.items()]

    def caller(self, token: str) -> Caller | None:
        """Who holds `token`, or None."""
        digest = _digest(token)
        found = None
        for known, caller in self._callers:
            if hmac.compare_digest(known, digest):
                found = caller
        return found


class Tickets:
    """Single-use, short-lived stand-ins for a token. Made on the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._issued: dict[str, tuple[Caller, float]] = {}

    def issue(self, caller: Caller) -> str:
        """Make a ticket for `caller`, good for `TICKET_SECONDS`."""
        while len(self._issued) >= TICKETS_LIMIT:
            del self._issued[next(iter(self._issued))]
        ticket = secrets.token_urlsafe(24)
        self._issued[_digest(ticket).hex()] = caller, self._loop.time() + TICKET_SECONDS
        return ticket

    def redeem(self, ticket: str) -> Caller | None:
        """Take the ticket and say whose it was; None when it is spent, too old or not ours."""
        caller, deadline = self._issued.pop(_digest(ticket).hex(), (None, 0.0))
        return caller if self._loop.time() < deadline else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
