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

import psycopg

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=pathlib.Path())
"""Debian keeps them out of PATH, one folder for each version (15 in Debian 12)."""
PATIENCE_SECONDS = 60
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
    """Run a server, which ends with us even where we are killed.

    It refuses to be root, so root runs it as `nobody`.
    """
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postgresql-"))
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
