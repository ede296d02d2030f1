"""The printing service of an Epson printer, before any printer that is configured.

    POST /cgi-bin/epos/service.cgi?devid=local_printer&timeout=10000

An empty `epos-print` asks for the status, which is answered from memory. A print is answered when
the paper is out, or shortly before the till gives up: then the job is withdrawn if it has not
begun, and else its end is unknown (`EX_TIMEOUT`), and a repeat is marked as a copy.
"""

from xml.etree.ElementTree import Element, tostring

from drivers.pos_printer import Document
from edge_daemon.doors.desk import Desk, Patience, fingerprint
from edge_daemon.doors.epos.display import EposDisplay
from edge_daemon.doors.epos.envelope import EposRequest, read, write
from edge_daemon.doors.epos.layout import LayoutError, Sheet, wants_pulse
from edge_daemon.doors.epos.status import status_bits, trouble_code
from edge_daemon.doors.exchange import Answer, Asked
from edge_daemon.doors.xml import XmlError, local_name
from edge_daemon.errors import EdgeError, InvalidRequestError
from edge_daemon.printing import PrintJob
from edge_daemon.scopes import Scope

PATH = "/cgi-bin/epos/service.cgi"
DISPLAY_PATH = "/cgi-bin/eposDisp/service.cgi"
MARGIN_SECONDS = 1.0
"""Before the till gives up it must have its answer; of short limits a quarter."""
_REFUSALS = {413: "RequestEntityTooLarge", 429: "TooManyRequests"}


class Epos:
    """The service behind every door of the kind `epos`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._display = EposDisplay(desk)

    def refuse(self, status: int, message: str) -> Answer:
        """With a code and HTTP 200, as all of this service's errors."""
        del message
        code = _REFUSALS.get(status, "PrintSystemError")
        return write(success=False, code=code, status=status_bits(None))

    async def serve(self, asked: Asked) -> Answer:
        """Answer one call."""
        if asked.path not in (PATH, DISPLAY_PATH):
            return Answer(b"", "text/plain", 404)
        if asked.method != "POST":
            return Answer(b"", "text/plain", 405)  # how some tills find out who is here
        if asked.path == DISPLAY_PATH:
            return await self._display.serve(asked)
        try:
            return await self._answered(asked, read(asked.body, asked.query))
        except XmlError:
            return write(success=False, code="SchemaError", status=status_bits(None))

    async def _answered(self, asked: Asked, request: EposRequest) -> Answer:
        printer = self._printer(asked, request)
        if printer is None:
            return write(
                success=False,
                code="DeviceNotFound",
                status=status_bits(None),
                device=request.device,
                job=request.job,
            )
        if not request.elements:
            return await self._tell(asked, request, printer)
        key = _content_key(asked, request, printer)
        return await self._desk.once(
            asked.door, key, lambda: self._perform(asked, request, printer)
        )

    def _printer(self, asked: Asked, request: EposRequest) -> str | None:
        """The printer that is meant: `local_printer` is the workstation's own."""
        name = request.device
        known = name in asked.door.devices or name != "local_printer"
        return self._desk.device(asked.door, "pos_printer", name if known else None)

    async def _tell(self, asked: Asked, request: EposRequest, printer: str) -> Answer:
        """Answer a question: how the printer is, or how a job ended."""
        if not request.job:
            return self._answer(request, printer, code="", success=True)
        job = await self._desk.job(asked.door, _job_key(asked, request.job))
        if job is None:
            return self._answer(request, printer, code="JobNotFound", success=False)
        return self._answer_job(request, printer, job)

    async def _perform(self, asked: Asked, request: EposRequest, printer: str) -> Answer:
        paper = [each for each in request.elements if local_name(each) != "pulse"]
        needed = {Scope.PRINT} if paper else set()
        if wants_pulse(request.elements):
            needed.add(Scope.DRAWER)
        permitted = [self._desk.permits(asked.door, each, asked.address) for each in needed]
        if not all(permitted):
            return self._answer(request, printer, code="PrintSystemError", success=False)
        try:
            document = await self._read(asked, printer, paper)
            key = _content_key(asked, request, printer)
            if Scope.DRAWER in needed and not await self._desk.is_open(asked.door, key):
                opening = await self._desk.open_drawer(asked.door, "epos")
                if not paper:
                    code = "" if opening.state == "opened" else self._trouble(printer)
                    return self._answer(request, printer, code=code, success=not code)
            job = await self._print(asked, request, printer, document)
        except (LayoutError, InvalidRequestError):
            return self._answer(request, printer, code="SchemaError", success=False)
        except EdgeError:
            return self._answer(request, printer, code="EX_SPOOLER", success=False)
        return self._answer_job(request, printer, job)

    async def _read(self, asked: Asked, printer: str, paper: list[Element]) -> Document:
        sheet = Sheet(self._desk.line_width(printer), raw_commands=asked.door.raw_commands)
        return await self._desk.pictures.run(sheet.read, paper)

    async def _print(
        self, asked: Asked, request: EposRequest, printer: str, document: Document
    ) -> PrintJob:
        key = _content_key(asked, request, printer)
        patience = Patience(request.timeout - min(MARGIN_SECONDS, request.timeout / 4))
        try:
            return await self._desk.print_document(asked.door, printer, document, key, patience)
        finally:
            if request.job:
                await self._desk.name_job(asked.door, _job_key(asked, request.job), key)

    def _answer_job(self, request: EposRequest, printer: str, job: PrintJob) -> Answer:
        match job.state:
            case "printed":
                code = ""
            case "failed":
                code = self._trouble(printer)
            case "queued" | "printing" if not request.elements:
                code = "Printing"
            case _:
                code = "EX_TIMEOUT"
        return self._answer(request, printer, code=code, success=not code)

    def _trouble(self, printer: str) -> str:
        return trouble_code(self._desk.printer_status(printer))

    def _answer(self, request: EposRequest, printer: str, *, code: str, success: bool) -> Answer:
        bits = status_bits(self._desk.printer_status(printer), printed=success)
        return write(
            success=success, code=code, status=bits, device=request.device, job=request.job
        )


def _content_key(asked: Asked, request: EposRequest, printer: str) -> str:
    """What makes a repeat: the same things under the same job's name."""
    content = b"".join(tostring(each) for each in request.elements)
    return fingerprint(asked.address, ("epos", printer, request.job, content))


def _job_key(asked: Asked, job: str) -> str:
    return fingerprint(asked.address, ("epos job", job))
