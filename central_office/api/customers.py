"""A customer's data, and their right to have it erased."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.types import ControllerRouterHandler

from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.scoping import caller_of, refuse_unseen
from central_office.erasing import erase_customer
from edge_daemon.web import Body, StrictBody, documented, needs


class Erasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom the books are to forget, and by whose wish; neither is kept but for the reason.

    Attributes:
        reason: For the log: no name and no reference.
    """

    customer_ref: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was forgotten.

    Attributes:
        receipts: That belonged to the customer until now.
        until: Receipts up to this moment that arrive later belong to nobody either; microseconds
            since 1970 UTC.
        kept: What stays, and why.
    """

    receipts: int
    until: int
    kept: str


KEPT = (
    "The receipts stay, with their amounts, goods and VAT: the law demands it. The entries' bytes"
    " stay as they were hashed, and in them a reference without a name; the office shows it to"
    " nobody. Erase the name in your list of customers."
)


def customer_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The one route."""

    @post(
        "/v1/customers/erase",
        status_code=200,
        dto=StrictBody[Erasure],
        responses=documented(409, 413, 415),
        opt=needs(Right.ERASE),
    )
    async def erase(request: Request[Any, Any, Any], data: Body[Erasure]) -> Erased:
        """Forget which customer receipts and web orders belong to; it cannot be taken back.

        A repeat forgets what has come since.
        """
        caller, asked, now_us = caller_of(request), data.request, parts.now_us()
        refuse_unseen(caller, None)
        if "\0" in asked.customer_ref:
            return Erased(receipts=0, until=now_us, kept=KEPT)
        await parts.note(request, "customer_erased", asked.reason)
        found = await parts.books.write(
            lambda session: erase_customer(session, caller.organization, asked.customer_ref, now_us)
        )
        return Erased(receipts=found, until=now_us, kept=KEPT)

    return [erase]
