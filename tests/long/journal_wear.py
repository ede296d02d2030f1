"""What an entry costs an SD card's life: syncs and bytes for each, counted by the kernel.

    python -m tests.long.journal_wear

A card's flash wears with what is written, and each sync may write whole pages. Counted with
strace and /proc/self/io, so the figures hold for any disk.
"""

import argparse
import asyncio
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import msgspec
from rich.console import Console
from rich.table import Table

from tests.long.journal_cost import a_sale, opened, written_bytes

ENTRIES = 1000
CALLERS = (1, 8, 64)
"""Appending at the same time, each one entry after another."""


class Wear(msgspec.Struct):
    """Of one entry, on average.

    Attributes:
        payload_bytes: Its own bytes.
        written_bytes: What was sent towards the disk, the log and its folding included.
    """

    callers: int
    syncs: float
    payload_bytes: float
    written_bytes: float


async def append(path: pathlib.Path, callers: int) -> tuple[int, int]:
    """Append `ENTRIES` entries; return their own bytes, and those written."""
    journal = await opened(path)
    before = written_bytes()

    async def call() -> None:
        for _ in range(ENTRIES // callers):
            await journal.append(a_sale())

    await asyncio.gather(*(call() for _ in range(callers)))
    size = await journal.query(
        lambda connection: connection.execute("SELECT sum(length(data)) FROM entries").fetchone()[0]
    )
    await journal.close()
    return size, written_bytes() - before


def measure(callers: int) -> Wear:
    """Run the appends in a process of their own, under strace."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        command = [
            sys.executable,
            "-m",
            "tests.long.journal_wear",
            "--worker",
            str(directory / "journal.db"),
        ]
        counted = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync"]
        done = subprocess.run(
            [*counted, "-o", str(directory / "calls"), *command, "--callers", str(callers)],
            check=True,
            capture_output=True,
        )
        size, written = msgspec.json.decode(done.stdout, type=tuple[int, int])
        calls = (directory / "calls").read_text(encoding="utf-8")
    syncs = len(re.findall(r"\bf(?:data)?sync\(", calls))
    return Wear(
        callers=callers,
        syncs=syncs / ENTRIES,
        payload_bytes=size / ENTRIES,
        written_bytes=written / ENTRIES,
    )


def show(rows: list[Wear]) -> None:
    """Print the table."""
    table = Table(box=None)
    for name in ("callers", "syncs", "payload bytes", "written bytes", "times payload"):
        table.add_column(name, justify="right")
    for row in rows:
        ratio = row.written_bytes / row.payload_bytes
        figures = (f"{row.syncs:.2f}", f"{row.payload_bytes:,.0f}", f"{row.written_bytes:,.0f}")
        table.add_row(str(row.callers), *figures, f"{ratio:.1f}")
    Console().print(table)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--worker", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--callers", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker is not None:
        found = asyncio.run(append(options.worker, options.callers))
        sys.stdout.buffer.write(msgspec.json.encode(found))
        return 0
    if shutil.which("strace") is None:
        print("strace is not installed.", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    show([measure(callers) for callers in CALLERS])
    return 0


if __name__ == "__main__":
    sys.exit(main())
