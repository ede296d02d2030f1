"""`central-office`: receives what the shops' edges relay, and shows what it has."""

import argparse
import asyncio
import contextlib
import pathlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec
from rich.console import Console

from central_office.access_commands import add_access_commands
from central_office.api.books import Bookkeeper, Writer
from central_office.book_commands import (
    add_check,
    add_load,
    add_rebuild,
    check_books,
    load_files,
    rebuild_books,
)
from central_office.errors import OfficeError
from central_office.office import Office
from central_office.publish_command import add_keep, add_publish, keep_file, publish_file
from central_office.report import read_entries, read_report
from central_office.settings import HTTP_PORT, HttpSettings, OfficeSettings, load_settings
from central_office.status_view import print_forks, print_report
from central_office.store import open_store
from central_office.tables import Decision, Verdict
from central_office.verifying import verify
from central_office.view_command import add_view, show_view

DEFAULT_MQTT_PORT = 1883


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        exit_code: int = options.command(options)
    except OfficeError as error:
        sys.stderr.write(f"central-office: {error}\n")
        return 1
    except BrokenPipeError:  # the reader of our output has gone, such as `head`
        sys.stderr.close()
        return 0
    return exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="central-office", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="receive, store and acknowledge until stopped")
    run.set_defaults(command=_run)
    run.add_argument("--broker", metavar="HOST[:PORT]", help="default 127.0.0.1:1883")
    run.add_argument("--organization", help="take in this organization's edges only")
    run.add_argument("--client-id", metavar="NAME", help="at the broker; each worker its own")
    run.add_argument("--share", metavar="GROUP", help="share the edges with its other workers")
    run.add_argument("--http", metavar="HOST:PORT", help="serve back office and REST API there")
    serving = commands.add_parser("serve", help="serve back office and REST API, receive nothing")
    serving.set_defaults(command=_serve_only)
    serving.add_argument("--http", metavar="HOST:PORT", help="default 127.0.0.1:8430")
    telling = commands.add_parser("openapi", help="print the REST API's document, as YAML")
    telling.set_defaults(command=_openapi)
    status = commands.add_parser("status", help="show completeness, lag, totals and alarms")
    status.set_defaults(command=_status)
    status.add_argument("--json", action="store_true", help="one line of JSON")
    entries = commands.add_parser("entries", help="print an edge's stored bytes as JSON Lines")
    entries.set_defaults(command=_entries)
    entries.add_argument("--edge", required=True, metavar="ID")
    entries.add_argument("--epoch", help="this epoch only")
    entries.add_argument("--after", type=int, default=0, metavar="SEQ", help="behind this number")
    verifying = commands.add_parser("verify", help="read every chain; name the first break of each")
    verifying.set_defaults(command=_verify)
    verifying.add_argument("--json", action="store_true", help="one line of JSON")
    books = [
        (add_load(commands), load_files),
        (add_check(commands), check_books),
        (add_rebuild(commands), rebuild_books),
        (add_view(commands), show_view),
        *add_access_commands(commands),
        (add_keep(commands), keep_file),
    ]
    for parsed, act in books:
        parsed.set_defaults(command=_with_settings(act))
    publishing = add_publish(commands)
    publishing.set_defaults(command=_publish)
    forks = _fork_parsers(commands)
    for command in (
        run,
        serving,
        status,
        entries,
        verifying,
        publishing,
        *forks,
        *(one for one, _ in books),
    ):
        command.add_argument("--config", type=pathlib.Path, metavar="FILE", help="a TOML file")
        command.add_argument(
            "--database", metavar="FILE", help="or postgresql://…; default central-office.db"
        )
    return parser


def _fork_parsers(commands: Any) -> list[argparse.ArgumentParser]:  # noqa: ANN401 - argparse's own type is private
    fork = commands.add_parser("fork", help="list branches in quarantine, accept or reject them")
    acts = fork.add_subparsers(required=True, metavar="ACT")
    listing = acts.add_parser("list", help="show what waits and what was decided")
    listing.set_defaults(command=_fork_list)
    listing.add_argument("--json", action="store_true", help="one line of JSON")
    deciding = []
    for name, decision, words in (
        ("accept", Decision.ACCEPTED, "book the branch as it stands"),
        ("reject", Decision.REJECTED, "refuse it; the bytes stay"),
    ):
        act = acts.add_parser(name, help=words)
        act.set_defaults(command=_fork_decide, decision=decision)
        act.add_argument("edge", metavar="EDGE")
        act.add_argument("epoch", metavar="EPOCH")
        act.add_argument("branch", metavar="BRANCH", nargs="?", help="where several wait")
        act.add_argument("--by", required=True, metavar="NAME", help="who decides")
        act.add_argument("--reason", required=True, metavar="TEXT")
        deciding.append(act)
    return [listing, *deciding]


