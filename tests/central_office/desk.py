"""An office without a network: messages in, standings out, on either database."""

import json
import pathlib
import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg

from central_office.ingest import Limits, Standing
from central_office.reading import POSTGRESQL
from central_office.report import read_entries
from central_office.store import open_store
from tests.entries import EDGE, EPOCH, JOURNAL_TOPIC, STATUS_TOPIC

NOW = 1795248000000000
PARKED_LIMIT = 8
NewDatabase = Callable[[], str]
"""Makes an empty database and returns its address."""


class Desk:
    def __init__(self, address: str | pathlib.Path, *, limits: Limits | None = None) -> None:
        self.address = str(address)
        self.store = open_store(self.address, limits or Limits(PARKED_LIMIT))

    def take(self, *lines: bytes, topic: str = JOURNAL_TOPIC) -> Standing | None:
        standings = self.store.take_in([(topic, b"\n".join(lines))], NOW)
        return standings[-1] if standings else None

    def take_status(self, **fields: object) -> Standing | None:
        status = {"state": "online", "connection": 1, **fields}
        standings = self.store.take_in([(STATUS_TOPIC, json.dumps(status).encode())], NOW)
        return standings[-1] if standings else None

    def stored(self, epoch: str = EPOCH) -> list[bytes]:
        return list(read_entries(self.address, EDGE, epoch=epoch))

    def quarantined(self) -> list[tuple[Any, ...]]:
        return self.query("SELECT reason, data, times FROM quarantine ORDER BY id")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if self.address.startswith(POSTGRESQL):
            with psycopg.connect(self.address) as session:
                return session.execute(sql.encode()).fetchall()
        connection = sqlite3.connect(self.address)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
