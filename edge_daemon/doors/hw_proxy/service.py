"""The calls of `/hw_proxy/*`, of all releases that are in use.

    POST /hw_proxy/default_printer_action
    {"id": 1, "jsonrpc": "2.0", "method": "call",
     "params": {"data": {"action": "print_receipt", "receipt": "<JPEG in base64>"}}}

    {"jsonrpc": "2.0", "id": 1, "result": true}

`true` means that the paper is out. The answer is held until then, for half a minute at most where
the print has not begun: it is withdrawn, and comes out no more. One that has begun is waited for;
these clients set no limit of their own. There is no word for a doubt: `false` sends the clerk to
look at the printer, and what is printed when he asks again says that it is a copy.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from drivers.pos_printer import Cut, Document
from edge_daemon.config import Configuration
from edge_daemon.devices import Devices
from edge_daemon.displays import DisplayTextRequest
from edge_daemon.doors.desk import Desk, Patience, fingerprint
from edge_daemon.doors.exchange import JSON, Answer, Asked
from edge_daemon.doors.hw_proxy.status import device_status, status_of
from edge_daemon.doors.hw_proxy.transactions import StartRefusedError, Transactions
from edge_daemon.doors.json_rpc import (
    EnvelopeError,
    Json,
    Question,
    as_object,
    error,
    read,
    result,
    text,
)
from edge_daemon.doors.receipts import ReceiptError, receipt_of_json, receipt_of_xml
from edge_daemon.doors.scans import Mailbox
from edge_daemon.doors.weights import read_scale
from edge_daemon.errors import EdgeError, InvalidRequestError
from edge_daemon.pictures import PictureError, decode_base64
from edge_daemon.scopes import Scope

PRINT_SECONDS = 30.0
"""As long as Odoo's box waits for a print job."""
SCAN_SECONDS = 50.0
"""Of one long poll; a client would give up after 60."""
NO_SCANNER_SECONDS = 5.0
"""Where there is none, a poll still takes its time: the client asks again at once."""

_PREFIX = "/hw_proxy/"
_STUBS = frozenset(
    {
        "help_needed",
        "help_canceled",
        "payment_cancel",
        "transaction_start",
        "transaction_end",
        "cashier_mode_activated",
        "cashier_mode_deactivated",
        "print_pdf_invoice",
        "is_scanner_connected",
        "weighting_start",
        "weighting_end",
        "weighting_read_kg",
        "scan_item_success",
        "scan_item_error_unrecognized",
        "log",
    }
)
"""Calls of Odoo 7 and 8 with no effect; anything else that is not known is answered as an error."""

Handler = Callable[[Asked, Json], Awaitable[object]]


class CallRefusedError(Exception):
    """Raised when a call cannot be served; the message is what the till's log will say."""


