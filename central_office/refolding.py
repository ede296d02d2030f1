"""The tables that the folds fill: made, and filled again from the entries.

Which version of the folds has filled them stands beside them. Where it is another one than this
program's, nobody writes to them before they are filled anew.
"""

from collections.abc import Callable

from central_office import master_lists
from central_office.booking import book
from central_office.erasing import ERASURES
from central_office.errors import OfficeError
from central_office.lines import read_line
from central_office.projections import PROJECTIONS, VERSION
from central_office.sql_tables import Session, SqlTables

BATCH = 1000
_LOCK = "/folds"
"""No edge has this name."""
_NEXT = (
    "SELECT arrival, received_at, data FROM entries WHERE organization = ? AND arrival > ?"
    " ORDER BY arrival LIMIT ?"
)


def prepare(session: Session) -> None:
    """Make the tables of a new database.

    Raises:
        OfficeError: They were filled by another version of the folds.
    """
    session.lock((_LOCK,))
    for table in (*master_lists.TABLES, ERASURES):
        session.define(table)
    master_lists.name_all(session)
    known = session.all("SELECT version FROM folded")
    if not known and not session.all("SELECT 1 FROM entries LIMIT 1"):
        _define(session)
    elif [row[0] for row in known] != [VERSION]:
        raise OfficeError(
            "The figures in this database were kept by another version. Run central-office rebuild"
            " once: it makes them anew from the entries, of which nothing is lost."
        )


def rebuild(session: Session, tell: Callable[[int], None]) -> None:
    """Empty the tables and fold all entries again, in the order of arrival.

    Args:
        session: In whose transaction it is done, all or nothing.
        tell: Called with the number of entries that are done, now and then.
    """
    session.lock((_LOCK,))
    session.define(ERASURES)
    for projection in PROJECTIONS:
        session.run(f"DROP TABLE IF EXISTS {projection.name}")
    _define(session)
    tables, done = SqlTables(session), 0
    for (organization,) in session.all("SELECT organization FROM arrivals ORDER BY organization"):
        after = 0
        while rows := session.all(_NEXT, (organization, after, BATCH)):
            book(tables, [(*place, read_line(bytes(data))) for *place, data in rows])
            after = rows[-1][0]
            done += len(rows)
            tell(done)


def _define(session: Session) -> None:
    for projection in PROJECTIONS:
        session.define(projection)
    session.run("DELETE FROM folded")
    session.run("INSERT INTO folded (version) VALUES (?)", (VERSION,))
