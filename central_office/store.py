"""The office's store: what is done with a database, whichever it is."""

import contextlib
import pathlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from central_office import roster
from central_office.booking import resume_message
from central_office.branches import Branch
from central_office.errors import OfficeError
from central_office.forks import decide
from central_office.ingest import Ingest, Limits, Standing, standing
from central_office.master_lists import ListKey, keep, outrank
from central_office.own_chain import Act, act
from central_office.publishing import Lists
from central_office.reading import POSTGRESQL
from central_office.refolding import prepare, rebuild
from central_office.sql_tables import Session, SqlTables
from central_office.sqlite import SqliteDatabase
from central_office.tables import Verdict
from edge_daemon.mqtt import EdgeTopics

Answer = TypeVar("Answer")


class Database(Protocol):
    """A kind of database.

    Attributes:
        shared: Other workers may write to it too.
    """

    shared: bool

    def transaction(self) -> AbstractContextManager[Session]:
        """Begin; commit at the end, or roll back."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def open_store(address: str, limits: Limits, *, rebuilding: bool = False) -> "Store":
    """Open a file, or PostgreSQL where `address` begins with `postgresql://`.

    Args:
        address: Of the database.
        limits: What may wait.
        rebuilding: Whatever version of the folds has filled its projections.

    Raises:
        OfficeError: It cannot be used.
    """
    store = Store(_open_database(address), limits)
    if not rebuilding:
        try:
            store.prepare()
        except OfficeError:
            store.close()
            raise
    return store


def _open_database(address: str) -> Database:
    if address.startswith(POSTGRESQL):
        from central_office.postgresql import PostgresqlDatabase  # noqa: PLC0415 - an extra

        return PostgresqlDatabase(address)
    return SqliteDatabase(pathlib.Path(address))


class Store:
    """Takes in, and answers where things stand. Its methods block: call them on one thread."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self.shared = database.shared
        self._database = database
        self._limits = limits

    def prepare(self) -> None:
        """Make the projections of a new database.

        Raises:
            OfficeError: Another version of the folds has filled them.
        """
        with self._database.transaction() as session:
            prepare(session)

    def take_in(self, messages: Sequence[tuple[str, bytes]], now_us: int) -> list[Standing]:
        """Take messages (topic, payload) in, in one transaction, and return after its fsync.

        Raises:
            OfficeError: The database failed; nothing of these messages is acknowledged.
        """
        with self._database.transaction() as session:
            ingest = Ingest(SqlTables(session), now_us, self._limits)
            ingest.deliver(messages)
            return ingest.finish()

    def do(self, act: Callable[[Session], Answer]) -> Answer:
        """Do something in a transaction of its own, and return after its fsync.

        Raises:
            OfficeError: The database failed; nothing of it is stored.
        """
        with self._database.transaction() as session:
            return act(session)

    def standings(self, epochs: Iterable[tuple[str, str]]) -> list[Standing]:
        """Where epochs (edge, epoch) stand now, whoever wrote last."""
        with self._database.transaction() as session:
            tables, wanted = SqlTables(session), set(epochs)
            edges = {edge_id for edge_id, _ in wanted}
            parked = tables.first_parked(edges)
            marks = {(mark.topics.edge, mark.epoch): mark for mark in tables.marks(edges)}
            return [standing(mark, parked.get(key)) for key, mark in marks.items() if key in wanted]

    def resumes(self, edges: Iterable[str]) -> dict[str, bytes]:
        """The `Resume` messages of edges, as they are now."""
        with self._database.transaction() as session:
            states = SqlTables(session).resumes(edges)
        messages = {edge: resume_message(state) for edge, state in states.items()}
        return {edge: message for edge, message in messages.items() if message}

    def edges(self, organization: str | None) -> list[EdgeTopics]:
        """All edges that were ever seen, or those of one organization."""
        sql = "SELECT organization, store, edge_id FROM edges"
        with self._database.transaction() as session:
            if organization is None:
                rows = session.all(sql)
            else:
                rows = session.all(f"{sql} WHERE organization = ?", (organization,))
        return [EdgeTopics(*row) for row in rows]

    def call_roll(self, share: str, worker: str) -> list[str]:
        """Say that `worker` is here, and who else of its group is; only where `shared`."""
        with self._database.transaction() as session:
            return roster.call_roll(session, share, worker)

    def leave(self, share: str, worker: str) -> None:
        """Say that `worker` goes."""
        with self._database.transaction() as session:
            roster.leave(session, share, worker)

    def decide(self, place: tuple[str, str, str | None], verdict: Verdict, now_us: int) -> Branch:
        """Book or refuse a branch (edge, epoch, name), by an entry of the office itself.

        Without a name it is the only one that waits there.

        Raises:
            OfficeError: Nothing waits there, or more than one; nothing was written.
        """
        with self._database.transaction() as session:
            tables = SqlTables(session)
            return decide(tables, place, verdict, now_us)

    def act(self, organization: str, acts: Sequence[Act], now_us: int) -> list[int]:
        """Write what the office does itself into its own chain, and book it.

        Returns:
            The numbers of arrival.

        Raises:
            OfficeError: The database failed; nothing was written.
        """
        with self._database.transaction() as session:
            return act(SqlTables(session), organization, acts, now_us)

    def keep(self, key: ListKey, lists: Lists | dict[str, Any], version: int) -> int:
        """Keep a list for its stores and return its version; the running office publishes it.

        Raises:
            OfficeError: It is too large, or no such list; the one before stays.
        """
        with self._database.transaction() as session:
            return keep(session, key, lists, version)

    def outrank(self, key: ListKey, version: int) -> None:
        """Give a list a version above that one, which an edge holds and nobody here gave."""
        with self._database.transaction() as session:
            outrank(session, key, version)

    def rebuild(self, tell: Callable[[int], None] = lambda _: None) -> None:
        """Empty the projections and fold all entries again, in the order of arrival.

        Args:
            tell: Called with the number of entries that are done, now and then.

        Raises:
            OfficeError: The database failed; the projections are as they were.
        """
        with self._database.transaction() as session:
            rebuild(session, tell)

    def close(self) -> None:
        """Let go of the database."""
        with contextlib.suppress(Exception):
            self._database.close()
