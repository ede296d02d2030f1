"""Which stores and days a request sees: the only place where a view's scope is made.

A caller with stores of its own sees those and no others, whatever it asks for: a store that it
may not see is answered like one that is not there.
"""

import re
from collections.abc import Collection, Sequence
from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter

from central_office.access.callers import OfficeCaller
from central_office.api.refusals import NotAllowedError, RequestError
from central_office.views.paging import Scope

Stores = Annotated[
    list[str] | None,
    QueryParameter(name="store", description="Of this store, or of these; of all where absent."),
]
FirstDay = Annotated[
    str | None, QueryParameter(description="`YYYY-MM-DD`, included; from the beginning on.")
]
LastDay = Annotated[str | None, QueryParameter(description="`YYYY-MM-DD`, included; to the end.")]
Cursor = Annotated[
    str | None, QueryParameter(description="`cursor` of the page before; the first one without.")
]
_DAY = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]")
NO_DAYS = _FIRST, _LAST = "", "9999-12-31"
"""From the beginning, to the end."""


def caller_of(request: Request[Any, Any, Any]) -> OfficeCaller:
    """Who asks."""
    caller: OfficeCaller = request.scope["state"]["caller"]
    return caller


def scope_of(
    caller: OfficeCaller,
    stores: Sequence[str] | None = None,
    first_day: str | None = None,
    last_day: str | None = None,
    reference_first_day: str | None = None,
) -> Scope:
    """What the caller sees of what it asks for.

    Raises:
        RequestError: A day is none.
    """
    return Scope(
        organization=caller.organization,
        stores=seen_of(caller, stores),
        first_day=_day(first_day, "first_day", _FIRST),
        last_day=_day(last_day, "last_day", _LAST),
        reference_first_day=_day(reference_first_day, "reference_first_day", _FIRST),
    )


def seen_of(caller: OfficeCaller, stores: Sequence[str] | None) -> tuple[str, ...] | None:
    """The stores that a caller sees of those that it asks for; None for all there are."""
    if stores is None:
        return caller.stores
    asked = dict.fromkeys(stores)
    return tuple(store for store in asked if sees(caller, store))


def sees(caller: OfficeCaller, store: str) -> bool:
    """Whether a caller sees a store."""
    return caller.stores is None or store in caller.stores


def sees_all(caller: OfficeCaller, stores: Sequence[str] | None) -> bool:
    """Whether a caller sees all of these stores; None are all there are."""
    return caller.stores is None if stores is None else all(sees(caller, one) for one in stores)


def refuse_unseen(caller: OfficeCaller, stores: Sequence[str] | None) -> None:
    """Nobody lets others see what they do not see themselves.

    Raises:
        NotAllowedError: The caller does not see all of these stores; None are all there are.
    """
    if not sees_all(caller, stores):
        raise NotAllowedError("Nobody lets others see stores that they do not see themselves.")


def refuse_beyond(
    caller: OfficeCaller, stores: Sequence[str] | None, rights: Collection[str] = ()
) -> None:
    """Nobody changes what is about more than they see and may do themselves.

    Raises:
        NotAllowedError: It is.
    """
    if not (sees_all(caller, stores) and caller.scopes.issuperset(rights)):
        raise NotAllowedError(
            "This is about more than you see and may do yourself: ask somebody who may."
        )


def refuse_more(caller: OfficeCaller, rights: Collection[str]) -> None:
    """Nobody gives a right that they have not themselves.

    Raises:
        NotAllowedError: One of these is such.
    """
    if not caller.scopes.issuperset(rights):
        raise NotAllowedError("Nobody gives a right that they have not themselves.")


def _day(text: str | None, name: str, otherwise: str) -> str:
    if text is None:
        return otherwise
    if _DAY.fullmatch(text) is None:
        raise RequestError(f"Expected a day such as 2026-03-01, not {text!r}.", name)
    return text
