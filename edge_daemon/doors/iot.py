"""`/iot_drivers/*`, also called `/hw_drivers/*`: Odoo's tills with IoT.

    POST /iot_drivers/action   {"params": {"session_id": …, "device_identifier": …, "data": {…}}}
    POST /iot_drivers/event    {"params": {"listener": {"last_event": 0, "devices": {…}, …}}}

An action is answered at once with `pending`, because these tills wait six seconds; the truth
follows as an event, for which they keep a long poll. An action with an `action_unique_id` is done
once, also after a restart; one that surely failed may come again under its id.

A card payment whose end is not known is told as a warning, and never as an error: an error lets
the clerk take the money again.
"""

from collections.abc import Coroutine, Iterable
from typing import Any, NamedTuple

from drivers.pos_printer import Cut, Document, Text
from drivers.scale import Weighing
from drivers.scanner import Scan
from edge_daemon.config import Door
from edge_daemon.doors.desk import Desk, Patience, fingerprint
from edge_daemon.doors.exchange import Answer, Asked
from edge_daemon.doors.happenings import Happening, listener_of
from edge_daemon.doors.iot_payments import IotParts, IotPayments
from edge_daemon.doors.iot_scales import IotScales
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
from edge_daemon.doors.memory import Act
from edge_daemon.errors import EdgeError
from edge_daemon.pictures import PictureError, decode_base64
from edge_daemon.printing import PrintJob
from edge_daemon.records import JournalEntry
from edge_daemon.scopes import Scope

POLL_SECONDS = 50.0
"""The client gives up after 60."""
PRINT_SECONDS = 30.0

TYPES = {
    "pos_printer": "printer",
    "scanner": "scanner",
    "scale": "scale",
    "payment_terminal": "payment",
}
"""The till's word for each family; without a word it cannot be asked for."""
_SCANNED = frozenset({"scanner", "scale"})
_SCOPES = {
    "pos_printer": Scope.PRINT,
    "scale": Scope.SCAN,
    "payment_terminal": Scope.PAY,
}
_ACCEPTED = frozenset({"update_layout", "update_is_scanner", ""})


class _Ordered(NamedTuple):
    device: str
    family: str
    key: str
    session: str
    data: Json


