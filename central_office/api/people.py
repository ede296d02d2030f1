"""People and keys: who may see the books, given and taken by whoever has the right to."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post, put
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from central_office.access.callers import OfficeCaller
from central_office.access.keys import ApiKey, KeyRequest, api_keys, make_key, revoke_key
from central_office.access.passwords import LONGEST, SHORTEST, hashed
from central_office.access.people import (
    NAME,
    Person,
    UnknownPersonError,
    password_of,
    people,
    person,
    save_person,
)
from central_office.access.rights import ROLES, Right, Role
from central_office.access.telling import of_key, of_person, tell_access
from central_office.api.parts import OfficeParts
from central_office.api.refusals import NotAllowedError, RequestError
from central_office.api.scoping import caller_of, refuse_beyond, refuse_more, refuse_unseen
from central_office.sql_tables import Session
from edge_daemon.web import Body, StrictBody, documented, needs

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
Moment = Annotated[int, msgspec.Meta(ge=0)]


class PersonRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody is to be.

    Attributes:
        stores: The only ones that are seen; all of the organization's where absent.
        password: A new one; somebody new needs it, for others the old one stays where absent.
        disabled: Whether the person may not log in any more.
    """

    role: Role
    stores: tuple[Text, ...] | None = None
    password: Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)] | None = None
    disabled: bool = False


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key is to be good for.

    Attributes:
        stores: The only ones that it sees; all of the organization's where absent.
        expires_at: Microseconds since 1970 UTC; never where absent.
    """

    name: Text
    rights: Annotated[tuple[Right, ...], msgspec.Meta(min_length=1)]
    stores: tuple[Text, ...] | None = None
    expires_at: Moment | None = None


class MadeKey(ApiKey, frozen=True, kw_only=True):
    """A key as it was made; `secret` is shown this once."""

    secret: str


class PeopleList(msgspec.Struct, frozen=True):
    """Everybody of the organization, by name."""

    people: tuple[Person, ...]


class KeyList(msgspec.Struct, frozen=True):
    """All keys of the organization, the oldest first."""

    keys: tuple[ApiKey, ...]


def people_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes about people."""

    @get("/v1/people", responses=documented(), opt=needs(Right.ADMIN))
    async def list_people(request: Request[Any, Any, Any]) -> PeopleList:
        """Everybody who may log in, or might once."""
        organization = caller_of(request).organization
        return PeopleList(tuple(await parts.books.read(lambda read: people(read, organization))))

    @put(
        "/v1/people/{name:str}",
        dto=StrictBody[PersonRequest],
        responses=documented(409, 413, 415),
        opt=needs(Right.ADMIN),
    )
    async def put_person(
        request: Request[Any, Any, Any], name: FromPath[str], data: Body[PersonRequest]
    ) -> Person:
        """Make somebody, or change what somebody is; what is taken away ends at once."""
        asked, caller = data.request, caller_of(request)
        if NAME.fullmatch(name) is None:
            raise RequestError("A name has letters, digits and ._@+-, at most 64.", "name")
        refuse_unseen(caller, asked.stores)
        refuse_more(caller, ROLES[asked.role])
        kept = asked.password and await asyncio.to_thread(hashed, asked.password)
        teller = parts.teller(request)

        def save(session: Session) -> Person:
            saved = _save(session, caller, name, asked, kept, teller.now_us)
            tell_access(session, caller.organization, of_person(saved), teller)
            return saved

        return await parts.change_access(save)

    return [list_people, put_person]


def key_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes about keys."""

    @get("/v1/keys", responses=documented(), opt=needs(Right.ADMIN))
    async def list_keys(request: Request[Any, Any, Any]) -> KeyList:
        """All keys and what each is good for; the keys themselves nobody sees again."""
        organization = caller_of(request).organization
        return KeyList(tuple(await parts.books.read(lambda read: api_keys(read, organization))))

    @post(
        "/v1/keys",
        status_code=201,
        dto=StrictBody[NewKey],
        responses=documented(409, 413, 415),
        opt=needs(Right.ADMIN),
    )
    async def create_key(request: Request[Any, Any, Any], data: Body[NewKey]) -> MadeKey:
        """Make a key. Whoever did not hear the answer revokes it and makes another one."""
        asked, caller = data.request, caller_of(request)
        refuse_unseen(caller, asked.stores)
        refuse_more(caller, asked.rights)
        wanted = KeyRequest(
            name=asked.name,
            organization=caller.organization,
            rights=tuple(sorted(set(asked.rights))),
            stores=asked.stores,
            expires_at=asked.expires_at,
        )
        teller = parts.teller(request)

        def make(session: Session) -> tuple[ApiKey, str]:
            made, secret = make_key(session, wanted, teller.name, teller.now_us)
            tell_access(session, caller.organization, of_key(made), teller)
            return made, secret

        made, secret = await parts.change_access(make)
        return MadeKey(**msgspec.structs.asdict(made), secret=secret)

    @post(
        "/v1/keys/{key_id:str}/revoke",
        status_code=200,
        responses=documented(404),
        opt=needs(Right.ADMIN),
    )
    async def revoke(request: Request[Any, Any, Any], key_id: FromPath[str]) -> ApiKey:
        """Let a key open nothing any more."""
        caller, teller = caller_of(request), parts.teller(request)
        organization = caller.organization

        def take(session: Session) -> ApiKey:
            for one in api_keys(session.all, organization):
                if one.key_id == key_id:
                    refuse_beyond(caller, one.stores)
            gone = revoke_key(session, key_id, teller.now_us, organization=organization)
            tell_access(session, organization, of_key(gone), teller)
            return gone

        return await parts.change_access(take)

    return [list_keys, create_key, revoke]


def _save(  # noqa: PLR0913, PLR0917 - what a person is made of
    session: Session,
    caller: OfficeCaller,
    name: str,
    asked: PersonRequest,
    kept: str | None,
    now_us: int,
) -> Person:
    try:
        before: Person | None = person(session.all, name)
    except UnknownPersonError:
        before = None
    if before is not None and before.organization != caller.organization:
        raise NotAllowedError(f"The name {name!r} is taken. Choose another one.")
    if before is not None:
        refuse_beyond(caller, before.stores, ROLES[before.role])
    if kept is None and password_of(session.all, name) is None:
        raise RequestError("Somebody new needs a password.", "$.password")
    disabled_at = (before and before.disabled_at) or now_us
    made = Person(
        name=name,
        organization=caller.organization,
        role=asked.role,
        stores=asked.stores,
        created_at=now_us if before is None else before.created_at,
        disabled_at=disabled_at if asked.disabled else None,
    )
    save_person(session, made, kept)
    return made