class HwProxy:
    """The service behind every door of the kind `hw_proxy`."""

    def __init__(
        self,
        configuration: Configuration,
        devices: Devices,
        desk: Desk,
        transactions: Transactions,
        mailboxes: dict[str, Mailbox],
    ) -> None:
        self._configuration = configuration
        self._devices = devices
        self._desk = desk
        self._transactions = transactions
        self._mailboxes = mailboxes
        self._handlers: dict[str, Handler] = {
            "handshake": self._handshake,
            "status_json": self._status,
            "default_printer_action": self._printer_action,
            "print_xml_receipt": self._print_xml,
            "print_receipt": self._print_json,
            "open_cashbox": self._open_cashbox,
            "scanner": self._scanner,
            "scale_read": self._scale_read,
            "payment_terminal_transaction_start": self._start_payment,
            "payment_request": _fixed("ok"),
            "payment_status": _fixed({"status": "waiting"}),
            "send_text_customer_display": self._show_text,
            "get_signature": _fixed(None),
            **{name: _fixed(None) for name in _STUBS},
        }

    def refuse(self, status: int, message: str) -> Answer:
        """In JSON-RPC; too large is a status that these clients know."""
        refused = error(Question({}), message, status)
        return refused._replace(status=413) if status == 413 else refused  # noqa: PLR2004 - HTTP's

    async def serve(self, asked: Asked) -> Answer:
        """Answer one call."""
        if asked.path in ("/cups/printData", "/printers/printData"):
            return await self._print_data(asked)
        name = asked.path.removeprefix(_PREFIX)
        if name == "hello":
            return Answer(b"ping", "text/html; charset=utf-8")
        if name == "status" and asked.method == "GET":
            return self._status_page(asked)
        return await self._call(asked, name)

    async def _call(self, asked: Asked, name: str) -> Answer:
        try:
            question = read(asked.body)
        except EnvelopeError as wrong:
            return error(Question({}), str(wrong), 400)
        if name == "customer_facing_display":
            return _no_browser_display(question)
        handler = self._handlers.get(name)
        if handler is None:
            return error(question, f"/hw_proxy/{name[:64]} is not served by this box.", 404)
        try:
            return result(question, await handler(asked, question.params))
        except (CallRefusedError, EdgeError) as refused:
            return error(question, str(refused))

    async def _handshake(self, asked: Asked, params: Json) -> object:
        del asked, params
        return True

    async def _status(self, asked: Asked, params: Json) -> object:
        status = status_of(self._devices, self._desk, asked.door)
        terminal = self._desk.device(asked.door, "payment_terminal")
        if Scope.PAY in asked.door.scopes and terminal is not None:
            terminal_id = text(params.get("terminal_id")) or None
            shown = self._transactions.shown(asked.door, terminal_id)
            status[terminal] = device_status(self._devices, terminal) | shown
        return status

    def _status_page(self, asked: Asked) -> Answer:
        status = status_of(self._devices, self._desk, asked.door)
        rows = "".join(f"<li>{name}: {each['status']}</li>" for name, each in status.items())
        page = f"<!doctype html><title>Devices</title><ul>{rows}</ul>"
        return Answer(page.encode(), "text/html; charset=utf-8")

    # --- printing ---

    async def _printer_action(self, asked: Asked, params: Json) -> object:
        data = as_object(params.get("data"))
        match data.get("action"):
            case "print_receipt":
                encoded = text(data.get("receipt"))
                key = fingerprint(asked.address, ("picture", encoded))
                return await self._desk.once(
                    asked.door, key, lambda: self._print_picture(asked, encoded)
                )
            case "cashbox":
                return await self._open_cashbox(asked, params)
            case action:
                raise CallRefusedError(f"The action {text(action)[:32]!r} is not known.")

    async def _print_picture(self, asked: Asked, encoded: str) -> bool:
        printer = self._printer(asked)
        if printer is None:
            return False
        try:
            data = decode_base64(encoded)
            image = await self._desk.pictures.decode(data, self._desk.line_width(printer))
        except PictureError as wrong:
            raise CallRefusedError(str(wrong)) from wrong
        return await self._print(asked, printer, (image, Cut()), data)

    async def _print_xml(self, asked: Asked, params: Json) -> object:
        receipt = text(params.get("receipt"))
        key = fingerprint(asked.address, ("xml", receipt))
        return await self._desk.once(
            asked.door, key, lambda: self._print_xml_receipt(asked, params, receipt)
        )

    async def _print_xml_receipt(self, asked: Asked, params: Json, receipt: str) -> bool:
        printer = self._printer(asked)
        if printer is None:
            return False
        try:
            columns = self._desk.columns(printer)
            document, drawer = await self._desk.pictures.run(receipt_of_xml, receipt, columns)
        except ReceiptError as wrong:
            raise CallRefusedError(str(wrong)) from wrong
        key = _print_key(asked, printer, receipt)
        if drawer and not await self._desk.is_open(asked.door, key):
            await self._open_cashbox(asked, params)
        return await self._print(asked, printer, document, receipt)

    async def _print_json(self, asked: Asked, params: Json) -> object:
        receipt = as_object(params.get("receipt"))
        printer = self._printer(asked)
        if printer is None:
            return False
        document = receipt_of_json(receipt, self._desk.columns(printer))
        return await self._print(asked, printer, document, msgspec.json.encode(receipt))

    def _printer(self, asked: Asked) -> str | None:
        """The door's printer; None where there is none, or printing is not allowed."""
        if not self._desk.permits(asked.door, Scope.PRINT, asked.address):
            return None
        return self._desk.device(asked.door, "pos_printer")

    async def _print(
        self, asked: Asked, printer: str, document: Document, content: str | bytes
    ) -> bool:
        key = _print_key(asked, printer, content)
        try:
            job = await self._desk.print_document(
                asked.door, printer, document, key, Patience(PRINT_SECONDS, to_its_end=True)
            )
        except InvalidRequestError as wrong:
            raise CallRefusedError(str(wrong)) from wrong
        return job.state == "printed"

    async def _print_data(self, asked: Asked) -> Answer:
        """What add-ons send to a CUPS printer: only pictures, this box composes its own bytes."""
        printer = self._printer(asked)
        try:
            question = msgspec.json.decode(asked.body, type=_PrintData)
            data = decode_base64(question.args[1])
            if printer is None:
                return _cups_error("client-error-not-authorized", "There is no printer for you.")
            image = await self._desk.pictures.decode(data, self._desk.line_width(printer))
        except (msgspec.MsgspecError, UnicodeError, PictureError) as wrong:
            return _cups_error("client-error-document-format-not-supported", str(wrong))
        printed = await self._print(asked, printer, (image, Cut()), data)
        if not printed:
            return _cups_error("server-error-device-error", "The printer did not print.")
        return result(Question({}), 1)

    # --- everything else ---

    async def _open_cashbox(self, asked: Asked, params: Json) -> object:
        del params
        if not self._desk.permits(asked.door, Scope.DRAWER, asked.address):
            return False
        opening = await self._desk.open_drawer(asked.door, "hw_proxy")
        return opening.state == "opened"

    async def _scanner(self, asked: Asked, params: Json) -> object:
        del params
        permitted = self._desk.permits(asked.door, Scope.SCAN, asked.address)
        scanner = self._desk.device(asked.door, "scanner")
        seconds = SCAN_SECONDS if permitted and scanner else NO_SCANNER_SECONDS
        mailbox = self._mailboxes[asked.door.name] if permitted and scanner else _empty(asked)
        return await mailbox.take(seconds, asked.gone)

    async def _scale_read(self, asked: Asked, params: Json) -> object:
        del params
        scale = self._desk.device(asked.door, "scale")
        if scale is None or not self._desk.permits(asked.door, Scope.SCAN, asked.address):
            return None
        return read_scale(self._devices, scale)

    async def _show_text(self, asked: Asked, params: Json) -> object:
        """`text_to_display` is a list of lines, or JSON of one inside a string."""
        display = self._desk.device(asked.door, "line_display")
        if display is None or not self._desk.permits(asked.door, Scope.PRINT, asked.address):
            return False
        return await self._desk.show(display, _display_text(params.get("text_to_display")))

    async def _start_payment(self, asked: Asked, params: Json) -> object:
        if not self._desk.permits(asked.door, Scope.PAY, asked.address):
            return False
        info = as_object(params.get("payment_info"))
        try:
            return await self._transactions.start(
                asked.door, info, self._configuration.shop.currency
            )
        except (StartRefusedError, EdgeError):
            return False