class Iot:
    """The service behind every door of the kind `iot`."""

    def __init__(
        self, desk: Desk, parts: IotParts, payments: IotPayments, scales: IotScales
    ) -> None:
        self._desk = desk
        self._memory = parts.memory
        self._happenings = parts.happenings
        self._spawn = parts.spawn
        self._box = parts.box
        self._payments = payments
        self._scales = scales
        self._under_way: set[tuple[str, str]] = set()

    def refuse(self, status: int, message: str) -> Answer:
        """In the client's envelope; too large is a status that it knows."""
        refused = error(Question({}), message, status)
        return refused._replace(status=413) if status == 413 else refused  # noqa: PLR2004 - HTTP's

    async def serve(self, asked: Asked) -> Answer:
        """Answer one call."""
        name = asked.path.rpartition("/")[2]
        if name == "ping":
            return Answer(b'{"status":"success","message":"pong"}')
        try:
            question = read(asked.body)
        except EnvelopeError as wrong:
            return error(Question({}), str(wrong), 400)
        if name == "action":
            return result(question, await self._action(asked, question.params))
        if name == "event":
            return result(question, await self._event(asked, question.params))
        return error(question, "This box serves no such call.", 404)

    def hear(self, door: Door, scanner: str, scan: Scan) -> None:
        """A code was read."""
        body: Json = {"value": scan.scan_data, "status": "success"}
        self._happenings[door.name].add(scanner, "scanner", body, is_scan=True)

    def weigh(self, door: Door, scale: str, weighing: Weighing) -> None:
        """A scale shows something else."""
        self._scales.hear(door, scale, weighing)

    def notice(self, entries: Iterable[JournalEntry]) -> None:
        """The journal has grown."""
        self._payments.notice(entries)

    # --- events ---

    async def _event(self, asked: Asked, params: Json) -> Json | None:
        last, names, session = listener_of(params)
        door = asked.door

        def wanted(happening: Happening) -> str | None:
            if happening.type in _SCANNED and Scope.SCAN not in door.scopes:
                return None
            for name in names:
                if name == happening.type or door.devices.get(name, name) == happening.device:
                    return name
            return None

        happenings = self._happenings[door.name]
        found = await happenings.wait(last, wanted, POLL_SECONDS, asked.gone)
        if found is None:
            return None
        happening, name = found
        return {
            "value": "",
            "iot_box_identifier": self._box,
            **happening.body,
            "device_identifier": name,
            "session_id": session,
            "time": happening.time,
        }

    # --- actions ---

    async def _action(self, asked: Asked, params: Json) -> Json:
        identifier = text(params.get("device_identifier"))
        session, data = text(params.get("session_id")), as_object(params.get("data"))
        base: Json = {
            "owner": session,
            "session_id": session,
            "iot_box_identifier": self._box,
            "device_identifier": identifier,
            "time": self._memory.now_us() / 1_000_000,
        }
        if identifier == self._box:
            return base | _box_action(text(data.get("action")) or "test_protocol")
        for family in TYPES:
            device = self._desk.device(asked.door, family, identifier)
            if device is not None:
                break
        else:
            return base | {"status": "disconnected"}
        key = self._key(asked, identifier, data)
        place = (asked.door.name, key)
        if place in self._under_way:
            return base | {"status": "duplicate"}
        self._under_way.add(place)
        try:
            if text(data.get("action_unique_id")) and await self._memory.act(*place) is not None:
                return base | {"status": "duplicate"}
            ordered = _Ordered(device, family, key, session, data)
            return base | await self._begin(asked, ordered)
        except (PictureError, EdgeError) as refused:
            return base | {"status": "error", "result": str(refused)}
        finally:
            self._under_way.discard(place)

    def _key(self, asked: Asked, identifier: str, data: Json) -> str:
        unique = text(data.get("action_unique_id"))
        if unique:
            return fingerprint("", ("iot", identifier, unique))
        return fingerprint(asked.address, ("iot", identifier, repr(sorted(data.items(), key=str))))

    async def _begin(self, asked: Asked, ordered: _Ordered) -> Json:
        action = text(ordered.data.get("action"))
        if ordered.family == "scanner":
            known = action in _ACCEPTED
            return {"status": "success", "result": True} if known else _refused(action)
        needed = _SCOPES[ordered.family]
        if action == "cashbox":
            needed = Scope.DRAWER
        if not self._desk.permits(asked.door, needed, asked.address):
            return {"status": "error", "result": f"This door may not {needed}."}
        if needed is Scope.SCAN:
            return self._scales.begin(asked.door, ordered.device, ordered.session, action)
        if needed is Scope.PAY:
            device, key, session, data = ordered.device, ordered.key, ordered.session, ordered.data
            return await self._payments.begin(asked.door, device, key, session, data)
        return await self._begin_at_the_printer(asked, ordered, action)

    async def _begin_at_the_printer(self, asked: Asked, ordered: _Ordered, action: str) -> Json:
        if action == "cashbox":
            await self._remember(asked.door, ordered)
            return self._later(self._open_drawer(asked.door, ordered))
        document = await self._document(ordered.device, action, ordered.data)
        if document is None:
            return _refused(action)
        await self._remember(asked.door, ordered)
        return self._later(self._print(asked.door, ordered, document))

    async def _remember(self, door: Door, ordered: _Ordered) -> None:
        """An action with a unique id is known on disk before it is answered."""
        if text(ordered.data.get("action_unique_id")):
            act = Act(self._memory.new_id())
            await self._memory.put_act(door.name, ordered.key, act)

    async def _document(self, printer: str, action: str, data: Json) -> Document | None:
        if action == "status":
            return (Text(f"{self._box}: {printer}"), Cut())
        encoded = data.get("receipt") if action == "print_receipt" else data.get("document")
        if action not in ("print_receipt", "") or not isinstance(encoded, str):
            return None
        picture = decode_base64(encoded)
        width = self._desk.line_width(printer)
        return (await self._desk.pictures.decode(picture, width), Cut())

    def _later(self, work: Coroutine[Any, Any, None]) -> Json:
        self._spawn(work)
        return {"status": "success", "result": "pending"}

    async def _print(self, door: Door, ordered: _Ordered, document: Document) -> None:
        printer, key, session = ordered.device, ordered.key, ordered.session
        try:
            job = await self._desk.print_document(
                door, printer, document, key, Patience(PRINT_SECONDS, to_its_end=True)
            )
        except EdgeError as refused:
            await self._memory.forget_act(door.name, key)
            body = _said("error", session, message="ERROR_FAILED", value=str(refused))
        else:
            if job.state == "failed":
                await self._memory.forget_act(door.name, key)
            body = self._told(printer, job, session)
        self._happenings[door.name].add(printer, "printer", body)

    async def _open_drawer(self, door: Door, ordered: _Ordered) -> None:
        printer, key, session = ordered.device, ordered.key, ordered.session
        try:
            opening = await self._desk.open_drawer(door, "iot")
        except EdgeError as refused:
            state, problem = "failed", str(refused)
        else:
            state, problem = opening.state, opening.problem or ""
        if state in ("failed", "dropped"):
            await self._memory.forget_act(door.name, key)
        status = "success" if state == "opened" else "error"
        message = {"opened": None, "unknown": "ERROR_UNKNOWN"}.get(state, "ERROR_FAILED")
        body = _said(status, session, message=message, value=problem)
        self._happenings[door.name].add(printer, "printer", body)

    def _told(self, printer: str, job: PrintJob, session: str) -> Json:
        status = self._desk.printer_status(printer)
        if job.state == "printed":
            low = status is not None and bool(status.rec_near_end)
            message = "WARNING_LOW_PAPER" if low else None
            return _said("warning" if low else "success", session, message=message)
        message = "ERROR_UNKNOWN"
        if job.state in ("queued", "printing"):
            message = "ERROR_TIMEOUT"
        elif job.state == "failed" and status is None:
            message = "ERROR_OFFLINE"
        elif job.state == "failed":
            message = "ERROR_NO_PAPER" if status and status.rec_empty else "ERROR_FAILED"
        return _said("error", session, message=message, value=job.problem or "")


def _said(status: str, owner: str, *, message: str | None, value: str = "") -> Json:
    return {"status": status, "message": message, "owner": owner, "value": value}


def _refused(action: str) -> Json:
    return {"status": "error", "result": f"The action {action[:32]!r} is not served."}


def _box_action(action: str) -> Json:
    if action == "test_protocol":
        return {"status": "success"}
    if action == "test_connection":
        return {"status": "success", "result": {"lan_quality": "unknown", "wan_quality": "unknown"}}
    return _refused(action)
