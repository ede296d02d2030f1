"""A PostgreSQL of the tests' own: Debian's programs, a temporary folder, no TCP port."""

import contextlib
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any

import psycopg

from central_office.ingest import Limits
from central_office.projections import VERSION
from central_office.store import open_store

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=pathlib.Path())
"""Debian keeps them out of PATH, one folder for each version (15 in Debian 12)."""
PATIENCE_SECONDS = 60
_numbers = itertools.count()
MEMORY = pathlib.Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
MEMORY_BYTES = 2**30
"""Free there, so that a server may live in it; a container often has 64 MiB."""
_EMPTY = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', name);
    END LOOP;
END $$
"""
"""Half the time of TRUNCATE, which makes new files for a hundred tables and indexes."""
_SHAPE = """
SELECT md5(string_agg(concat_ws(' ', relname, attname, atttypid, attnotnull), ',' ORDER BY relname,
    attnum)) FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
    WHERE relnamespace = current_schema()::regnamespace
"""


class Server:
    """A running server; each database that it makes is empty, a schema of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._address = f"postgresql://tests@/postgres?host={folder}"
        self._emptied: list[str] = []
        self._shape: tuple[Any, ...] | None = None

    def new_database(self) -> str:
        """Make a database and return its address."""
        name = f"office_{next(_numbers)}"
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self._address}&options=-csearch_path%3D{name}"

    def empty_database(self) -> str:
        """One whose tables are made and hold nothing: a used one, if there is any."""
        if self._emptied:
            return self._emptied.pop()
        address = self.new_database()
        open_store(address, Limits()).close()
        if self._shape is None:
            with psycopg.connect(address) as connection:
                self._shape = connection.execute(_SHAPE).fetchone()
        return address

    def take_back(self, address: str) -> None:
        """Empty a database for the next; one with other tables than a new one is let be."""
        with psycopg.connect(address) as connection:
            connection.execute("SET lock_timeout = '10s'")
            connection.execute(_EMPTY)
            connection.execute("INSERT INTO folded (version) VALUES (%s)", (VERSION,))
            shape = connection.execute(_SHAPE).fetchone()
        if shape == self._shape:
            self._emptied.append(address)


@contextlib.contextmanager
def postgresql(*, in_memory: bool = False) -> Iterator[Server]:
    """Run a server, which ends with us even where we are killed.

    It refuses to be root, so root runs it as `nobody`.

    Args:
        in_memory: Its files need no disk, where the memory has room for them.
    """
    has_room = in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postgresql-", dir=MEMORY if has_room else None))
    prefix = ["setpriv", "--pdeathsig=QUIT"]
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        prefix += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]

    def command(program: str, *arguments: str) -> list[str]:
        return [*prefix, str(PROGRAMS / program), "-D", str(folder / "data"), *arguments]

    try:
        make = command("initdb", "--no-sync", "--username=tests", "--auth=trust", "--encoding=UTF8")
        subprocess.run(make, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        options = ("-k", str(folder), "-c", "listen_addresses=", "-c", "max_connections=30")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command("postgres", *options), cwd=folder, stderr=log)
        try:
            _wait_until_ready(folder, server)
            yield Server(folder)
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nobody needs the files
            server.wait(PATIENCE_SECONDS)
    finally:
        shutil.rmtree(folder)


def _wait_until_ready(folder: pathlib.Path, server: "subprocess.Popen[bytes]") -> None:
    """pg_isready(1) looks once, `timeout` and the loop around it go on looking."""
    look = f"until {PROGRAMS / 'pg_isready'} --quiet --host={folder}; do sleep 0.1; done"
    subprocess.run(["timeout", str(PATIENCE_SECONDS), "sh", "-c", look], check=False)
    if server.poll() is not None:
        raise RuntimeError((folder / "log").read_text())
