"""The topics between an edge and the central office as an AsyncAPI 3 document.

Addresses come from `edge_daemon.mqtt`, messages from `edge_daemon.records`; here stands only what
no code says: who sends, whether the broker keeps it, and what it is for. Seen from the edge.

Source: AsyncAPI Specification 3.0.0; MQTT bindings 0.2.0.
"""

from typing import Any, NamedTuple

from edge_daemon.mqtt.topics import OFFICE, EdgeTopics
from edge_daemon.records.schema import MESSAGES, definitions

Json = dict[str, Any]

_EDGE = EdgeTopics("{organization}", "{store}", "{edge}")
_OFFICE = EdgeTopics("{organization}", "{store}", OFFICE)
_LEVELS = {
    "organization": "The business.",
    "store": "The shop; its GLN where it has one.",
    "edge": f"The box; unique everywhere, and never `{OFFICE}`.",
    "number": "Of the chunk, from 0.",
}
AT_LEAST_ONCE = 1
"""The quality of service of every message."""
_JOURNAL = "JournalLines"
_JOURNAL_WORDS = """\
The stored bytes of 1 to 64 entries with consecutive `seq`, joined by one line feed. Each line is
an entry (`JournalEntry`); its SHA-256 is the `prev_hash` of the next. Where a message begins and
ends has no meaning, and the same entries may come again."""


class _Channel(NamedTuple):
    name: str
    address: str
    message: str
    words: str
    action: str
    retained: bool


def asyncapi_document(version: str) -> Json:
    """Describe every topic and what travels on it.

    Args:
        version: Of the daemon whose topics these are.
    """
    channels = _channels()
    messages = {name: _message(name) for name in sorted(kind.__name__ for kind in MESSAGES)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Edge and central office",
            "version": version,
            "description": (
                "How a shop's box and the central office speak over MQTT 5 or 3.1.1. Only `Ack`"
                " proves delivery: the broker's PUBACK does not."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {channel.name: _described(channel) for channel in channels},
        "operations": {_verb(channel): _operation(channel) for channel in channels},
        "components": {
            "messages": {_JOURNAL: _journal_lines(), **messages},
            "schemas": definitions("#/components/schemas/{name}"),
        },
    }


def _channels() -> list[_Channel]:
    lines, set_up = "Entries, in order.", "What the office may set."
    head = (
        "The last will; at each connect the journal's head, the devices, and what is in force and"
        " what was rejected of the office's sets; again when one of these changes."
    )
    blank = "For a blank card in a dead Pi."
    again, done = "Asks for a range again.", "Sent after the office's own commit."
    edge = [
        _Channel("journal", _EDGE.journal, _JOURNAL, lines, "send", retained=False),
        _Channel("status", _EDGE.status, "Status", head, "send", retained=True),
        _Channel("ack", _EDGE.ack, "Ack", done, "receive", retained=True),
        _Channel("replay", _EDGE.replay, "Replay", again, "receive", retained=False),
        _Channel("resume", _EDGE.resume, "Resume", blank, "receive", retained=True),
        _Channel("config", _OFFICE.topic("config"), "Config", set_up, "receive", retained=True),
    ]
    return edge + [
        channel
        for name in ("catalogue", "stock", "gift-cards", "operators", "orders")
        for channel in _set(name)
    ]


def _set(name: str) -> list[_Channel]:
    """The topics of one set of lists."""
    kind, place = name.title().replace("-", ""), _OFFICE.topic(name)
    whole = "Published after its chunks; the edge subscribes to those that it counts."
    hole = "An edge that misses a version publishes its `Status`, which names what it holds."
    manifest, chunk, delta = (
        f"{kind[0].lower()}{kind[1:]}{part}" for part in ("Manifest", "Chunk", "Delta")
    )
    return [
        _Channel(manifest, f"{place}/manifest", "Manifest", whole, "receive", retained=True),
        _Channel(
            chunk,
            f"{place}/chunk/{{number}}",
            f"{kind}Chunk",
            "At most 256 KiB.",
            "receive",
            retained=True,
        ),
        _Channel(delta, f"{place}/delta", f"{kind}Delta", hole, "receive", retained=False),
    ]


def _described(channel: _Channel) -> Json:
    return {
        "address": channel.address,
        "description": channel.words,
        "messages": {channel.message: {"$ref": f"#/components/messages/{channel.message}"}},
        "parameters": {
            name: {"description": words}
            for name, words in _LEVELS.items()
            if f"{{{name}}}" in channel.address
        },
    }


def _verb(channel: _Channel) -> str:
    return channel.action + channel.name[0].upper() + channel.name[1:]


def _operation(channel: _Channel) -> Json:
    return {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.message}"}],
        "bindings": {"mqtt": {"qos": AT_LEAST_ONCE, "retain": channel.retained}},
    }


def _message(name: str) -> Json:
    return {"name": name, "payload": {"$ref": f"#/components/schemas/{name}"}}


def _journal_lines() -> Json:
    return {
        "name": _JOURNAL,
        "contentType": "application/x-ndjson",
        "description": _JOURNAL_WORDS,
        "payload": {"type": "string"},
        "x-line": {"$ref": "#/components/schemas/JournalEntry"},
    }