def _display_text(value: object) -> DisplayTextRequest:
    """Read the lines of a display.

    Raises:
        CallRefusedError: They are no lines.
    """
    try:
        lines = msgspec.json.decode(value) if isinstance(value, str) else value
        return msgspec.convert({"lines": lines}, DisplayTextRequest)
    except msgspec.MsgspecError as wrong:
        raise CallRefusedError("text_to_display is a list of up to four lines.") from wrong


class _PrintData(msgspec.Struct):
    args: tuple[str, str]


def _no_browser_display(question: Question) -> Answer:
    """Odoo 17 and 18 show a page for a browser there, and this box has no screen for one."""
    message = "This box has no customer display that shows pages; a line display shows the sale."
    return error(question, message, 503)._replace(status=503)


def _fixed(value: Any) -> Handler:  # noqa: ANN401 - any JSON value
    async def answer(asked: Asked, params: Json) -> object:
        del asked, params
        return value

    return answer


def _empty(asked: Asked) -> Mailbox:
    """A mailbox into which nothing is ever put."""
    return Mailbox(asked.door.name, asked.door.stale_scan_seconds, lambda *_: None)


def _print_key(asked: Asked, printer: str, content: str | bytes) -> str:
    return fingerprint(asked.address, ("print", printer, content))


def _cups_error(status: str, description: str) -> Answer:
    body = {
        "cups_error": "IPPError",
        "cups_error_status": status,
        "cups_error_description": description,
    }
    return Answer(msgspec.json.encode(body), JSON, 400)
