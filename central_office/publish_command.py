"""`central-office keep` and `publish`: lists for the stores' edges, from a file."""

import argparse
import asyncio
import pathlib
import sys
import time
from typing import Any

import msgspec

from central_office.errors import OfficeError
from central_office.master_lists import CONFIG, EVERY_STORE, FROM_ENTRIES, ListKey
from central_office.publishing import (
    LISTS,
    Lists,
    Publication,
    configuration,
    publication,
    publish,
)
from central_office.settings import OfficeSettings
from central_office.store import open_store
from edge_daemon.mqtt import EdgeTopics

ANY_EDGE = "every-edge"
"""Stands for the edge where only the store counts."""


def add_publish(commands: Any) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse's own type is private
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "publish", help="send a set, such as the catalogue, or configuration to a store's edges"
    )
    parser.add_argument("what", choices=[*LISTS, CONFIG])
    parser.add_argument("file", type=pathlib.Path, metavar="FILE", help="JSON: the lists")
    parser.add_argument("--organization", required=True)
    parser.add_argument("--store", required=True)
    parser.add_argument(
        "--version", type=int, help="higher than the last; the present time where absent"
    )
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="default 127.0.0.1:1883")
    parser.set_defaults(client_id=None)
    return parser


def add_keep(commands: Any) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse's own type is private
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "keep", help="keep a list for the stores; the running office sends it to every box"
    )
    kept = [name for name in LISTS if name not in FROM_ENTRIES]
    parser.add_argument("what", choices=[*kept, CONFIG])
    parser.add_argument("file", type=pathlib.Path, metavar="FILE", help="JSON: the lists")
    parser.add_argument("--organization", required=True)
    parser.add_argument("--store", help="for this store only; all that have no list of their own")
    parser.set_defaults(client_id=None)
    return parser


def keep_file(options: argparse.Namespace, settings: OfficeSettings) -> int:
    """Keep a list in the office's database.

    Raises:
        OfficeError: The file is no such list, or the database cannot be used.
    """
    lists = _decoded(options.what, options.file)
    key = ListKey(options.organization, options.store or EVERY_STORE, options.what)
    try:
        EdgeTopics.of(options.organization, options.store or ANY_EDGE, ANY_EDGE)
    except ValueError as error:
        raise OfficeError(str(error)) from error
    store = open_store(settings.database, settings.limits)
    try:
        version = store.keep(key, lists, _now_ms())
    finally:
        store.close()
    sys.stdout.write(f"Kept {options.what} {version}.\n")
    return 0


def publish_file(options: argparse.Namespace, settings: OfficeSettings) -> int:
    """Publish, and say what; the edges' answer stands in `central-office status`.

    Raises:
        OfficeError: The file is no such set, or the broker is not there.
    """
    version = options.version or _now_ms()
    try:
        topics = EdgeTopics.of(options.organization, options.store, ANY_EDGE)
    except ValueError as error:
        raise OfficeError(str(error)) from error
    what = _read(options.what, options.file, version)
    client_id = f"{settings.client_id}-publisher"
    asyncio.run(publish(settings.broker, topics, what, client_id=client_id))
    sys.stdout.write(f"Published {options.what} {version}.\n")
    return 0


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _read(what: str, path: pathlib.Path, version: int) -> Publication:
    lists = _decoded(what, path)
    if isinstance(lists, dict):
        return configuration(lists, version)
    return publication(what, lists, version)


def _decoded(what: str, path: pathlib.Path) -> Lists | dict[str, Any]:
    try:
        data = path.read_bytes()
        if what == CONFIG:
            return msgspec.json.decode(data, type=dict[str, Any])
        return msgspec.json.decode(data, type=LISTS[what])
    except OSError as error:
        raise OfficeError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise OfficeError(f"{path} is no {what}: {error}.") from error
