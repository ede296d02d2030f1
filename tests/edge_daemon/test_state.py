import asyncio
import contextlib
import hashlib
import pathlib
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import pytest

from edge_daemon.errors import JournalError, JournalFullError
from edge_daemon.state import StateStore

RECEIPT = b"\x1b@Thank you\n\x1dV\x00"

WRITE_AND_DIE = """
import asyncio, os, pathlib, signal, sys
from edge_daemon.state import StateStore

async def main():
    store = await StateStore.open(pathlib.Path(sys.argv[1]))
    for number in range(3):
        await store.put_content(b"receipt %d" % number, "application/octet-stream")
    await store.put_value("version", b"3")
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_content_is_found_under_its_sha_256(tmp_path: pathlib.Path) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    digest = await store.put_content(RECEIPT, "application/vnd.escpos")
    assert digest == hashlib.sha256(RECEIPT).hexdigest()
    assert await store.get_content(digest) == RECEIPT
    assert await store.get_content("00" * 32) is None
    await store.close()


async def test_the_same_content_twice_is_one_row(tmp_path: pathlib.Path) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    digests = [await store.put_content(RECEIPT, "application/vnd.escpos") for _ in range(2)]
    assert digests[0] == digests[1]
    count = await store.run(
        lambda connection: connection.execute("SELECT count(*) FROM contents").fetchone()[0]
    )
    assert count == 1
    await store.close()


async def test_a_value_is_replaced_and_forgotten(tmp_path: pathlib.Path) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    assert await store.get_value("catalogue") is None
    await store.put_value("catalogue", b"1")
    await store.put_value("catalogue", b"2")
    assert await store.get_value("catalogue") == b"2"
    await store.delete_value("catalogue")
    assert await store.get_value("catalogue") is None
    await store.close()


def test_what_was_put_survives_kill_9(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "state.db"
    done = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, path], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL

    async def read() -> list[bytes | None]:
        store = await StateStore.open(path)
        found = [
            await store.get_content(hashlib.sha256(b"receipt %d" % number).hexdigest())
            for number in range(3)
        ]
        found.append(await store.get_value("version"))
        await store.close()
        return found

    assert asyncio.run(read()) == [b"receipt 0", b"receipt 1", b"receipt 2", b"3"]


async def test_damaged_content_is_not_handed_out_and_is_healed_by_putting_it_again(
    tmp_path: pathlib.Path,
) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    digest = await store.put_content(RECEIPT, "application/vnd.escpos")
    await store.run(lambda connection: connection.execute("UPDATE contents SET data = x'00'"))
    assert await store.get_content(digest) is None
    await store.put_content(RECEIPT, "application/vnd.escpos")
    assert await store.get_content(digest) == RECEIPT
    await store.close()


async def test_what_raises_in_a_transaction_leaves_nothing_behind(tmp_path: pathlib.Path) -> None:
    def write_and_fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO named_values VALUES ('half', x'01')")
        raise LookupError("no")

    store = await StateStore.open(tmp_path / "state.db")
    with pytest.raises(LookupError):
        await store.run(write_and_fail)
    assert await store.get_value("half") is None
    await store.close()


@contextlib.contextmanager
def _file_size_limit(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


async def test_a_database_at_its_limit_is_full_and_not_broken(tmp_path: pathlib.Path) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    await store.put_value("small", b"1")
    await store.run(lambda connection: connection.execute("PRAGMA max_page_count = 8"))
    with pytest.raises(JournalFullError):
        await store.put_content(bytes(100_000), "application/octet-stream")
    assert await store.get_value("small") == b"1"
    await store.put_value("small", b"2")
    assert await store.get_value("small") == b"2"
    await store.close()


async def test_a_disk_that_refuses_to_write_is_an_error_that_ends_the_process(
    tmp_path: pathlib.Path,
) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    with _file_size_limit(8192), pytest.raises(JournalError):
        await store.put_content(bytes(1_000_000), "application/octet-stream")
    await store.close()


async def test_a_file_that_is_no_database_is_refused_with_its_path(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"this is a text" * 1000)
    with pytest.raises(JournalError, match=r"state\.db cannot be opened"):
        await StateStore.open(path)


async def test_tables_are_strict(tmp_path: pathlib.Path) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    with pytest.raises(sqlite3.IntegrityError):
        await store.run(
            lambda connection: connection.execute("INSERT INTO named_values VALUES ('a', 'text')")
        )
    await store.close()
