"""`central-office publish`: to every edge of a store, from a file."""

import argparse
import asyncio
import pathlib
import sys
import time
from typing import Any

import msgspec

from central_office.errors import OfficeError
from central_office.publishing import LISTS, Publication, configuration, publication, publish
from central_office.settings import OfficeSettings
from edge_daemon.mqtt import EdgeTopics

CONFIG = "config"
ANY_EDGE = "every-edge"
"""Stands for the edge where only the store counts."""


def add_publish(commands: Any) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse's own type is private
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "publish", help="send catalogue, stock, operators or configuration to a store's edges"
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


def publish_file(options: argparse.Namespace, settings: OfficeSettings) -> int:
    """Publish, and say what; the edges' answer stands in `central-office status`.

    Raises:
        OfficeError: The file is no such set, or the broker is not there.
    """
    version = options.version or time.time_ns() // 1_000_000
    try:
        topics = EdgeTopics.of(options.organization, options.store, ANY_EDGE)
    except ValueError as error:
        raise OfficeError(str(error)) from error
    what = _read(options.what, options.file, version)
    client_id = f"{settings.client_id}-publisher"
    asyncio.run(publish(settings.broker, topics, what, client_id=client_id))
    sys.stdout.write(f"Published {options.what} {version}.\n")
    return 0


def _read(what: str, path: pathlib.Path, version: int) -> Publication:
    try:
        data = path.read_bytes()
        if what == CONFIG:
            return configuration(msgspec.json.decode(data, type=dict[str, Any]), version)
        return publication(what, msgspec.json.decode(data, type=LISTS[what]), version)
    except OSError as error:
        raise OfficeError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise OfficeError(f"{path} is no {what}: {error}.") from error
