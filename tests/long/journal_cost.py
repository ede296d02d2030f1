"""What an entry costs, from some thousand entries to ten million: it has to be the same.

    python -m tests.long.journal_cost --entries 1e7 --state journal-cost.json --directory DIR

Grows one journal and measures at every power of ten: append (64 at once), verify, start to ready,
and reading a page in the middle, with the bytes that reach the block layer for each entry. A small
journal is measured in turns with it, so that the machine's other work meets both; the table shows
the ratio of the two. The journal and what was measured stay in DIR and in the state file: a run
that was broken off goes on from there. 1e6 entries take about 2 GiB.
"""

import argparse
import asyncio
import pathlib
import shutil
import statistics
import sys
import time

import msgspec
from rich.console import Console
from rich.table import Table

from edge_daemon.clock import SystemClock
from edge_daemon.journal import Draft, EdgeIdentity, Journal
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.verify import Mark, Walk
from edge_daemon.records import Position
from edge_daemon.records.payloads import RetailTransaction
from tests.entries import sale

IDENTITY = EdgeIdentity("org-1", "8712345678906", "edge-0041", "till-1")
GROUP = 64
"""Entries in one commit while the journal grows; as a backlog of registers would."""
SAMPLE = 4096
"""Entries that are measured at each size, or as many as there are."""
ROOM_PER_ENTRY = 3000
"""Bytes of disk: an entry has some 1,250, with its index and the log."""
REPEATS = 5
SMALL = 4096
"""Entries of the small journal."""
TURNS = 3


