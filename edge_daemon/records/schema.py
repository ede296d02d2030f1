"""The records as one JSON Schema document (draft 2020-12), made from the code that encodes them."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from edge_daemon.records.envelope import ENTRY_LIMIT, SCHEMA_VERSION, JournalEntry
from edge_daemon.records.master_data import (
    CatalogueChunk,
    CatalogueDelta,
    GiftCardsChunk,
    GiftCardsDelta,
    OperatorsChunk,
    OperatorsDelta,
    OrdersChunk,
    OrdersDelta,
    StockChunk,
    StockDelta,
)
from edge_daemon.records.messages import Ack, Config, Manifest, Message, Replay, Resume, Status
from edge_daemon.records.payloads import PAYLOADS, UnknownPayload

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MESSAGES: tuple[type[Message], ...] = (
    Ack,
    CatalogueChunk,
    CatalogueDelta,
    Config,
    GiftCardsChunk,
    GiftCardsDelta,
    Manifest,
    OperatorsChunk,
    OperatorsDelta,
    OrdersChunk,
    OrdersDelta,
    Replay,
    Resume,
    Status,
    StockChunk,
    StockDelta,
)
"""Everything that travels beside the journal."""


def schema_document() -> Json:
    """Describe the entries of every type, and under `$defs` the messages as well.

    An entry is valid if it has the envelope and, for a known `entry_type`, that type's payload.
    """
    return {
        "$schema": DIALECT,
        "title": "A journal entry",
        "description": (
            f"Schema version {SCHEMA_VERSION}. One line of compact JSON, at most {ENTRY_LIMIT}"
            " bytes; its SHA-256 is the next entry's prev_hash. Unknown fields are ignored."
        ),
        "$ref": "#/$defs/JournalEntry",
        "$defs": definitions("#/$defs/{name}"),
    }


def definitions(place: str) -> Json:
    """The schema of the entry, of each payload and of each message, by name.

    Args:
        place: Where a definition is referred to, with `{name}` in it.
    """
    kinds = (JournalEntry, *PAYLOADS.values(), *MESSAGES)
    _, components = msgspec.json.schema_components(kinds, ref_template=place)
    components.pop(UnknownPayload.__name__, None)
    components.pop("Payload", None)
    components["JournalEntry"] = _entry(components["JournalEntry"], place)
    return {name: _described(components[name]) for name in sorted(components)}


def _entry(entry: Json, place: str) -> Json:
    properties = {**entry["properties"], "payload": {"type": "object"}}
    return {
        **entry,
        "properties": properties,
        "required": [*properties],
        "allOf": [
            {
                "if": {"properties": {"entry_type": {"const": name}}},
                "then": {"properties": {"payload": {"$ref": place.format(name=name)}}},
            }
            for name in PAYLOADS
        ],
    }


def _described(component: Json) -> Json:
    """The component, with what its docstring says of each attribute at that property."""
    text, _, attributes = inspect.cleandoc(component.get("description", "")).partition(
        "Attributes:\n"
    )
    described = {**component, "description": text.strip()}
    if not described["description"]:
        del described["description"]
    if "properties" in component:
        words = dict(_attributes(attributes))
        described["properties"] = {
            name: {**kind, "description": words[name]} if name in words else kind
            for name, kind in component["properties"].items()
        }
    return described


def _attributes(section: str) -> Iterator[tuple[str, str]]:
    """Each name of a docstring's `Attributes:` with its words, `a, b: words` for both."""
    for names, words in re.findall(
        r"^    ([\w, ]+):((?: .*)?(?:\n {8}.*)*)", section, re.MULTILINE
    ):
        for name in names.split(", "):
            yield name, " ".join(words.split())
