"""Acts: what a register asks for under an id of its own, done once whatever happens.

Theory of operation. Everything that acts comes with an id that the client made. `Acts.begin`
checks the id and writes the `Intent` in one transaction, and only then lets the act run: both in
one task of its own, so that no disconnect leaves an intent without its act. The same id with the
same body joins the running task, or finds the act ended; with another body it is a conflict.
`intents` is a projection: what was asked, and whether it has ended. After a restart the intents
still open say what a room has to finish, cancel or mark unknown.

This file does not know what an act does. A room's own record ends most intents; `Outcome` ends
the others.
"""

import asyncio
import dataclasses
import functools
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database

from drivers.wire.redaction import redact_json
from edge_daemon.claims import Allow
from edge_daemon.errors import RequestConflictError
from edge_daemon.journal.journal import Journal
from edge_daemon.journal.values import Draft, Projection
from edge_daemon.records import JournalEntry, new_ulid, request_hash
from edge_daemon.records.payloads import (
    DrawerEvent,
    Intent,
    Json,
    Outcome,
    Payload,
    PaymentEvent,
    PaymentState,
    ReceiptEvent,
    ReceiptState,
)

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a task that lives as long as the daemon (the app's TaskGroup)."""

FINISHING_VERBS = frozenset({"tender", "cancel", "reversal", "completion"})
"""What ends something that is open: done on a full disk too, from the journal's reserve."""

Together = Callable[[str, sqlite3.Connection], Sequence[Draft]]
"""Given the intent's id and the transaction: more drafts for the same commit; may refuse."""

FINAL_PAYMENT_STATES = frozenset(
    {
        PaymentState.CONFIRMED,
        PaymentState.APPROVED,
        PaymentState.DECLINED,
        PaymentState.NOT_PROCESSED,
        PaymentState.REVERSED,
    }
)
PAYMENT_VERBS = ("payment", "refund", "reversal", "completion", "reconciliation")
"""What ends with a final `PaymentEvent`."""
FINAL_RECEIPT_STATES = frozenset(
    {
        ReceiptState.PRINTED,
        ReceiptState.COPY,
        ReceiptState.FAILED,
        ReceiptState.UNKNOWN,
        ReceiptState.DECLINED,
    }
)
FINAL_DRAWER_EVENTS = frozenset({"Opened", "Failed", "Dropped", "Unknown"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is about to be done, as the register asked for it.

    Attributes:
        body: The untyped JSON body; its hash decides whether a repeat is the same.
        request: What the intent keeps of it: redacted, print bytes replaced by their hash.
    """

    verb: str
    resource_kind: str
    resource_id: str
    workstation: str | None
    operator_id: str | None
    body: Json
    request: Json
    training: bool = False

    def draft(self, payload: Payload, entry_id: str | None = None) -> Draft:
        """A draft of the same call: same register, operator and key."""
        return Draft(
            payload=payload,
            entry_id=entry_id,
            workstation_id=self.workstation,
            operator_id=self.operator_id,
            training=self.training,
            api_idempotency_key=self.resource_id,
        )


class OpenIntent(NamedTuple):
    """An intent as the projection has it."""

    intent_id: str
    verb: str
    resource_kind: str
    resource_id: str
    workstation: str | None
    operator_id: str | None
    training: bool
    request_hash: str
    closed: bool
    request: bytes


class Acts:
    """Begins acts, each one once, and knows which are running."""

    def __init__(self, journal: Journal, spawn: Spawn) -> None:
        self._journal = journal
        self._spawn = spawn
        self._running: dict[tuple[str, str], _Running] = {}

    async def begin(
        self,
        order: Order,
        perform: Callable[[str], Awaitable[None]],
        *,
        allow: Allow | None = None,
        together: Together | None = None,
    ) -> asyncio.Task[None] | None:
        """Write the intent and start `perform(intent_id)`, unless that was done before.

        Args:
            order: What to do.
            perform: The act. It journals its own outcome; it starts after the intent's fsync.
            allow: Whether the caller may, asked in the intent's own transaction; may refuse.
            together: More entries for the intent's own commit; may refuse by raising.

        Returns:
            The running task, joined or new; None when the act has ended before.

        Raises:
            RequestConflictError: The id was used with another body.
            JournalFullError: The disk is full. Nothing was begun.
            Exception: What `allow` or `together` raised. Nothing was begun.
        """
        key = (order.resource_kind, order.resource_id)
        digest = request_hash(order.body)
        running = self._running.get(key)
        if running is not None:
            _refuse_another_body(order, digest, running.request_hash)
            await asyncio.wait({running.begun})
            if _has_begun(running):
                return running.task
            return await self.begin(order, perform, allow=allow, together=together)
        running = self._running[key] = _Running(digest)
        register = functools.partial(self._register, order, digest, allow, together)
        running.task = self._spawn(self._act(key, running, register, perform))
        await asyncio.shield(running.begun)
        return running.task if _has_begun(running) else None

    def running(self, resource_kind: str, resource_id: str) -> bool:
        """True while that act is under way in this process."""
        return (resource_kind, resource_id) in self._running

    async def known(self, resource_kind: str, resource_id: str) -> OpenIntent | None:
        """The intent under that id, ended or not; None when nothing was ever asked for."""
        return await self._journal.query(
            lambda connection: find_intent(connection, resource_kind, resource_id)
        )

    async def open_intents(self, *verbs: str) -> list[OpenIntent]:
        """The intents of these verbs that have not ended, oldest first."""
        marks = ", ".join("?" * len(verbs))
        sql = f"{_SELECT} WHERE closed = 0 AND verb IN ({marks}) ORDER BY rowid"
        return await self._journal.query(
            lambda connection: [_row(row) for row in connection.execute(sql, verbs)]
        )

    async def _register(
        self, order: Order, digest: str, allow: Allow | None, together: Together | None
    ) -> str | None:
        intent_id = new_ulid(self._journal.clock.now_us())
        intent = Intent(
            verb=order.verb,
            resource_kind=order.resource_kind,
            resource_id=order.resource_id,
            workstation=order.workstation,
            request=_redacted(order.request),
            request_hash=digest,
        )

        def build(connection: sqlite3.Connection) -> Sequence[Draft]:
            known = find_intent(connection, order.resource_kind, order.resource_id)
            if known is not None:
                _refuse_another_body(order, digest, known.request_hash)
                return ()
            if order.verb not in FINISHING_VERBS:
                self._journal.refuse_when_full()
            approved = allow(connection) if allow else None
            following = together(intent_id, connection) if together else ()
            named = intent
            if approved is not None:
                named = msgspec.structs.replace(intent, approved_by=approved.by)
            return (order.draft(named, entry_id=intent_id), *following)

        entries = await self._journal.append_from(build)
        return intent_id if entries else None

    async def _act(
        self,
        key: tuple[str, str],
        running: "_Running",
        register: Callable[[], Awaitable[str | None]],
        perform: Callable[[str], Awaitable[None]],
    ) -> None:
        """Write the intent, tell whoever began, and perform; also when nobody waits any more."""
        try:
            intent_id = await register()
        except BaseException as error:
            self._forget(key, error)
            if isinstance(error, Exception):
                return  # told to who began
            raise
        if intent_id is None:
            self._forget(key)
            return
        running.begun.set_result(True)
        try:
            await perform(intent_id)
        finally:
            self._running.pop(key, None)

    def _forget(self, key: tuple[str, str], error: BaseException | None = None) -> None:
        begun = self._running.pop(key).begun
        if error is None:
            begun.set_result(False)
        elif isinstance(error, Exception):
            begun.set_exception(error)
            begun.exception()  # who began may have gone
        else:
            begun.cancel()


class _Running:
    def __init__(self, digest: str) -> None:
        self.request_hash = digest
        self.begun: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None


def _has_begun(running: _Running) -> bool:
    """True once the intent is on disk; False when it was there before, or was refused."""
    begun = running.begun
    return not begun.cancelled() and begun.exception() is None and begun.result()


def _redacted(request: Json) -> Json:
    kept = redact_json(request)
    assert isinstance(kept, dict)  # noqa: S101 - an object stays an object
    return kept


def _refuse_another_body(order: Order, digest: str, known: str) -> None:
    if digest != known:
        raise RequestConflictError(
            f"{order.resource_id} was used before with another body. What was asked first stands;"
            " use a new id for a new request."
        )


# --- the projection -------------------------------------------------------------------------

_COLUMNS = (
    "intent_id, verb, resource_kind, resource_id, workstation, operator_id, training,"
    " request_hash, closed, request"
)
_SELECT = f"SELECT {_COLUMNS} FROM intents"  # noqa: S608 - constants only
_INSERT = f"INSERT INTO intents ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"  # noqa: S608
_CLOSE = "UPDATE intents SET closed = 1 WHERE intent_id = ?"
_CLOSE_OF_VERB = _CLOSE + " AND verb = ?"
_CLOSE_PAYMENT = _CLOSE + f" AND verb IN ({', '.join('?' * len(PAYMENT_VERBS))})"


def find_intent(
    connection: sqlite3.Connection, resource_kind: str, resource_id: str
) -> OpenIntent | None:
    """Read the intent under that id, inside a transaction or out of it."""
    row = connection.execute(
        f"{_SELECT} WHERE resource_kind = ? AND resource_id = ?", (resource_kind, resource_id)
    ).fetchone()
    return _row(row) if row else None


def apply_to_intents(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    """Note a new intent, or the end of one."""
    match entry.payload:
        case Intent() as intent:
            connection.execute(_INSERT, _values(entry, intent))
        case Outcome(intent_id=intent_id):
            connection.execute(_CLOSE, (intent_id,))
        case ReceiptEvent(intent_id=intent_id, state=state) if state in FINAL_RECEIPT_STATES:
            connection.execute(_CLOSE_OF_VERB, (intent_id, "print"))
        case DrawerEvent(intent_id=str(intent_id), event=event) if event in FINAL_DRAWER_EVENTS:
            connection.execute(_CLOSE_OF_VERB, (intent_id, "open_drawer"))
        case PaymentEvent(intent_id=intent_id, state=state) if state in FINAL_PAYMENT_STATES:
            connection.execute(_CLOSE_PAYMENT, (intent_id, *PAYMENT_VERBS))
        case _:
            pass


def _values(entry: JournalEntry, intent: Intent) -> tuple[object, ...]:
    return (
        entry.entry_id,
        intent.verb,
        intent.resource_kind,
        intent.resource_id,
        intent.workstation,
        entry.operator_id,
        int(entry.training),
        intent.request_hash,
        msgspec.json.encode(intent.request),
    )


def _row(row: tuple[Any, ...]) -> OpenIntent:
    intent = OpenIntent(*row)
    return intent._replace(training=bool(intent.training), closed=bool(intent.closed))


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("intents")
    if table.exists():
        return
    table.create(
        {
            "intent_id": str,
            "verb": str,
            "resource_kind": str,
            "resource_id": str,
            "workstation": str,
            "operator_id": str,
            "training": int,
            "request_hash": str,
            "closed": int,
            "request": bytes,
        },
        not_null={"intent_id", "verb", "resource_kind", "resource_id", "request_hash", "closed"},
        strict=True,
    )
    table.create_index(["resource_kind", "resource_id"], unique=True)
    table.create_index(["intent_id"], unique=True)
    connection.execute("CREATE INDEX open_intents ON intents (closed) WHERE closed = 0")


INTENTS = Projection("intents", _create, ("intents",), apply_to_intents)
"""What was asked for under which id, and whether it has ended."""
