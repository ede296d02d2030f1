"""X and Z: made from what is counted, journalled, printed, and printed again.

The figures are read inside the transaction that journals them: they hold every entry up to the
one that the report names, and none behind it. The paper follows; a report stands without it.
"""

import asyncio
import dataclasses
import functools
import sqlite3

import msgspec

from edge_daemon.claims import Check, Claim, Right
from edge_daemon.clock import local_datetime
from edge_daemon.config import Configuration
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, OpenIntent, Order, Spawn
from edge_daemon.payments.projection import open_payments, unresolved
from edge_daemon.printing import Paper, Printing, PrintJob
from edge_daemon.printing.jobs import find_job
from edge_daemon.receipts import Shop, layout_report, report_document
from edge_daemon.records import JournalEntry, Position, decode_entry
from edge_daemon.records.payloads import (
    Json,
    Outcome,
    OutcomeState,
    PeriodFigures,
    PeriodReport,
    PeriodReportKind,
    TenderDifference,
)
from edge_daemon.tills.card_books import read_card_books
from edge_daemon.tills.coverage import not_covered
from edge_daemon.tills.figures import Heading, figures_of
from edge_daemon.tills.periods import (
    Perpetual,
    last_reports,
    read_perpetual,
    read_tallies,
    report_position,
)
from edge_daemon.tills.report_copies import next_report_copy
from edge_daemon.tills.requests import PeriodReportRequest, PeriodReportState, ReportCopyRequest
from edge_daemon.tills.sessions import (
    SessionRow,
    drawer_key,
    expected_amounts,
    unsettled_session,
)

KIND = "period_reports"
COPY_KIND = "report_copies"
VERB = "period_report"