class Row(msgspec.Struct):
    """What was measured at one size; microseconds for each entry, milliseconds for a start.

    The machine's other work only ever adds to a figure: the quickest fifth of the appends counts,
    and the best of five of everything else. Verifying is time of the processor: the pages are in
    memory, and whoever else computes meanwhile is not counted.
    """

    entries: int
    append_us: float
    verify_us: float
    read_us: float
    start_ms: float
    written_bytes: float

    def best(self, other: "Row") -> "Row":
        """The smaller of each figure."""
        figures = {name: min(getattr(self, name), getattr(other, name)) for name in FIGURES}
        return Row(entries=self.entries, **figures)

    def ratios(self, other: "Row") -> list[float]:
        """Each figure against the other's; a disk in memory writes nothing, which is no ratio."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in FIGURES]
        return [mine / its for mine, its in pairs if its]


FIGURES = ("append_us", "verify_us", "read_us", "start_ms", "written_bytes")


class Pair(msgspec.Struct):
    """A journal of some size, and the small one at the same time."""

    row: Row
    small: Row


class Measured(msgspec.Struct):
    """All sizes so far."""

    pairs: list[Pair] = msgspec.field(default_factory=list)


def a_sale() -> Draft:
    """A sale of a common size."""
    payload = msgspec.convert(sale(1002), RetailTransaction)
    return Draft(payload=msgspec.structs.replace(payload, customer_ref="x" * 380))


async def opened(path: pathlib.Path) -> Journal:
    """Open the journal as the daemon does, without its rooms."""
    return await Journal.open(path, identity=IDENTITY, clock=SystemClock())


async def measure(path: pathlib.Path, entries: int) -> Row:
    """Grow the journal to `entries` and measure there."""
    journal = await opened(path)
    rounds = min(SAMPLE, entries) // GROUP
    while journal.head.seq < entries - rounds * GROUP:
        await journal.append(*[a_sale()] * GROUP)
    appends, written = [], written_bytes()
    for _ in range(rounds):
        began = time.perf_counter()
        await journal.append(*[a_sale()] * GROUP)
        appends.append((time.perf_counter() - began) / GROUP)
    written = written_bytes() - written
    reads = [await read(journal, entries) for _ in range(REPEATS)]
    await journal.close()
    return Row(
        entries=entries,
        append_us=statistics.quantiles(appends, n=5)[0] * 1e6,
        verify_us=min(verify_part(path) for _ in range(REPEATS)) * 1e6,
        read_us=min(reads) * 1e6,
        start_ms=min([await start(path) for _ in range(REPEATS)]) * 1e3,
        written_bytes=written / (rounds * GROUP),
    )


async def measure_in_turns(path: pathlib.Path, entries: int, small: pathlib.Path) -> Pair:
    """Measure both, one after the other, and again; the best of each figure counts."""
    pair = Pair(row=await measure(path, entries), small=await measure(small, SMALL))
    for _ in range(TURNS - 1):
        pair.row = pair.row.best(await measure(path, entries))
        remove(small)
        pair.small = pair.small.best(await measure(small, SMALL))
    remove(small)
    return pair


async def read(journal: Journal, entries: int) -> float:
    """Seconds to read one entry of a page in the middle."""
    position = Position(journal.head.epoch, max(entries // 2 - 64, 0))
    began = time.perf_counter()
    page = await journal.read_after(position)
    return (time.perf_counter() - began) / len(page)


def verify_part(path: pathlib.Path) -> float:
    """Seconds to verify one entry, over a sample at the end."""
    connection = connect_reader(path)
    number, seq = connection.execute(
        "SELECT epoch_number, seq FROM entries ORDER BY epoch_number DESC, seq DESC LIMIT 1"
    ).fetchone()
    (epoch,) = connection.execute("SELECT epoch FROM epochs WHERE number = ?", [number]).fetchone()
    first = max(seq - SAMPLE, 1)
    (digest,) = connection.execute(
        "SELECT lower(hex(hash)) FROM entries WHERE epoch_number = ? AND seq = ?", [number, first]
    ).fetchone()
    mark = Mark(epoch=epoch, seq=first, hash=digest, entries=first, edge_id=IDENTITY.edge_id)
    began = time.thread_time()
    walk = Walk(connection, start=mark)
    for _ in walk.pages():
        pass
    took = time.thread_time() - began
    assert walk.report().intact
    connection.close()
    verified: int = walk.total - first
    return took / verified


async def start(path: pathlib.Path) -> float:
    """Seconds until the journal is open, with its tail checked."""
    began = time.perf_counter()
    journal = await opened(path)
    took = time.perf_counter() - began
    await journal.close()
    return took


def remove(path: pathlib.Path) -> None:
    """Remove a journal that was closed."""
    path.unlink()


def written_bytes() -> int:
    """Bytes that this process has sent towards a disk (proc(5), /proc/pid/io)."""
    lines = pathlib.Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def sizes(entries: int) -> list[int]:
    """Powers of ten from ten thousand on."""
    found = [10**power for power in range(4, 10)]
    return [size for size in found if size <= entries]


async def run(entries: int, directory: pathlib.Path, state: pathlib.Path) -> Measured:
    """Measure every size that the state file has not yet."""
    measured = read_state(state)
    path, small = directory / "journal.db", directory / "small.db"
    for size in sizes(entries)[len(measured.pairs) :]:
        if shutil.disk_usage(directory).free < size * ROOM_PER_ENTRY:
            break
        measured.pairs.append(await measure_in_turns(path, size, small))
        write_state(state, measured)
    return measured


def read_state(state: pathlib.Path) -> Measured:
    """What an earlier run has measured."""
    if not state.exists():
        return Measured()
    return msgspec.json.decode(state.read_bytes(), type=Measured)


def write_state(state: pathlib.Path, measured: Measured) -> None:
    """Keep what was measured."""
    state.write_bytes(msgspec.json.encode(measured))


def show(measured: Measured) -> None:
    """Print the table."""
    table = Table(box=None)
    for name in ("entries", "append µs", "verify µs", "read µs", "start ms", "written bytes"):
        table.add_column(name, justify="right")
    for pair in measured.pairs:
        figures = [getattr(pair.row, name) for name in FIGURES]
        cells = zip(figures, pair.row.ratios(pair.small), strict=True)
        words = (f"{figure:,.1f} ({ratio:.2f})" for figure, ratio in cells)
        table.add_row(f"{pair.row.entries:,}", *words)
    Console().print(table)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--entries", type=float, default=1e5)
    parser.add_argument("--directory", type=pathlib.Path, default=pathlib.Path("journal-cost"))
    parser.add_argument("--state", type=pathlib.Path, default=pathlib.Path("journal-cost.json"))
    options = parser.parse_args()
    options.directory.mkdir(exist_ok=True)
    show(asyncio.run(run(int(options.entries), options.directory, options.state)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