def _settings(options: argparse.Namespace) -> OfficeSettings:
    """The file's settings, with what the command line says instead."""
    settings = load_settings(options.config)
    if options.database:
        settings = msgspec.structs.replace(settings, database=options.database)
    for name in ("organization", "client_id", "share"):
        if getattr(options, name, None):
            settings = msgspec.structs.replace(settings, **{name: getattr(options, name)})
    if getattr(options, "broker", None):
        host, port = _host_and_port(options.broker, DEFAULT_MQTT_PORT, "--broker")
        broker = msgspec.structs.replace(settings.broker, host=host, port=port)
        settings = msgspec.structs.replace(settings, broker=broker)
    if getattr(options, "http", None):
        host, port = _host_and_port(options.http, HTTP_PORT, "--http")
        http = msgspec.structs.replace(settings.http or HttpSettings(), host=host, port=port)
        settings = msgspec.structs.replace(settings, http=http)
    return _checked(settings)


def _host_and_port(text: str, default: int, option: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, default
    if not host or not port.isascii() or not port.isdigit():
        raise OfficeError(
            f"{option} is HOST or HOST:PORT, such as 127.0.0.1:{default}, not {text!r}."
        )
    return host.strip("[]"), int(port)


def _checked(settings: OfficeSettings) -> OfficeSettings:
    try:
        return msgspec.convert(msgspec.to_builtins(settings), OfficeSettings)
    except msgspec.ValidationError as error:
        raise OfficeError(f"An option is out of range: {error}.") from error


def _with_settings(
    act: Callable[[argparse.Namespace, OfficeSettings], int],
) -> Callable[[argparse.Namespace], int]:
    return lambda options: act(options, _settings(options))


def _publish(options: argparse.Namespace) -> int:
    return publish_file(options, _settings(options))


def _run(options: argparse.Namespace) -> int:
    asyncio.run(_serve(_settings(options)))
    return 0


async def _serve(settings: OfficeSettings) -> None:
    """Serve until SIGTERM or SIGINT; say on standard output what changes."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    teller = _Teller(settings)
    office = Office(settings, on_change=lambda: teller.tell(office))
    async with office, _door(settings, office.do, office):
        stopping = asyncio.ensure_future(stopped.wait())
        failing = asyncio.ensure_future(office.wait())
        await asyncio.wait((stopping, failing), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        failing.cancel()
        if failing.done():
            failing.result()


@contextlib.asynccontextmanager
async def _door(
    settings: OfficeSettings, write: Writer, office: Office | None = None
) -> AsyncIterator[None]:
    """Serve where the settings say so, and say where."""
    if settings.http is None:
        yield
        return
    from central_office.api.serving import OfficeServer  # noqa: PLC0415 - no other command needs it

    async with OfficeServer(settings, write) as server:
        if office is not None:
            office.on_booked = server.booked
        sys.stdout.write(f"The back office is at {server.url}/.\n")
        sys.stdout.flush()
        yield


def _serve_only(options: argparse.Namespace) -> int:
    settings = _settings(options)
    http = settings.http or HttpSettings()
    asyncio.run(_serve_books(msgspec.structs.replace(settings, http=http)))
    return 0


def _openapi(_: argparse.Namespace) -> int:
    from central_office.api.documenting import document  # noqa: PLC0415 - no other command needs it

    sys.stdout.buffer.write(msgspec.yaml.encode(document()))
    sys.stdout.buffer.flush()
    return 0


async def _serve_books(settings: OfficeSettings) -> None:
    """Serve the books until SIGTERM or SIGINT; another process receives."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    keeper = Bookkeeper(settings.database, settings.limits)
    async with keeper, _door(settings, keeper.do):
        await stopped.wait()


class _Teller:
    """Says each thing once."""

    def __init__(self, settings: OfficeSettings) -> None:
        self._settings = settings
        self._told = ""

    def tell(self, office: Office) -> None:
        text = self._text(office)
        if text != self._told:
            self._told = text
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def _text(self, office: Office) -> str:
        note = office.note
        if not office.ready.is_set():
            return note or "Connecting."
        return (
            f"Receiving from {self._settings.broker.address} with MQTT {office.link.version} "
            f"into {self._settings.database}. {note}"
        ).rstrip()


def _status(options: argparse.Namespace) -> int:
    report = read_report(_settings(options).database)
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        print_report(report, Console())
    return 0


def _entries(options: argparse.Namespace) -> int:
    database = _settings(options).database
    for data in read_entries(database, options.edge, epoch=options.epoch, after_seq=options.after):
        sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _verify(options: argparse.Namespace) -> int:
    found = verify(_settings(options).database)
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        sys.stdout.write(f"{found.entries} entries in {found.chains} chains are sound.\n")
        for one in found.broken:
            sys.stdout.write(f"{one.edge_id} {one.epoch}: entry {one.seq} {one.problem}.\n")
    return 1 if found.broken else 0


def _fork_list(options: argparse.Namespace) -> int:
    forks = read_report(_settings(options).database).forks
    if options.json:
        sys.stdout.write(msgspec.json.encode(forks).decode() + "\n")
    else:
        print_forks(forks, Console())
    return 0


def _fork_decide(options: argparse.Namespace) -> int:
    settings = _settings(options)
    read_report(settings.database)  # names a missing database instead of making one
    store = open_store(settings.database, settings.limits)
    try:
        verdict = Verdict(options.decision, options.by, options.reason)
        place = (options.edge, options.epoch, options.branch)
        branch = store.decide(place, verdict, time.time_ns() // 1000)
    finally:
        store.close()
    sys.stdout.write(
        f"{len(branch.waiting)} entries of {options.edge} {options.epoch}, branch {branch.name}: "
        f"{options.decision}.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