class Reports:
    """The part of the tills' room that reports."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        printing: Printing,
        check: Check,
        spawn: Spawn,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._printing = printing
        self._check = check
        self._acts = Acts(journal, spawn)

    async def put(
        self, resource_id: str, request: PeriodReportRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Make a report once. See `ActRoom`.

        Raises:
            NotFoundError: There is no such workstation.
            NotAllowedError: A Z, and the till is not closed.
            RequestConflictError: The id was used with another body.
        """
        self._configuration.workstation(request.workstation)
        order = self._order(VERB, KIND, resource_id, request, body)

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            report = self._make(connection, resource_id, request)
            end = [] if request.print else [order.draft(_finished(intent_id))]
            return [order.draft(report), *end]

        async def perform(intent_id: str) -> None:
            if request.print:
                await self._print(resource_id, self._paper(order, intent_id, resource_id))
                await self._journal.append(order.draft(_finished(intent_id)))

        claim = _claim(order, request)
        return await self._acts.begin(
            order, perform, allow=lambda c: self._check(c, claim), together=together
        )

    async def get(self, resource_id: str) -> PeriodReportState | None:
        """The report, or None when there is none of that id."""
        entry = await self._entry(resource_id)
        if entry is None or not isinstance(entry.payload, PeriodReport):
            return None
        paper = await self._journal.query(lambda connection: find_job(connection, resource_id))
        return PeriodReportState(
            id=resource_id,
            finished=not self._acts.running(KIND, resource_id),
            occurred_at=entry.occurred_at,
            operator_id=entry.operator_id,
            report=entry.payload,
            paper=paper,
            problems=(
                *_problems_of(entry.payload),
                *([paper.problem] if paper and paper.problem else []),
            ),
        )

    async def last(self, workstation: str | None, limit: int) -> list[PeriodReportState]:
        """The newest reports of a register, or of all, newest first."""
        ids = await self._journal.query(lambda c: last_reports(c, workstation, limit))
        found = [await self.get(one) for one in ids]
        return [report for report in found if report is not None]

    async def put_copy(
        self, report_id: str, copy_id: str, request: ReportCopyRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Print a report again, once, marked as a copy.

        Raises:
            NotFoundError: There is no such report or workstation.
            NotAllowedError: The workstation has no printer.
            RequestConflictError: The id was used with another body.
        """
        workstation = self._configuration.workstation(request.workstation)
        if await self._entry(report_id) is None:
            raise NotFoundError(f"There is no report {report_id}.")
        if workstation.pos_printer is None:
            raise NotAllowedError(f"The workstation {workstation.name} has no receipt printer.")
        kept = {"report": report_id, "request": body}
        order = self._order("print", COPY_KIND, copy_id, request, kept)

        async def perform(intent_id: str) -> None:
            number = await self._journal.query(lambda c: next_report_copy(c, report_id, copy_id))
            paper = self._paper(order, intent_id, copy_id)
            if paper is not None:
                await self._print(report_id, dataclasses.replace(paper, copy_number=number))

        return await self._acts.begin(order, perform)

    async def copy(self, copy_id: str) -> PrintJob | None:
        """The copy's print job, or None when there is none of that id."""
        return await self._journal.query(lambda connection: find_job(connection, copy_id))

    async def recover(self) -> None:
        """At start: a report stands; its paper was withdrawn if nothing of it was sent."""
        for intent in await self._acts.open_intents(VERB):
            await self._withdraw(intent, None)
            await self._journal.append(_draft_of(intent, _finished(intent.intent_id)))
        for intent in await self._acts.open_intents("print"):
            if intent.resource_kind == COPY_KIND:
                report_id = msgspec.json.decode(intent.request)["report"]
                find = functools.partial(
                    next_report_copy, report_id=report_id, copy_id=intent.resource_id
                )
                number = await self._journal.query(find)
                await self._withdraw(intent, number)

    # --- making ---

    def _make(
        self, connection: sqlite3.Connection, report_id: str, request: PeriodReportRequest
    ) -> PeriodReport:
        name, kind = request.workstation, PeriodReportKind(request.kind)
        workstation = self._configuration.workstation(name)
        till = unsettled_session(connection, name, drawer_key(name, workstation.cash_drawer))
        if kind is PeriodReportKind.Z and till is not None:
            raise NotAllowedError(
                f"The till session {till.session_id} is not closed: count it and close it, then"
                " make the Z."
            )
        perpetual = read_perpetual(connection, name)
        tip = self._journal.tip
        first = _first_position(connection, perpetual)
        return PeriodReport(
            kind=kind,
            z_number=perpetual.last_z + 1 if kind is PeriodReportKind.Z else None,
            first_position=str(first),
            last_position=str(tip.position),
            last_hash=tip.hash,
            not_covered=not_covered(connection, first),
            figures=self._figures(connection, report_id, name, perpetual, till),
        )

    def _figures(
        self,
        connection: sqlite3.Connection,
        report_id: str,
        workstation: str,
        perpetual: Perpetual,
        till: SessionRow | None,
    ) -> PeriodFigures:
        shop, clock = self._configuration.shop, self._journal.clock
        now = clock.now_us()
        local = local_datetime(now, clock.utc_offset_min(now))
        heading = Heading(
            report_id=report_id,
            company_id=shop.kvk_number or shop.vat_number or self._configuration.edge.organization,
            company_name=shop.name,
            date=f"{local:%Y-%m-%d}",
            time=f"{local:%H:%M:%S}",
            workstation=workstation,
            currency=shop.currency,
        )
        return figures_of(
            heading,
            tallies=read_tallies(connection, workstation),
            perpetual=perpetual,
            cards=read_card_books(connection, workstation),
            unresolved=[unresolved(row) for row in open_payments(connection)],
            in_drawer=_in_drawer(connection, till, shop.currency),
        )

    # --- printing ---

    async def _print(self, report_id: str, paper: Paper | None) -> None:
        entry = await self._entry(report_id)
        if paper is None or entry is None or not isinstance(entry.payload, PeriodReport):
            return
        shop = self._configuration.shop
        document = report_document(
            entry.payload,
            shop=Shop(
                name=shop.name,
                address=shop.address,
                company_number=shop.kvk_number,
                vat_number=shop.vat_number,
                country=shop.country,
            ),
            currency=shop.currency,
            language=shop.language,
            operator=entry.operator_id,
            copy_number=paper.copy_number,
        )
        columns = self._printing.columns(paper.printer)
        await self._printing.print_document(paper, layout_report(document, columns))

    def _paper(self, order: Order, intent_id: str, print_id: str) -> Paper | None:
        printer = self._configuration.workstation(order.workstation or "").pos_printer
        if printer is None:
            return None
        return Paper(
            print_id=print_id,
            intent_id=intent_id,
            printer=printer,
            kind="Report",
            draft=order.draft,
        )

    async def _withdraw(self, intent: OpenIntent, copy_number: int | None) -> None:
        found = await self._journal.query(lambda c: find_job(c, intent.resource_id))
        printer = next(
            (
                each.pos_printer
                for each in self._configuration.workstations
                if each.name == intent.workstation
            ),
            None,
        )
        if found is None and printer is not None:
            paper = Paper(
                print_id=intent.resource_id,
                intent_id=intent.intent_id,
                printer=printer,
                kind="Report",
                draft=lambda payload: _draft_of(intent, payload),
                copy_number=copy_number,
            )
            await self._printing.withdraw(paper)

    async def _entry(self, report_id: str) -> JournalEntry | None:
        position = await self._journal.query(lambda c: report_position(c, report_id))
        stored = None if position is None else await self._journal.entry_at(position)
        return None if stored is None else decode_entry(stored.data)

    def _order(
        self,
        verb: str,
        kind: str,
        resource_id: str,
        request: PeriodReportRequest | ReportCopyRequest,
        body: Json,
    ) -> Order:
        return Order(
            verb=verb,
            resource_kind=kind,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )


def _claim(order: Order, request: PeriodReportRequest) -> Claim:
    return Claim(
        rights=frozenset({Right.CLOSE} if request.kind == "Z" else ()),
        workstation=request.workstation,
        operator_id=request.operator_id,
        approval_id=request.approval_id,
        resource=(order.resource_kind, order.resource_id),
    )


def _finished(intent_id: str) -> Outcome:
    return Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)


