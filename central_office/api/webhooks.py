"""Webhooks over HTTP: made, tried, seen, switched on again."""

import contextlib
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from central_office.access.callers import OfficeCaller
from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.refusals import NotAllowedError, RequestError
from central_office.api.scoping import caller_of, refuse_beyond, refuse_more, refuse_unseen
from central_office.errors import OfficeError
from central_office.sql_tables import Session
from central_office.webhooks.posting import target_of
from central_office.webhooks.registry import (
    Query,
    UnknownWebhookError,
    Webhook,
    add_webhook,
    remove_webhook,
    resume_webhook,
    webhook,
    webhooks,
)
from edge_daemon.records.payloads import PAYLOADS
from edge_daemon.web import Body, StrictBody, documented, needs

WEBHOOKS_LIMIT = 100
"""Of an organization."""
_TOLD = (Right.RECEIPTS, Right.CASHIERS, Right.HOURS, Right.STOCK)
"""What it takes to see all that entries say."""
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants to be told of what.

    Attributes:
        url: Begins with https://.
        entry_types: As in the journal, such as `RetailTransaction`.
        stores: Only of these; of all of the organization's where absent.
    """

    name: Text
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    entry_types: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=50)]
    stores: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)] | None = None


class MadeWebhook(Webhook, frozen=True, kw_only=True):
    """A webhook as it was made; `secret` is shown this once."""

    secret: str


class WebhookList(msgspec.Struct, frozen=True):
    """All webhooks of the organization, the oldest first."""

    webhooks: tuple[Webhook, ...]


class Tried(msgspec.Struct, frozen=True):
    """What came of a message that was sent to try: a status, or why there is none."""

    answer: str


def webhook_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes."""

    @get("/v1/webhooks", responses=documented(), opt=needs(Right.ADMIN))
    async def list_webhooks(request: Request[Any, Any, Any]) -> WebhookList:
        """All webhooks, how far each was told, and what the last answer was."""
        organization = caller_of(request).organization
        found = await parts.books.read(lambda read: webhooks(read, organization))
        return WebhookList(tuple(found))

    @post(
        "/v1/webhooks",
        status_code=201,
        dto=StrictBody[NewWebhook],
        responses=documented(409, 413, 415),
        opt=needs(Right.ADMIN),
    )
    async def create_webhook(
        request: Request[Any, Any, Any], data: Body[NewWebhook]
    ) -> MadeWebhook:
        """Make a webhook; it is told what is booked from now on, signed with its secret."""
        asked, caller, now_us = data.request, caller_of(request), parts.now_us()
        refuse_unseen(caller, asked.stores)
        refuse_more(caller, _TOLD)
        _check(asked, private=parts.settings.webhooks_to_private_addresses)
        found = await parts.books.read(lambda read: webhooks(read, caller.organization))
        if len(found) >= WEBHOOKS_LIMIT:
            raise NotAllowedError(f"There are {WEBHOOKS_LIMIT} webhooks already; remove one.")
        wanted = Webhook(
            organization=caller.organization,
            webhook_id="",
            name=asked.name,
            url=asked.url,
            entry_types=tuple(sorted(set(asked.entry_types))),
            stores=asked.stores,
            created_by=caller.name,
            created_at=now_us,
            up_to=0,
            failures=0,
            next_at=None,
            last_at=None,
            last_answer=None,
            switched_off_at=None,
        )
        await parts.note(request, "webhook_made", f"{asked.name} {asked.url}")
        made, secret = await parts.books.write(lambda session: add_webhook(session, wanted, now_us))
        return MadeWebhook(**msgspec.structs.asdict(made), secret=secret)

    return [list_webhooks, create_webhook, *_acts(parts)]


def _acts(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    @post(
        "/v1/webhooks/{webhook_id:str}/test",
        status_code=200,
        responses=documented(404),
        opt=needs(Right.ADMIN),
    )
    async def try_webhook(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Tried:
        """Send a message of the type `Test` now, and say what came of it."""
        caller = caller_of(request)
        one = await parts.books.read(lambda read: _known(read, caller, webhook_id))
        return Tried(await parts.deliveries.test(one))

    @post(
        "/v1/webhooks/{webhook_id:str}/resume",
        status_code=200,
        responses=documented(404),
        opt=needs(Right.ADMIN),
    )
    async def resume(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Webhook:
        """Switch it on again, or try again at once; it goes on where it stopped."""
        caller = caller_of(request)

        def act(session: Session) -> Webhook:
            _known(session.all, caller, webhook_id)
            return resume_webhook(session, caller.organization, webhook_id)

        one = await parts.books.write(act)
        parts.deliveries.wake()
        return one

    @post(
        "/v1/webhooks/{webhook_id:str}/remove",
        status_code=204,
        responses=documented(),
        opt=needs(Right.ADMIN),
    )
    async def remove(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> None:
        """Tell it nothing any more, for good."""
        caller = caller_of(request)

        def act(session: Session) -> None:
            with contextlib.suppress(UnknownWebhookError):  # one that is gone stays so
                _known(session.all, caller, webhook_id)
            remove_webhook(session, caller.organization, webhook_id)

        await parts.note(request, "webhook_removed", webhook_id)
        await parts.books.write(act)

    return [try_webhook, resume, remove]


def _known(query: Query, caller: OfficeCaller, webhook_id: str) -> Webhook:
    """A webhook that the caller may do something with."""
    one = webhook(query, caller.organization, webhook_id)
    refuse_beyond(caller, one.stores)
    return one


def _check(asked: NewWebhook, *, private: bool) -> None:
    try:
        target_of(asked.url, private=private)
    except OfficeError as error:
        raise RequestError(str(error), "$.url") from error
    unknown = set(asked.entry_types) - PAYLOADS.keys()
    if unknown:
        names = ", ".join(sorted(unknown))
        raise RequestError(f"There are no entries called {names}.", "$.entry_types")
