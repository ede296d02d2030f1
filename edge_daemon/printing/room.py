"""Printing: bytes to disk, the intent to the journal, then the paper.

Theory of operation. A document is rendered first, which changes nothing. Its bytes go to
`state.db` under their hash while `Queued` goes to the journal; `Printing` is in the journal before
the first byte leaves. What the printer then says decides the end: a buffered answer is `Printed`
(`Copy` for a copy), a refusal before the first byte or after a cleared buffer is `Failed`,
everything else is `Unknown` and stays so until a person has looked. At start, what was only
queued is withdrawn, what was printing is unknown.
"""

import asyncio
import dataclasses
import hashlib
import logging
import sqlite3

import msgspec

from drivers.errors import DeviceError, Outcome, RefusedError, UnsupportedError
from drivers.pos_printer import Document, PosPrinter, PrintEvidence
from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_meant
from edge_daemon.devices import Devices
from edge_daemon.errors import EdgeError, InvalidRequestError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, Spawn
from edge_daemon.measures import Histogram
from edge_daemon.pictures import Pictures
from edge_daemon.printing.jobs import PrintJob, find_job, unfinished_jobs
from edge_daemon.printing.keeping import KeptLogos
from edge_daemon.printing.layouts import OwnElement, composed, light
from edge_daemon.printing.logo import Logo
from edge_daemon.printing.paper import Errand, Paper
from edge_daemon.records.payloads import Json, ReceiptEvent, ReceiptState
from edge_daemon.state import StateStore

_log = logging.getLogger(__name__)

KIND = "print_jobs"
PRINTER_BYTES = "application/vnd.escpos"
"""The media type under which print bytes lie in `state.db`."""


class PrintJobRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A register's own print.

    Attributes:
        workstation: Whose printer is used, unless `printer` names one.
        printer: A configured receipt printer.
        document: The elements from top to bottom; at least one. A register that brings its own
            layout sends it as a picture or as ESC/POS.
        operator_id: Pseudonym of who asks.
    """

    document: tuple[OwnElement, ...]
    workstation: str | None = None
    printer: str | None = None
    operator_id: str | None = None


class Printing:
    """The room that prints.

    Attributes:
        first_byte_seconds: From the wish to the bytes' way to the printer, other jobs' turns
            included.
    """

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        state: StateStore,
        devices: Devices,
        spawn: Spawn,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._state = state
        self._devices = devices
        self._acts = Acts(journal, spawn)
        self.first_byte_seconds = Histogram()
        self._pictures = Pictures()
        self._turns: dict[str, asyncio.Lock] = {}
        kept = KeptLogos(devices, spawn, self._turn)
        self.logo = Logo(state, kept.renew)
        kept.watch(self.logo)
        self._begun: set[str] = set()
        self._given_up: set[str] = set()

    async def put(
        self, resource_id: str, request: PrintJobRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Print a register's document once. See `ActRoom`.

        Raises:
            InvalidRequestError: No printer is meant, or it cannot print this. Nothing was written.
            NotFoundError: There is no such printer or workstation.
            RequestConflictError: The id was used with another body.
        """
        name = self._printer_name(request)
        document = await composed(request.document, self._pictures, self.line_width(name))
        errand = Errand(
            document=document,
            printer=name,
            body=light(body),
            workstation=request.workstation,
            operator_id=request.operator_id,
        )
        return await self.put_errand(resource_id, errand)

    async def put_errand(self, resource_id: str, errand: Errand) -> asyncio.Task[None] | None:
        """Print what another door of ours has read, once. See `ActRoom`.

        Raises:
            InvalidRequestError: The printer cannot print this. Nothing was written.
            RequestConflictError: The id was used with another body.
        """
        since = asyncio.get_running_loop().time()
        self._given_up.discard(resource_id)  # somebody waits for it again
        name = errand.printer
        printer, problem = self._printer(name)
        data = _render(printer, errand.document) if printer else b""
        order = Order(
            verb="print",
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=errand.workstation,
            operator_id=errand.operator_id,
            body=errand.body,
            request=errand.body,
        )
        paper = Paper(
            print_id=resource_id,
            intent_id="",
            printer=name,
            kind="Other",
            draft=order.draft,
            copy_number=errand.copy_number,
            content_hash=content_hash(data) if data else None,
        )
        turn = self._turn(name)
        at_once = printer is not None and not turn.locked()

        def together(intent_id: str, _: sqlite3.Connection) -> list[Draft]:
            mine = dataclasses.replace(paper, intent_id=intent_id)
            queued = mine.event(ReceiptState.QUEUED)
            return [queued, mine.event(ReceiptState.PRINTING)] if at_once else [queued]

        stored = self._store(data)
        if at_once and printer is not None:
            self._look(printer)

        async def perform(intent_id: str) -> None:
            mine = dataclasses.replace(paper, intent_id=intent_id)
            if problem is not None:
                await self._journal.append(mine.event(ReceiptState.FAILED, problem=problem))
                return
            try:
                await self._send(mine, data, stored, announced=at_once, since=since)
            finally:
                self._given_up.discard(resource_id)

        return await self._acts.begin(order, perform, together=together)

    def give_up(self, resource_id: str) -> bool:
        """Withdraw a job that has not begun: nobody waits for its paper any more.

        Returns:
            True when no byte of it will leave: it ends as `failed` when its turn comes. False when
            it is on its way to the printer, and goes on, or has ended.
        """
        if resource_id in self._begun or not self._acts.running(KIND, resource_id):
            return False
        self._given_up.add(resource_id)
        return True

    async def get(self, resource_id: str) -> PrintJob | None:
        """The job as it stands, or None when there is none of that id."""
        return await self._journal.query(lambda connection: find_job(connection, resource_id))

    async def print_document(self, paper: Paper, document: Document) -> None:
        """Print `document` for another room; its end is in the journal when this returns.

        Never raises for the printer's sake: a sale stands whatever happens to its paper.
        """
        since = asyncio.get_running_loop().time()
        printer, problem = self._printer(paper.printer)
        if printer is None:
            await self._journal.append(
                paper.event(ReceiptState.QUEUED), paper.event(ReceiptState.FAILED, problem=problem)
            )
            return
        try:
            data = printer.render(document)
        except UnsupportedError as error:
            await self._journal.append(
                paper.event(ReceiptState.QUEUED),
                paper.event(ReceiptState.FAILED, problem=str(error)),
            )
            return
        mine = dataclasses.replace(paper, content_hash=content_hash(data))
        at_once = not self._turn(paper.printer).locked()
        steps = [mine.event(ReceiptState.QUEUED)]
        if at_once:
            steps.append(mine.event(ReceiptState.PRINTING))
        stored = self._store(data)
        if at_once:
            self._look(printer)
        await self._journal.append(*steps)
        await self._send(mine, data, stored, announced=at_once, since=since)

    async def withdraw(self, paper: Paper) -> None:
        """Journal that a crash came before this paper: nothing of it was sent."""
        await self._journal.append(
            paper.event(ReceiptState.QUEUED), paper.event(ReceiptState.FAILED, problem=_WITHDRAWN)
        )

    def columns(self, printer: str) -> int:
        """Characters on a line of that printer; 42 while it is not there."""
        found, _ = self._printer(printer)
        return found.columns if found else 42

    def line_width(self, printer: str) -> int:
        """Dots on a line of that printer; 512 while it is not there."""
        found, _ = self._printer(printer)
        return found.line_width if found else 512

    async def recover(self) -> None:
        """At start: withdraw what was only queued, call unknown what was printing."""
        await self.logo.load()
        for job, intent_id, amount in await self._journal.query(unfinished_jobs):
            withdrawn = job.state == "queued"
            event = ReceiptEvent(
                print_id=job.id,
                intent_id=intent_id,
                state=ReceiptState.FAILED if withdrawn else ReceiptState.UNKNOWN,
                document=job.document,
                transaction_id=job.transaction_id,
                copy_number=job.copy_number,
                amount=amount,
                printer_id=job.printer,
                content_hash=job.content_hash,
                problem=_WITHDRAWN if withdrawn else _LOOK,
            )
            await self._journal.append(Draft(payload=event))

    def close(self) -> None:
        """End the threads that decode pictures."""
        self.logo.close()
        self._pictures.close()

    def _store(self, data: bytes) -> asyncio.Task[str]:
        """Begin to keep the bytes; their write and the journal's run side by side."""
        task = asyncio.create_task(self._state.put_content(data, PRINTER_BYTES))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    def _look(self, printer: PosPrinter) -> None:
        """Ask the printer how it is while the intent is written; the job asks again if need be."""
        task = asyncio.create_task(printer.check_health())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _send(
        self,
        paper: Paper,
        data: bytes,
        stored: asyncio.Task[str],
        *,
        announced: bool,
        since: float,
    ) -> None:
        """Print `data`, when it is its turn, and journal how it ended."""
        async with self._turn(paper.printer):
            try:
                await stored
            except EdgeError as error:
                await self._journal.append(paper.event(ReceiptState.FAILED, problem=str(error)))
                return
            if not announced and paper.print_id not in self._given_up:
                await self._journal.append(paper.event(ReceiptState.PRINTING))
            if paper.print_id in self._given_up:  # until here: from now on it may come out
                await self._journal.append(paper.event(ReceiptState.FAILED, problem=_GIVEN_UP))
                return
            self._begun.add(paper.print_id)
            try:
                self.first_byte_seconds.observe(asyncio.get_running_loop().time() - since)
                await self._journal.append(await self._print(paper, data))
            finally:
                self._begun.discard(paper.print_id)

    async def _print(self, paper: Paper, data: bytes) -> Draft:
        """Send the bytes; what came of it, as a draft. A bug in a driver is an unknown end too."""
        try:
            evidence = await self._devices.pos_printer(paper.printer).print_data(data)
        except DeviceError as error:
            return _failure(paper, error)
        except Exception:  # noqa: BLE001 - a driver's bug after sending is a doubt too
            _log.exception("The driver of %s failed while printing.", paper.printer)
            return paper.event(ReceiptState.UNKNOWN, problem=_LOOK)
        return _success(paper, evidence)

    def _turn(self, printer: str) -> asyncio.Lock:
        return self._turns.setdefault(printer, asyncio.Lock())

    def _printer_name(self, request: PrintJobRequest) -> str:
        if not request.document:
            raise InvalidRequestError("A document has at least one element.", "$.document")
        return device_meant(
            self._configuration,
            "pos_printer",
            device=request.printer,
            workstation=request.workstation,
        )

    def _printer(self, name: str) -> tuple[PosPrinter | None, str | None]:
        """The open printer, or None and what to tell the clerk."""
        try:
            return self._devices.pos_printer(name), None
        except DeviceError as error:
            return None, str(error)


_WITHDRAWN = "The box was restarted before this was printed. Print it again if it is needed."
_GIVEN_UP = "The register stopped waiting before this was printed. Print it again if it is needed."
_LOOK = "Look at the printer: this may have been printed. Print a copy if it was not."


def content_hash(data: bytes) -> str:
    """SHA-256 of the bytes for the printer, lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _render(printer: PosPrinter, document: Document) -> bytes:
    try:
        return printer.render(document)
    except UnsupportedError as error:
        raise InvalidRequestError(str(error), "$.document") from error


def _success(paper: Paper, evidence: PrintEvidence) -> Draft:
    state = ReceiptState.PRINTED if paper.copy_number is None else ReceiptState.COPY
    return paper.event(state, evidence=evidence)


def _failure(paper: Paper, error: DeviceError) -> Draft:
    if error.outcome is Outcome.UNKNOWN:
        return paper.event(ReceiptState.UNKNOWN, problem=str(error))
    evidence = "BufferCleared" if isinstance(error, RefusedError) and error.buffer_cleared else None
    return paper.event(ReceiptState.FAILED, evidence=evidence, problem=str(error))
