"""Completeness and integrity: how far each box is here, what does not fit, and a person's word."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from central_office.access.callers import OfficeCaller
from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.refusals import NotAllowedError, NotFoundError
from central_office.api.scoping import caller_of, sees
from central_office.edge_report import EdgeRow
from central_office.errors import OfficeError
from central_office.fork_report import ForkRow
from central_office.forks import decide
from central_office.reading import Reader
from central_office.report import QuarantineTotal, StoreRow, StreamRow, report_of
from central_office.sql_tables import Session, SqlTables
from central_office.tables import Decision, Verdict
from edge_daemon.web import Body, StrictBody, documented, needs


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """How far everything is here.

    Attributes:
        stores: Each up to which moment.
        streams: Each epoch of each box: up to where, what is missing, what waits.
        edges: What each box said of itself last.
        forks: Branches in quarantine and what was decided about them.
        quarantine: What waits for other reasons; to whoever sees all stores.
    """

    stores: tuple[StoreRow, ...]
    streams: tuple[StreamRow, ...]
    edges: tuple[EdgeRow, ...]
    forks: tuple[ForkRow, ...]
    quarantine: tuple[QuarantineTotal, ...]


class ForkDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says about a branch; it cannot be taken back."""

    decision: Literal["accepted", "rejected"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


def integrity_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes."""

    @get("/v1/completeness", responses=documented(), opt=needs(Right.INTEGRITY))
    async def read_completeness(request: Request[Any, Any, Any]) -> Completeness:
        """How far each box's stream is here, without a hole, and what does not fit."""
        caller = caller_of(request)
        return await parts.books.read(lambda read: _completeness(read, caller))

    @post(
        "/v1/forks/{edge_id:str}/{epoch:str}/{branch:str}/decide",
        status_code=200,
        dto=StrictBody[ForkDecision],
        responses=documented(404, 409, 413, 415),
        opt=needs(Right.DECIDE),
    )
    async def decide_fork(
        request: Request[Any, Any, Any],
        edge_id: FromPath[str],
        epoch: FromPath[str],
        branch: FromPath[str],
        data: Body[ForkDecision],
    ) -> ForkRow:
        """Book a branch as it stands, or refuse it; the bytes stay either way.

        A repeat of the same decision shows it.
        """
        caller, asked, now_us = caller_of(request), data.request, parts.now_us()
        place = (edge_id, epoch, branch)
        known = await parts.books.read(lambda read: _fork(read, caller, place))
        if known is None:
            raise NotFoundError("There is no such branch, or none that you may see.")
        if known.decision == asked.decision:
            return known
        if known.decision != "waiting":
            raise NotAllowedError(f"This branch was {known.decision} by {known.by}.")
        verdict = Verdict(Decision(asked.decision), caller.name, asked.reason)

        def act(session: Session) -> None:
            try:
                decide(SqlTables(session), place, verdict, now_us)
            except OfficeError as error:
                raise NotAllowedError(str(error)) from error

        await parts.note(request, f"fork_{asked.decision}", " ".join(place))
        await parts.books.write(act)
        decided = await parts.books.read(lambda read: _fork(read, caller, place))
        return decided or known

    return [read_completeness, decide_fork]


def _completeness(read: Reader, caller: OfficeCaller) -> Completeness:
    report = report_of(read)
    edges = tuple(row for row in report.edges if _is_seen(caller, row.organization, row.store))
    names = {row.edge_id for row in edges}
    return Completeness(
        stores=_seen(caller, report.stores),
        streams=_seen(caller, report.streams),
        edges=edges,
        forks=tuple(row for row in report.forks if row.edge_id in names),
        quarantine=report.quarantine if caller.stores is None else (),
    )


def _seen(caller: OfficeCaller, rows: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(row for row in rows if _is_seen(caller, row.organization, row.store))


def _is_seen(caller: OfficeCaller, organization: str, store: str) -> bool:
    return organization == caller.organization and sees(caller, store)


def _fork(read: Reader, caller: OfficeCaller, place: tuple[str, str, str]) -> ForkRow | None:
    forks = _completeness(read, caller).forks
    found = (row for row in forks if (row.edge_id, row.epoch, row.branch) == place)
    return next(found, None)
