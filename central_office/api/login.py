"""Logging in and out: a password for a session, in a cookie that no page's script can read."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from central_office.access.attempts import origin
from central_office.access.callers import OfficeCaller
from central_office.access.passwords import LONGEST, fits, hashed
from central_office.access.people import password_of, person, save_person
from central_office.access.rights import Right, Role
from central_office.access.sessions import begin_session, end_session
from central_office.api.parts import OfficeParts
from central_office.api.refusals import TooManyError, WrongPasswordError
from central_office.api.scoping import caller_of
from central_office.settings import HttpSettings
from central_office.sql_tables import Session
from edge_daemon.web import (
    Body,
    Caller,
    StrictBody,
    address_of,
    documented,
    needs_token,
    open_to_all,
)

VERIFIERS = 2
"""Passwords that are compared at once: each takes 64 MiB and a tenth of a second."""
_WHY = "Somebody who logs in has no session yet."


class NoSessionError(HTTPException):
    """Raised when a program with a key asks for what only people have."""

    status_code = 403


Password = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who somebody says to be."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
    password: Password


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A password in place of another."""

    old: Password
    new: Password


class CallerView(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is to the office.

    Attributes:
        role: A person's; absent for a program.
        stores: The only ones that are seen; all of them where absent.
    """

    id: str
    name: str
    organization: str
    role: Role | None
    rights: tuple[Right, ...]
    stores: tuple[str, ...] | None


def cookie_name(settings: HttpSettings) -> str:
    """Of the session; with https browsers see to it that nobody else can set it."""
    return "__Host-office" if settings.is_secure else "office"


class _Doorman:
    """Compares passwords, a few at once, and slows down whoever guesses."""

    def __init__(self, parts: OfficeParts) -> None:
        self._parts = parts
        self._comparing = asyncio.Semaphore(VERIFIERS)

    async def verify(self, address: str, name: str, password: str) -> None:
        """Return where the password is the person's.

        Raises:
            WrongPasswordError: It is not.
            TooManyError: There were too many wrong ones; nothing was compared.
        """
        parts = self._parts
        line = origin(address)
        buckets = ((parts.attempts, f"{line} {name}"), (parts.attempts_of_address, line))
        wait = max(attempts.wait(bucket) for attempts, bucket in buckets)
        if wait:
            raise TooManyError(f"Too many wrong passwords. Try again in {wait} seconds.", wait)
        for attempts, bucket in buckets:
            attempts.take(bucket)
        kept = await parts.books.read(lambda read: password_of(read, name))
        async with self._comparing:
            if not await asyncio.to_thread(fits, kept, password):
                raise WrongPasswordError("This name and this password do not belong together.")
        for attempts, bucket in buckets:
            attempts.forget(bucket)


def login_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes."""
    doorman = _Doorman(parts)

    @post(
        "/v1/login",
        status_code=200,
        dto=StrictBody[Login],
        responses=documented(413, 415, 429),
        opt=open_to_all(_WHY),
    )
    async def log_in(request: Request[Any, Any, Any], data: Body[Login]) -> Response[CallerView]:
        """Begin a session; the answer sets its cookie."""
        asked = data.request
        await doorman.verify(address_of(request.scope), asked.name, asked.password)
        seconds = parts.settings.session_hours * 3600
        now_us = parts.now_us()
        secret = await parts.change_access(
            lambda session: begin_session(session, asked.name, now_us, seconds)
        )
        judged = parts.directory.sessions.judge(secret, "")
        if not isinstance(judged, OfficeCaller):
            raise WrongPasswordError("Nobody may log in by this name any more.")
        return Response(view_of(judged), cookies=[_cookie(parts.settings, secret, seconds)])

    gone = [_cookie(parts.settings, "", 0)]

    @post(
        "/v1/logout",
        status_code=204,
        responses=documented(),
        response_cookies=gone,
        opt=needs_token(),
    )
    async def log_out(request: Request[Any, Any, Any]) -> None:
        """End the session; the others of the same person go on."""
        secret = request.cookies.get(cookie_name(parts.settings), "")
        await parts.change_access(lambda session: end_session(session, secret))

    @post(
        "/v1/password",
        status_code=204,
        dto=StrictBody[NewPassword],
        responses=documented(413, 415, 429),
        response_cookies=gone,
        opt=needs_token(),
    )
    async def change_password(request: Request[Any, Any, Any], data: Body[NewPassword]) -> None:
        """Take another password; all sessions of the person end."""
        caller = person_of(request)
        await doorman.verify(address_of(request.scope), caller.name, data.request.old)
        kept = await asyncio.to_thread(hashed, data.request.new)

        def change(session: Session) -> None:
            save_person(session, person(session.all, caller.name), kept)

        await parts.change_access(change)

    @get("/v1/caller", responses=documented(), opt=needs_token())
    async def read_caller(request: Request[Any, Any, Any]) -> CallerView:
        """Who the caller is to the office, and what it may do and see."""
        return view_of(caller_of(request))

    return [log_in, log_out, change_password, read_caller]


def view_of(caller: OfficeCaller) -> CallerView:
    """What a caller is told of itself."""
    return CallerView(
        id=caller.id,
        name=caller.name,
        organization=caller.organization,
        role=caller.role,
        rights=tuple(sorted(map(Right, caller.scopes))),
        stores=caller.stores,
    )


def person_of(request: Request[Any, Any, Any]) -> Caller:
    """The person who asks.

    Raises:
        NoSessionError: It is a program.
    """
    caller = caller_of(request)
    if caller.role is None:
        raise NoSessionError(detail="A key has no password: this is for people who are logged in.")
    return caller


def _cookie(settings: HttpSettings, secret: str, seconds: int) -> Cookie:
    return Cookie(
        key=cookie_name(settings),
        value=secret,
        path="/",
        max_age=seconds,
        httponly=True,
        secure=settings.is_secure,
        samesite="strict",
    )
