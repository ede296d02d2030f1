"""`central-office users` and `keys`: the first owner is made here, others in the back office."""

import argparse
import getpass
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from rich.console import Console
from rich.table import Table

from central_office.access.keys import ApiKey, KeyRequest, api_keys, make_key, revoke_key
from central_office.access.passwords import hashed
from central_office.access.people import (
    Person,
    UnknownPersonError,
    people,
    person,
    save_person,
)
from central_office.access.rights import Right, Role
from central_office.access.tables import prepare
from central_office.access.telling import COMMAND, Teller, of_key, of_person, tell_access
from central_office.errors import OfficeError
from central_office.settings import OfficeSettings
from central_office.sql_tables import Session
from central_office.store import open_store

Commands = Any
"""What argparse calls its group of commands; its own type is private."""
Act = Callable[[argparse.Namespace, OfficeSettings], int]
Answer = TypeVar("Answer")


def add_access_commands(commands: Commands) -> Iterator[tuple[argparse.ArgumentParser, Act]]:
    """Add the commands; each parser with what it does."""
    users = commands.add_parser("users", help="people who may see the books").add_subparsers(
        required=True, metavar="ACT"
    )
    adding = users.add_parser("add", help="make somebody, or change role, stores and password")
    adding.add_argument("name")
    adding.add_argument("--organization", required=True)
    adding.add_argument("--role", choices=[role.value for role in Role], required=True)
    adding.add_argument("--store", action="append", metavar="STORE", help="sees it; all without")
    yield adding, _add_user
    listing = users.add_parser("list", help="show everybody")
    listing.add_argument("--json", action="store_true", help="one line of JSON")
    yield listing, _list_users
    disabling = users.add_parser("disable", help="let somebody log in no more")
    disabling.add_argument("name")
    yield disabling, _disable_user
    yield from _add_key_commands(commands)


def _add_key_commands(commands: Commands) -> Iterator[tuple[argparse.ArgumentParser, Act]]:
    keys = commands.add_parser("keys", help="keys by which programs see the books").add_subparsers(
        required=True, metavar="ACT"
    )
    adding = keys.add_parser("add", help="make a key and show it, this once")
    adding.add_argument("name")
    adding.add_argument("--organization", required=True)
    rights = [right.value for right in Right]
    adding.add_argument("--right", choices=rights, action="append", required=True)
    adding.add_argument("--store", action="append", metavar="STORE", help="sees it; all without")
    yield adding, _add_key
    listing = keys.add_parser("list", help="show all keys")
    listing.add_argument("--json", action="store_true", help="one line of JSON")
    yield listing, _list_keys
    revoking = keys.add_parser("revoke", help="let a key open nothing any more")
    revoking.add_argument("key", metavar="ID")
    yield revoking, _revoke_key


def _add_user(options: argparse.Namespace, settings: OfficeSettings) -> int:
    """Make somebody; the password is asked for, or is the first line of standard input."""
    kept = hashed(_password())
    stores = None if options.store is None else tuple(options.store)

    def add(session: Session) -> None:
        try:
            before: Person | None = person(session.all, options.name)
        except UnknownPersonError:
            before = None
        if before is not None and before.organization != options.organization:
            raise OfficeError(f"The name {options.name!r} is taken by another organization.")
        made = Person(
            name=options.name,
            organization=options.organization,
            role=Role(options.role),
            stores=stores,
            created_at=_now_us() if before is None else before.created_at,
        )
        save_person(session, made, kept)
        tell_access(session, made.organization, of_person(made), _teller())

    _do(settings, add)
    sys.stdout.write(f"{options.name} may log in as {options.role}.\n")
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise OfficeError("These were two different passwords.")
    return password


def _list_users(options: argparse.Namespace, settings: OfficeSettings) -> int:
    found = _do(settings, lambda session: people(session.all))
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    table = Table("name", "organization", "role", "stores", "")
    for one in found:
        note = "" if one.disabled_at is None else "disabled"
        table.add_row(one.name, one.organization, one.role, _told(one.stores), note)
    Console().print(table)
    return 0


def _disable_user(options: argparse.Namespace, settings: OfficeSettings) -> int:
    def disable(session: Session) -> None:
        found = person(session.all, options.name)
        gone = msgspec.structs.replace(found, disabled_at=_now_us())
        save_person(session, gone)
        tell_access(session, gone.organization, of_person(gone), _teller())

    _do(settings, disable)
    sys.stdout.write(f"{options.name} logs in no more.\n")
    return 0


def _add_key(options: argparse.Namespace, settings: OfficeSettings) -> int:
    request = KeyRequest(
        name=options.name,
        organization=options.organization,
        rights=tuple(sorted(map(Right, set(options.right)))),
        stores=None if options.store is None else tuple(options.store),
    )

    def make(session: Session) -> tuple[ApiKey, str]:
        teller = _teller()
        made, secret = make_key(session, request, teller.name, teller.now_us)
        tell_access(session, request.organization, of_key(made), teller)
        return made, secret

    made, secret = _do(settings, make)
    sys.stdout.write(f"{secret}\n")
    sys.stderr.write(f"This is the key {made.key_id}. It is not shown again.\n")
    return 0


def _list_keys(options: argparse.Namespace, settings: OfficeSettings) -> int:
    found: list[ApiKey] = _do(settings, lambda session: api_keys(session.all))
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    table = Table("id", "name", "organization", "rights", "stores", "made by", "")
    for one in found:
        note = "" if one.revoked_at is None else "revoked"
        row = (one.key_id, one.name, one.organization, " ".join(one.rights), _told(one.stores))
        table.add_row(*row, one.created_by, note)
    Console().print(table)
    return 0


def _revoke_key(options: argparse.Namespace, settings: OfficeSettings) -> int:
    def revoke(session: Session) -> None:
        gone = revoke_key(session, options.key, _now_us())
        tell_access(session, gone.organization, of_key(gone), _teller())

    _do(settings, revoke)
    sys.stdout.write(f"The key {options.key} opens nothing any more.\n")
    return 0


def _do(settings: OfficeSettings, act: Callable[[Session], Answer]) -> Answer:
    """Do something in one transaction, beside an office that may be running."""
    store = open_store(settings.database, settings.limits)
    try:
        store.do(prepare)
        return store.do(act)
    finally:
        store.close()


def _teller() -> Teller:
    """Who gives the command, by the machine's name for them."""
    name = getpass.getuser()
    return Teller(name, name, COMMAND, "", _now_us())


def _told(stores: tuple[str, ...] | None) -> str:
    return "all" if stores is None else " ".join(stores)


def _now_us() -> int:
    return time.time_ns() // 1000
