"""What the doors remember across restarts, in `state.db`.

These tills have no ids that last. So a door makes the id of each act itself and keeps it under
what it can recognise: the till's own `action_unique_id`, or a fingerprint of what was asked. The
row is on disk before the act's intent, so that a repeat finds the act whatever happened between.
"""

import sqlite3
from typing import NamedTuple, Self

from edge_daemon.clock import Clock
from edge_daemon.records import new_ulid
from edge_daemon.state import StateStore

KEPT_US = 7 * 24 * 3600 * 1_000_000
"""How long an act can be recognised: a week."""

_CREATE_ACTS = (
    "CREATE TABLE IF NOT EXISTS door_acts (door TEXT NOT NULL, key TEXT NOT NULL,"
    " resource_id TEXT NOT NULL, answered TEXT NOT NULL, copies INTEGER NOT NULL,"
    " at_us INTEGER NOT NULL, PRIMARY KEY (door, key)) STRICT"
)
_CREATE_PAYMENTS = (
    "CREATE TABLE IF NOT EXISTS door_payments (number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " door TEXT NOT NULL, terminal_id TEXT NOT NULL, order_id TEXT, line_id TEXT,"
    " amount INTEGER NOT NULL, payment_id TEXT NOT NULL UNIQUE, at_us INTEGER NOT NULL) STRICT"
)
_PUT_ACT = (
    "INSERT INTO door_acts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (door, key) DO UPDATE SET"
    " resource_id = excluded.resource_id, answered = excluded.answered,"
    " copies = excluded.copies, at_us = excluded.at_us"
)
_PAYMENT_COLUMNS = "number, door, terminal_id, order_id, line_id, amount, payment_id"


class Act(NamedTuple):
    """An act that a door began.

    Attributes:
        resource_id: The ULID under which its room knows it.
        answered: What the till was told: `""` while it waits, `printed`, `failed`, `unknown`.
        copies: How many marked copies came before this one.
    """

    resource_id: str
    answered: str = ""
    copies: int = 0


class DoorPayment(NamedTuple):
    """A card payment that a till began, under a number of its own that never comes again."""

    number: int
    door: str
    terminal_id: str
    order_id: str | None
    line_id: str | None
    amount: int
    payment_id: str


class DoorMemory:
    """The doors' two tables."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    @classmethod
    async def open(cls, state: StateStore, clock: Clock) -> Self:
        """Make the tables where they are missing, and forget what is old."""
        oldest = clock.now_us() - KEPT_US

        def prepare(connection: sqlite3.Connection) -> None:
            connection.execute(_CREATE_ACTS)
            connection.execute(_CREATE_PAYMENTS)
            connection.execute("DELETE FROM door_acts WHERE at_us < ?", (oldest,))

        await state.run(prepare)
        return cls(state, clock)

    def new_id(self) -> str:
        """A ULID for a new act."""
        return new_ulid(self._clock.now_us())

    def now_us(self) -> int:
        """Microseconds since 1970 UTC."""
        return self._clock.now_us()

    async def act(self, door: str, key: str) -> Act | None:
        """What the door began under that key, or None."""
        sql = "SELECT resource_id, answered, copies FROM door_acts WHERE door = ? AND key = ?"
        row = await self._state.run(
            lambda connection: connection.execute(sql, (door, key)).fetchone()
        )
        return Act(*row) if row else None

    async def put_act(self, door: str, key: str, act: Act) -> None:
        """Remember an act under that key, in the place of the one before."""
        row = (door, key, *act, self._clock.now_us())
        await self._state.run(lambda connection: connection.execute(_PUT_ACT, row))

    async def forget_act(self, door: str, key: str) -> None:
        """The act under that key surely failed: the same request may begin it anew."""
        sql = "DELETE FROM door_acts WHERE door = ? AND key = ?"
        await self._state.run(lambda connection: connection.execute(sql, (door, key)))

    async def new_payment(
        self, door: str, terminal_id: str, order_id: str | None, line_id: str | None, amount: int
    ) -> DoorPayment:
        """Give a new payment its number and its ULID; both are on disk when this returns.

        Numbers begin at the seconds of the clock, so that a box with a new disk repeats none.
        """
        now, payment_id = self._clock.now_us(), self.new_id()

        def insert(connection: sqlite3.Connection) -> int:
            last = connection.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = ?", _SEQ)
            number: int = max((last.fetchone()[0] or 0) + 1, now // 1_000_000)
            row = (number, door, terminal_id, order_id, line_id, amount, payment_id, now)
            connection.execute("INSERT INTO door_payments VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            return number

        number = await self._state.run(insert)
        return DoorPayment(number, door, terminal_id, order_id, line_id, amount, payment_id)

    async def last_payments(self, limit: int) -> list[DoorPayment]:
        """The latest payments of each door, the oldest first."""
        sql = (
            f"SELECT {_PAYMENT_COLUMNS} FROM (SELECT *, row_number() OVER"  # noqa: S608 - constants only
            " (PARTITION BY door ORDER BY number DESC) AS place FROM door_payments)"
            " WHERE place <= ? ORDER BY number"
        )
        rows = await self._state.run(
            lambda connection: connection.execute(sql, (limit,)).fetchall()
        )
        return [DoorPayment(*row) for row in rows]


_SEQ = ("door_payments",)