def _draft_of(intent: OpenIntent, payload: object) -> Draft:
    return Draft(
        payload=payload,  # type: ignore[arg-type] # callers hand payloads in
        workstation_id=intent.workstation,
        operator_id=intent.operator_id,
        api_idempotency_key=intent.resource_id,
    )


def _first_position(connection: sqlite3.Connection, perpetual: Perpetual) -> Position:
    """The first entry behind what the last Z covers; a new epoch may stand between."""
    number = connection.execute(
        "SELECT number FROM epochs WHERE epoch = ?", (perpetual.epoch,)
    ).fetchone()
    after = (number[0], perpetual.seq) if number else (0, 0)
    row = connection.execute(
        "SELECT epochs.epoch, seq FROM entries JOIN epochs ON epochs.number = epoch_number"
        " WHERE (epoch_number, seq) > (?, ?) ORDER BY epoch_number, seq LIMIT 1",
        after,
    ).fetchone()
    return Position(*row)


def _in_drawer(
    connection: sqlite3.Connection, till: SessionRow | None, currency: str
) -> list[TenderDifference]:
    """What should be in the drawer of a shift that has not been closed."""
    if till is None:
        return []
    return [
        TenderDifference(
            tender_type=each.tender_type,
            expected=each.amount,
            currency=None if each.currency == currency else each.currency,
        )
        for each in expected_amounts(connection, till.session_id)
    ]


def _problems_of(report: PeriodReport) -> tuple[str, ...]:
    doubts = len(report.figures.unresolved_payments)
    told = [_DOUBTS.format(doubts)] if doubts else []
    told += [_NOT_COVERED.format(last) for last in report.not_covered or ()]
    return tuple(told)


_NOT_COVERED = (
    "A card was lost in this period: what it held up to {} is not in these figures. The office has"
    " it; the totals since the beginning go on over it."
)
_DOUBTS = "{} card payment(s) are not resolved: read the terminal's slip and decide."
