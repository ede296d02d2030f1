import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest

from edge_daemon.cli.asyncapi import asyncapi_document
from edge_daemon.mqtt.topics import EdgeTopics
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import PAYLOADS
from edge_daemon.records.schema import MESSAGES, schema_document
from tests.edge_daemon.test_records import LINES
from tests.entries import entry, sale

DOCS = pathlib.Path(__file__).parents[2] / "docs"
COMMAND = str(pathlib.Path(sys.executable).with_name("edge-daemon"))
DOCUMENT = schema_document()
VALIDATOR = jsonschema.Draft202012Validator(DOCUMENT)


def errors(value: object) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(value)]


def changed(line: bytes, **payload: object) -> Any:
    value = json.loads(line)
    value["payload"].update(payload)
    return value


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolve(document: Any, reference: str) -> Any:
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document


@pytest.mark.parametrize(
    ("name", "options"), [("journal.schema.json", []), ("asyncapi.yaml", ["--asyncapi"])]
)
def test_the_committed_documents_are_what_the_code_says(name: str, options: list[str]) -> None:
    told = subprocess.check_output([COMMAND, "schema", *options])
    assert told == (DOCS / name).read_bytes(), f"write it anew: edge-daemon schema > docs/{name}"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(DOCUMENT)
    for reference in references(DOCUMENT):
        resolve(DOCUMENT, reference)


@pytest.mark.parametrize("line", LINES)
def test_the_described_entries_are_valid(line: bytes) -> None:
    assert errors(json.loads(line)) == []


def test_a_sale_is_valid() -> None:
    line = entry(2, "0" * 64, sale(1002), entry_type="RetailTransaction")
    assert errors(json.loads(line)) == []


def test_a_payload_is_held_to_its_own_type() -> None:
    told = errors(changed(LINES[2], event="Sideways", open_ms="long"))
    assert any("Sideways" in message for message in told)
    assert any("long" in message for message in told)
    assert errors(changed(LINES[1]) | {"payload": {"verb": "sale"}})


def test_an_entry_without_its_hash_link_is_not_valid() -> None:
    line = json.loads(LINES[0])
    del line["prev_hash"]
    assert errors(line) == ["'prev_hash' is a required property"]


def test_a_type_of_a_later_version_is_valid_with_any_payload() -> None:
    line = changed(LINES[0]) | {"entry_type": "MoonEvent", "payload": {"phase": "full"}}
    assert errors(line) == []
    assert decode_entry(json.dumps(line).encode()).entry_type == "MoonEvent"


def test_every_type_of_entry_is_in_the_schema() -> None:
    rules = DOCUMENT["$defs"]["JournalEntry"]["allOf"]
    assert {rule["if"]["properties"]["entry_type"]["const"] for rule in rules} == set(PAYLOADS)
    assert len(PAYLOADS) == 21


def test_every_word_of_a_docstring_stands_at_its_property() -> None:
    properties = DOCUMENT["$defs"]["PeriodFigures"]["properties"]
    assert properties["returns"]["description"] == "Its amount is positive."
    assert properties["report_time"]["description"].startswith("Local, ")
    assert "Attributes" not in json.dumps(DOCUMENT)


# --- topics ---------------------------------------------------------------------------------


def test_asyncapi_leads_nowhere_in_vain() -> None:
    document = msgspec.yaml.decode((DOCS / "asyncapi.yaml").read_bytes())
    assert document["asyncapi"] == "3.0.0"
    for reference in references(document):
        resolve(document, reference)
    for operation in document["operations"].values():
        channel = resolve(document, operation["channel"]["$ref"])
        (reference,) = operation["messages"]
        assert reference["$ref"].rpartition("/")[2] in channel["messages"]


def test_every_message_travels_on_a_topic() -> None:
    document = asyncapi_document("1.0.0")
    carried = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert carried == {kind.__name__ for kind in MESSAGES} | {"JournalLines"}


def test_an_address_with_its_parameters_is_the_topic_that_is_used() -> None:
    document = asyncapi_document("1.0.0")
    names = {"organization": "org-1", "store": "8712345678906", "edge": "edge-0041"}
    topics = EdgeTopics.of(**names)
    for kind in ("journal", "status", "ack", "replay", "resume"):
        channel = document["channels"][kind]
        assert set(channel["parameters"]) == set(names)
        assert channel["address"].format(**names) == getattr(topics, kind)


def test_what_is_retained_is_said() -> None:
    operations = asyncapi_document("1.0.0")["operations"]
    retained = {name for name, each in operations.items() if each["bindings"]["mqtt"]["retain"]}
    assert {"sendStatus", "receiveAck", "receiveResume", "receiveConfig"} <= retained
    assert {"sendJournal", "receiveReplay", "receiveStockDelta"}.isdisjoint(retained)


# --- encoding -------------------------------------------------------------------------------


def sample(kind: Any, definitions: dict[str, Any]) -> Any:
    """A value that fits a schema: what is required, and no more."""
    if "$ref" in kind:
        return sample(resolve({"$defs": definitions}, kind["$ref"]), definitions)
    if "enum" in kind:
        return kind["enum"][0]
    if "anyOf" in kind:
        return sample(kind["anyOf"][0], definitions)
    if kind["type"] == "object":
        needed = {name: kind["properties"][name] for name in kind.get("required", ())}
        return {name: sample(inner, definitions) for name, inner in needed.items()}
    text = "0" * 64 if "pattern" in kind else "x" * kind.get("minLength", 1)
    return {"integer": 1, "string": text, "boolean": False, "array": []}[kind["type"]]


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_what_fits_the_schema_is_read_as_its_type_and_written_again(name: str) -> None:
    definitions = DOCUMENT["$defs"]
    properties = definitions[name]["properties"]
    whole = {field: sample(inner, definitions) for field, inner in properties.items()}
    kind = PAYLOADS[name]
    for value in (sample(definitions[name], definitions), whole):
        payload = msgspec.convert(value, kind)
        assert msgspec.json.decode(msgspec.json.encode(payload)) == value


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_every_message_fits_its_schema(kind: type[Any]) -> None:
    definitions = DOCUMENT["$defs"]
    value = sample(definitions[kind.__name__], definitions)
    msgspec.convert(value, kind)
    schema = {"$ref": f"#/$defs/{kind.__name__}", "$defs": definitions}
    jsonschema.Draft202012Validator(schema).validate(value)
