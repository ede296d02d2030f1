"""`edge-daemon schema`: the records and the topics as documents, made from the code."""

import argparse

import msgspec

from edge_daemon.cli.asyncapi import asyncapi_document
from edge_daemon.cli.output import print_bytes
from edge_daemon.records.envelope import SCHEMA_VERSION
from edge_daemon.records.schema import schema_document


def show(options: argparse.Namespace) -> int:
    """Write the JSON Schema of the records, or the AsyncAPI document of the topics in YAML."""
    if options.asyncapi:
        document = asyncapi_document(f"{SCHEMA_VERSION}.0.0")
        print_bytes(msgspec.yaml.encode(document).rstrip())
    else:
        print_bytes(msgspec.json.format(msgspec.json.encode(schema_document()), indent=2))
    return 0
