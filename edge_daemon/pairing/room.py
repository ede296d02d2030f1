"""Codes become tokens, tokens are revoked; each act is in the journal.

Theory of operation. Whoever may administer offers a code: the journal says so first. A register
that sends the code gets a token under the id that it made for this pairing; it may ask again with
the same id and code while the code lives, because an answer can get lost. The journal has `Paired`
before the token opens anything. A restart voids the codes, and what was paired stays paired: a
register that did not hear its token is told that a new code is needed. A revoked token opens
nothing from the moment of the answer on, and its streams end.
"""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotFoundError, RequestConflictError
from edge_daemon.journal import Draft, Journal
from edge_daemon.pairing.codes import Codes, OpenCode, TooManyCodesError, WrongCodeError, grouped
from edge_daemon.pairing.tokens import TokenBook, TokenInfo, new_token
from edge_daemon.records.payloads import AccessEvent
from edge_daemon.scopes import REGISTER_SCOPES, Scope
from edge_daemon.web import Caller, Reason, Refusal

DAY_US = 86_400_000_000

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class PairingCodeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the register that types the code may do.

    Attributes:
        name: What the token is called; the register's own word where absent.
        workstation: The only one that it acts for; any where absent.
        scopes: Everything but `admin` where absent.
        expires_in_days: How long the token is good; until it is revoked where absent.
        minutes: How long the code is good.
        print: Whether the receipt printer prints the code.
        printer: Which one; else the workstation's, else the first.
    """

    name: Name | None = None
    workstation: Name | None = None
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1, max_length=8)] | None = None
    expires_in_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    print: bool = True
    printer: Name | None = None


class PairingCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that waits to be typed.

    Attributes:
        code: As people type it; absent once it is used.
        expires_in: Seconds.
        state: `open` or `used`.
        token_id: Of the token that it became.
    """

    id: str
    state: Literal["open", "used"]
    code: str | None = None
    expires_in: int
    token_id: str | None = None


class PairingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a register sends to get a token.

    Attributes:
        code: As printed; case, dashes and spaces do not matter.
        name: What it calls itself, where whoever made the code gave no name.
    """

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    name: Name | None = None


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """A register's token, told this once: the box keeps only its hash.

    Attributes:
        id: The pairing's, by which the token is listed and revoked.
        expires_at: Microseconds since 1970 UTC; absent where it lasts until it is revoked.
    """

    id: str
    token: str
    name: str
    scopes: tuple[Scope, ...]
    workstation: str | None = None
    expires_at: int | None = None


@dataclasses.dataclass(slots=True)
class _Offer:
    request: PairingCodeRequest
    pairing: asyncio.Task[Paired] | None = None


class Pairing:
    """The room that lets registers in. Made on the running event loop."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        book: TokenBook,
        refused: Callable[[Refusal], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._book = book
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._codes = Codes()
        self._offers: dict[str, _Offer] = {}

    async def offer(self, code_id: str, request: PairingCodeRequest, by: Caller) -> PairingCode:
        """Open a code; the same id again shows the same code while it lives.

        Raises:
            NotFoundError: There is no such workstation.
            RequestConflictError: The id is that of a code for something else.
        """
        if request.workstation is not None:
            self._configuration.workstation(request.workstation)
        if (known := self._codes.get(code_id, self._loop.time())) is not None:
            if self._offers[code_id].request != request:
                raise RequestConflictError(f"{code_id} is a code for something else.")
            return self._shown(known)
        await self._note(
            by,
            "make_pairing_code",
            f"for {request.name or request.workstation or 'a register'}",
            scopes=_scopes(request),
        )
        now = self._loop.time()
        made = self._codes.get(code_id, now) or self._codes.make(code_id, request.minutes * 60, now)
        self._offers = {key: value for key, value in self._offers.items() if self._lives(key)}
        self._offers.setdefault(code_id, _Offer(request))
        return self._shown(made)

    def code(self, code_id: str) -> PairingCode:
        """How a code stands.

        Raises:
            NotFoundError: It is not open any more, or never was.
        """
        found = self._codes.get(code_id, self._loop.time())
        if found is None:
            raise NotFoundError("There is no such code; it may be too old. Make another one.")
        return self._shown(found)

    async def withdraw(self, code_id: str, by: Caller) -> None:
        """Close a code; the token that it may have become stays."""
        await self._note(by, "withdraw_pairing_code", f"code {code_id}")
        self._codes.withdraw(code_id)

    async def pair(
        self, pairing_id: str, request: PairingRequest, *, origin: str, address: str
    ) -> Paired:
        """Give a token for a code. See above for what a repeat does.

        Raises:
            WrongCodeError: The code is not open.
            TooManyCodesError: Too many wrong codes came from this address, or from everywhere.
            RequestConflictError: The id is that of another pairing. The code stays open.
            JournalFullError: The disk is full. The code stays open.
        """
        try:
            code = self._codes.spend(request.code, pairing_id, address, self._loop.time())
        except (WrongCodeError, TooManyCodesError) as error:
            wrong = isinstance(error, WrongCodeError)
            reason = Reason.WRONG_CODE if wrong else Reason.TOO_MANY_CODES
            self._refused(Refusal(reason, origin=origin, address=address))
            if wrong and (given := self._book.info(pairing_id)) is not None:
                raise WrongCodeError(_ANSWER_LOST.format(name=given.name)) from error
            raise
        offer = self._offers[code.id]
        if offer.pairing is None:
            if self._book.info(pairing_id) is not None:
                code.spent_by = None
                raise RequestConflictError(f"{pairing_id} is another pairing's id; make a new one.")
            work = self._grant(pairing_id, code, offer.request, request.name, origin, address)
            offer.pairing = self._loop.create_task(work)
        try:
            return await asyncio.shield(offer.pairing)
        except Exception:
            code.spent_by, offer.pairing = None, None
            raise

    def tokens(self) -> tuple[TokenInfo, ...]:
        """All tokens that were ever paired, revoked ones too."""
        return self._book.infos()

    async def revoke(self, token_id: str, reason: str, by: Caller) -> TokenInfo:
        """Let a token open nothing any more. Repeating changes nothing.

        Raises:
            NotFoundError: There is none of that id.
        """
        before = self._book.info(token_id)
        if before is None:
            raise NotFoundError(f"There is no token {token_id}; `edge-daemon tokens` lists them.")
        after = await self._book.revoke(token_id)
        if before.revoked_at is None:
            event = AccessEvent(
                event="Revoked", subject=token_id, reason=f"{reason} (by {by.name})"
            )
            await self._journal.append(Draft(payload=event, workstation_id=after.workstation))
        return after

    async def _grant(  # noqa: PLR0913, PLR0917 - what is known of one pairing
        self,
        pairing_id: str,
        code: OpenCode,
        request: PairingCodeRequest,
        own_name: str | None,
        origin: str,
        address: str,
    ) -> Paired:
        now = self._journal.clock.now_us()
        days = request.expires_in_days
        info = TokenInfo(
            id=pairing_id,
            name=request.name or own_name or request.workstation or "register",
            scopes=tuple(sorted(_scopes(request))),
            workstation=request.workstation,
            created_at=now,
            expires_at=None if days is None else now + days * DAY_US,
        )
        event = AccessEvent(
            event="Paired",
            subject=pairing_id,
            scopes=info.scopes,
            origin=origin or None,
            source_address=address or None,
            reason=f"code {code.id}",
        )
        await self._journal.append(Draft(payload=event, workstation_id=info.workstation))
        token = new_token()
        await self._book.add(info, token)
        return Paired(
            id=info.id,
            token=token,
            name=info.name,
            scopes=info.scopes,
            workstation=info.workstation,
            expires_at=info.expires_at,
        )

    def _lives(self, code_id: str) -> bool:
        return self._codes.get(code_id, self._loop.time()) is not None

    def _shown(self, code: OpenCode) -> PairingCode:
        left = max(0, round(code.deadline - self._loop.time()))
        if code.spent_by is not None:
            return PairingCode(id=code.id, state="used", expires_in=left, token_id=code.spent_by)
        return PairingCode(id=code.id, state="open", code=grouped(code.code), expires_in=left)

    async def _note(
        self, by: Caller, act: str, reason: str, *, scopes: frozenset[Scope] = frozenset()
    ) -> None:
        event = AccessEvent(
            event="AdminAct",
            subject=by.id,
            act=act,
            scopes=tuple(sorted(scopes)) or None,
            reason=reason,
        )
        await self._journal.append(Draft(payload=event))


_ANSWER_LOST = (
    "This pairing was finished before the box was restarted, and its token is told only once. If"
    ' this register did not hear it, ask for a new code, and revoke the token "{name}".'
)


def _scopes(request: PairingCodeRequest) -> frozenset[Scope]:
    if request.scopes is None:
        return REGISTER_SCOPES
    if not request.scopes:
        raise InvalidRequestError("A token has at least one scope.", "$.scopes")
    return frozenset(request.scopes)
