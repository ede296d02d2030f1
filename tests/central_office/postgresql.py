"""A PostgreSQL of the tests' own: Debian's programs, a temporary folder, no TCP port."""

import contextlib
import itertools
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import psycopg

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=pathlib.Path())
"""Debian keeps them out of PATH, one folder for each version (15 in Debian 12)."""
_numbers = itertools.count()


class Server:
    """A running server; each database that it makes is empty, a schema of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._address = f"postgresql://tests@/postgres?host={folder}"

    def new_database(self) -> str:
        """Make a database and return its address."""
        name = f"office_{next(_numbers)}"
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self._address}&options=-csearch_path%3D{name}"


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """Run a server. It refuses to be root, so root runs it as `nobody`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postgresql-"))
    prefix: list[str] = []
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        prefix = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"]
        prefix.append("--clear-groups")
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*prefix, str(PROGRAMS / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "--no-sync", "--username=tests", "--auth=trust", "--encoding=UTF8")
        options = f"-k {folder} -c listen_addresses= -c max_connections=30"
        run("pg_ctl", "--wait", "--log", str(folder / "log"), "-o", options, "start")
        try:
            yield Server(folder)
        finally:
            run("pg_ctl", "--wait", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)
