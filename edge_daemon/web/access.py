"""Who may call: bearer tokens, and tickets for browsers' WebSockets.

A browser cannot send a bearer token with a WebSocket. So a caller that has one gets a ticket for
it: short-lived, good for one connection, useless in a log afterwards. Where tokens are kept is not
known here: a `Callers` judges them.
"""

import asyncio
import enum
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import msgspec
from litestar.types import Scope as AsgiScope

from edge_daemon.scopes import Scope

TICKET_SECONDS = 30
"""Time from asking for a ticket to using it."""
TICKETS_LIMIT = 256
"""Tickets that may wait to be used; the oldest goes first."""
NOBODY = "unknown"
"""The subject of a refusal of somebody who did not say who it is."""


class Reason(enum.StrEnum):
    """Why somebody was refused, in the journal's words."""

    FOREIGN_HOST = "foreign_host"
    FOREIGN_ORIGIN = "foreign_origin"
    FOREIGN_ADDRESS = "foreign_address"
    NO_TOKEN = "no_token"  # noqa: S105 - a reason
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105 - a reason
    REVOKED_TOKEN = "revoked_token"  # noqa: S105 - a reason
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - a reason
    SPENT_TICKET = "spent_ticket"
    MISSING_SCOPE = "missing_scope"
    MISSING_RIGHT = "missing_right"
    OTHER_WORKSTATION = "other_workstation"
    WRONG_CODE = "wrong_pairing_code"
    TOO_MANY_CODES = "too_many_pairing_codes"


class Caller(msgspec.Struct, frozen=True):
    """Who asks.

    Attributes:
        id: Of its token; what the journal names.
        name: For people.
        scopes: What it may do.
        workstation: The only one that it acts for; any where None.
    """

    id: str
    name: str
    scopes: frozenset[str] = frozenset(Scope)
    workstation: str | None = None


class Denial(NamedTuple):
    """Why a token opens nothing.

    Attributes:
        subject: Whose it was, where that is known.
        message: What to do about it.
    """

    reason: Reason
    subject: str
    message: str


class Refusal(NamedTuple):
    """Somebody who was not let through, for the journal. Never the token itself.

    Attributes:
        scopes: Those of which one would have been enough.
        origin, address: What the caller showed; empty where it showed nothing.
    """

    reason: Reason
    subject: str = NOBODY
    scopes: tuple[str, ...] = ()
    origin: str = ""
    address: str = ""


class Callers(Protocol):
    """Whoever knows the tokens."""

    def judge(self, token: str, address: str) -> Caller | Denial:
        """Say whose `token` is, used from `address`, or why it opens nothing."""
        ...

    def holds(self, caller: Caller) -> bool:
        """True while the caller's token is good: a stream asks again and again."""
        ...


class Tokens:
    """Tokens that are given once and for all. Compared as hashes, all of them, in equal time."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """Take the callers' tokens by name; each may do everything."""
        self._callers = [(digest(token), Caller(name, name)) for name, token in tokens.items()]

    def judge(self, token: str, address: str) -> Caller | Denial:
        """As `Callers`."""
        del address
        given = digest(token)
        found: Caller | Denial = unknown_token()
        for known, caller in self._callers:
            if hmac.compare_digest(known, given):
                found = caller
        return found

    def holds(self, caller: Caller) -> bool:
        """As `Callers`."""
        return any(caller.id == known.id for _, known in self._callers)


class Tickets:
    """Single-use, short-lived stand-ins for a token. Made on the running event loop."""

    def __init__(self, callers: Callers | None = None) -> None:
        """Take who knows the tokens behind the tickets; without, none is ever revoked."""
        self._loop = asyncio.get_running_loop()
        self._callers = callers
        self._issued: dict[bytes, tuple[Caller, float]] = {}

    def issue(self, caller: Caller) -> str:
        """Make a ticket for `caller`, good for `TICKET_SECONDS`."""
        while len(self._issued) >= TICKETS_LIMIT:
            del self._issued[next(iter(self._issued))]
        ticket = secrets.token_urlsafe(24)
        self._issued[digest(ticket)] = caller, self._loop.time() + TICKET_SECONDS
        return ticket

    def redeem(self, ticket: str) -> Caller | None:
        """Take the ticket and say whose it was; None when it is spent, too old or not ours."""
        caller, deadline = self._issued.pop(digest(ticket), (None, 0.0))
        if caller is None or self._loop.time() >= deadline or not self.holds(caller):
            return None
        return caller

    def holds(self, caller: Caller) -> bool:
        """True while the caller's token is good."""
        return self._callers is None or self._callers.holds(caller)


def digest(secret: str) -> bytes:
    """What is kept of a secret that is long and random: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def unknown_token() -> Denial:
    """The answer to a token that is none of ours."""
    return Denial(Reason.UNKNOWN_TOKEN, NOBODY, "This token is not one of ours. Pair again.")


def address_of(scope: AsgiScope) -> str:
    """The caller's address, without its port; empty where there is none."""
    client = scope.get("client")
    return str(client[0]) if client else ""
