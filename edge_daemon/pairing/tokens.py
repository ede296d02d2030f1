"""The tokens: named, with scopes and a workstation, kept as hashes.

`state.db` has them, because no journal entry may ever rebuild a token; the book in memory answers
each request without a disk. A token is 32 random bytes, so its plain SHA-256 tells nobody what it
is: slow hashes are for what people can remember.
"""

import ipaddress
import secrets
import sqlite3
from typing import Self

import msgspec
from sqlite_utils import Database

from edge_daemon.clock import Clock
from edge_daemon.scopes import Scope
from edge_daemon.state import StateStore
from edge_daemon.web import Caller, Denial, Reason, digest, unknown_token

PREFIX = "pe_"
"""So that a token which ends up in a file or a log is found by whoever looks for secrets."""

_COLUMNS = "token_id, hash, name, scopes, workstation, created_at, expires_at, revoked_at"
_INSERT = f"INSERT INTO tokens ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants only
_SELECT = f"SELECT {_COLUMNS} FROM tokens ORDER BY created_at, token_id"  # noqa: S608 - constants only
_REVOKE = "UPDATE tokens SET revoked_at = ? WHERE token_id = ? AND revoked_at IS NULL"


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token; never the token itself.

    Attributes:
        id: The pairing's ULID.
        name: For people.
        scopes: What it may do.
        workstation: The only one that it acts for; any where absent.
        created_at, expires_at, revoked_at: Microseconds since 1970 UTC; without `expires_at` it
            lasts until it is revoked.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    workstation: str | None = None
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None


class TokenBook:
    """All tokens of this box: those of `state.db`, and those that are given at the start."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._by_hash: dict[bytes, str] = {}
        self._infos: dict[str, TokenInfo] = {}
        self._given: dict[bytes, Caller] = {}
        self._loopback_only: set[str] = set()

    @classmethod
    async def open(cls, state: StateStore, clock: Clock) -> Self:
        """Read the tokens.

        Raises:
            JournalError: The disk failed.
        """
        book = cls(state, clock)
        for info, token_hash in await state.run(_read):
            book._keep(info, token_hash)
        return book

    def give(self, token: str, caller: Caller, *, loopback_only: bool = False) -> None:
        """Let `token` open as `caller` for as long as this process lives; it is written nowhere."""
        self._given[digest(token)] = caller
        if loopback_only:
            self._loopback_only.add(caller.id)

    def judge(self, token: str, address: str) -> Caller | Denial:
        """As `edge_daemon.web.Callers`."""
        given = digest(token)
        caller = self._given.get(given)
        if caller is not None:
            if caller.id in self._loopback_only and not _is_loopback(address):
                return unknown_token()
            return caller
        token_id = self._by_hash.get(given)
        if token_id is None:
            return unknown_token()
        info = self._infos[token_id]
        return self._denial(info) or _caller(info)

    def holds(self, caller: Caller) -> bool:
        """As `edge_daemon.web.Callers`."""
        info = self._infos.get(caller.id)
        if info is not None:
            return self._denial(info) is None
        return any(caller.id == given.id for given in self._given.values())

    def infos(self) -> tuple[TokenInfo, ...]:
        """All tokens that were ever paired, the oldest first."""
        return tuple(self._infos.values())

    def info(self, token_id: str) -> TokenInfo | None:
        """One of them."""
        return self._infos.get(token_id)

    async def add(self, info: TokenInfo, token: str) -> None:
        """Keep a new token.

        Raises:
            JournalFullError: The disk is full; there is no such token.
            JournalError: The disk failed.
        """
        token_hash = digest(token)
        row = _row(info, token_hash)
        await self._state.run(lambda connection: connection.execute(_INSERT, row))
        self._keep(info, token_hash)

    async def revoke(self, token_id: str) -> TokenInfo:
        """Let the token open nothing from this moment on; a second time changes nothing.

        Raises:
            KeyError: There is none of that id.
            JournalError: The disk failed; until the restart the token opens nothing all the same.
        """
        info = self._infos[token_id]
        if info.revoked_at is None:
            moment = self._clock.now_us()
            info = self._infos[token_id] = msgspec.structs.replace(info, revoked_at=moment)
            row = (moment, token_id)
            await self._state.run(lambda connection: connection.execute(_REVOKE, row))
        return info

    def _keep(self, info: TokenInfo, token_hash: bytes) -> None:
        self._infos[info.id] = info
        self._by_hash[token_hash] = info.id

    def _denial(self, info: TokenInfo) -> Denial | None:
        if info.revoked_at is not None:
            message = f"The token {info.name!r} was revoked. Pair this register again."
            return Denial(Reason.REVOKED_TOKEN, info.id, message)
        if info.expires_at is not None and info.expires_at <= self._clock.now_us():
            message = f"The token {info.name!r} has expired. Pair this register again."
            return Denial(Reason.EXPIRED_TOKEN, info.id, message)
        return None


def new_token() -> str:
    """A token: 256 random bits, in the characters of RFC 6750."""
    return PREFIX + secrets.token_urlsafe(32)


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _caller(info: TokenInfo) -> Caller:
    return Caller(info.id, info.name, frozenset(info.scopes), info.workstation)


def _row(info: TokenInfo, token_hash: bytes) -> tuple[object, ...]:
    scopes = " ".join(sorted(info.scopes))
    moments = (info.created_at, info.expires_at, info.revoked_at)
    return (info.id, token_hash, info.name, scopes, info.workstation, *moments)


def _read(connection: sqlite3.Connection) -> list[tuple[TokenInfo, bytes]]:
    table = Database(connection).table("tokens")
    if not table.exists():
        table.create(_SCHEMA, pk="token_id", not_null=_NOT_NULL, strict=True)
        table.create_index(["hash"], unique=True)
    return [_info(*row) for row in connection.execute(_SELECT)]


_SCHEMA: dict[str, type] = {
    "token_id": str,
    "hash": bytes,
    "name": str,
    "scopes": str,
    "workstation": str,
    "created_at": int,
    "expires_at": int,
    "revoked_at": int,
}
_NOT_NULL = {"hash", "name", "scopes", "created_at"}


def _info(  # noqa: PLR0913, PLR0917 - the columns of one row
    token_id: str,
    token_hash: bytes,
    name: str,
    scopes: str,
    workstation: str | None,
    created_at: int,
    expires_at: int | None,
    revoked_at: int | None,
) -> tuple[TokenInfo, bytes]:
    info = TokenInfo(
        id=token_id,
        name=name,
        scopes=tuple(Scope(word) for word in scopes.split()),
        workstation=workstation,
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )
    return info, token_hash
