"""The office's books beside what a counter really did: receipts, Z, stock and figures."""

import pathlib
import tempfile

from central_office.checking import check
from central_office.ingest import Limits
from central_office.loading import load
from central_office.reading import open_reader
from central_office.store import open_store
from central_office.views.findings import findings
from tests.entries import ORGANIZATION
from tests.stories.counter import Counter

NOW = 1795248000000000


async def books_agree(counter: Counter) -> None:
    """Take the journal in at an office of its own, and compare all books."""
    entries = await counter.daemon.journal.read_after(None, limit=100_000, max_bytes=1 << 30)
    with tempfile.TemporaryDirectory() as folder:
        database = pathlib.Path(folder) / "office.db"
        store = open_store(str(database), Limits())
        try:
            load(store, [entry.data for entry in entries], NOW, lambda _: None)
        finally:
            store.close()
        found = check(database)
        assert found.agrees, found
        with open_reader(database) as read:
            assert findings(read, ORGANIZATION) == ()
