"""What a client sends, held against the OpenAPI document of a running daemon."""

import dataclasses
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema

Json = dict[str, Any]

LEFT_OUT = {
    "GET /v1/journal": "of the office and of auditors; `get` reads it",
    "GET /v1/leases": "a register asks for one device's",
    "POST /v1/terminals/{name}/diagnose": "of a person with a terminal that does not work",
    "POST /v1/terminals/{name}/reprint": "as above",
    "POST /v1/terminals/{name}/trace": "as above",
    "PUT /v1/pairing-codes/{resource_id}": "of an administrator",
    "GET /v1/pairing-codes/{resource_id}": "of an administrator",
    "POST /v1/pairing-codes/{resource_id}/cancel": "of an administrator",
    "GET /v1/pairing-codes/{resource_id}/qr": "of an administrator",
    "GET /v1/tokens": "of an administrator",
    "PUT /v1/logo": "of an administrator",
    "GET /v1/logo": "of an administrator",
    "DELETE /v1/logo": "of an administrator",
    "GET /v1/logs": "of an administrator",
    "PUT /v1/catalogue-imports/{resource_id}/parts/{number}": "of an administrator",
    "GET /v1/sales": "of the status page; a register knows its own; `get` reads it",
    "POST /v1/tokens/{token_id}/revoke": "of an administrator",
    "POST /v1/tickets": "for WebSockets of a browser; the SDKs read server-sent events",
}
"""Routes under `/v1` that no SDK covers, and why."""


@dataclasses.dataclass(frozen=True)
class Sent:
    """One request of a client."""

    method: str
    url: str
    body: str | None = None


def operation_of(document: Json, sent: Sent) -> str:
    """The operation that a request is for, as `PUT /v1/sales/{resource_id}`."""
    path = urlsplit(sent.url).path
    for known, item in document["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(known))
        if re.fullmatch(pattern, path) and sent.method.lower() in item:
            return f"{sent.method} {known}"
    raise AssertionError(f"{sent.method} {path} is not documented")


def check(document: Json, sent: Sent) -> str:
    """Hold a request against its operation: path, verb, query and body. Its name comes out."""
    name = operation_of(document, sent)
    method, path = name.split(" ")
    operation = document["paths"][path][method.lower()]
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    said = {each for each, _ in parse_qsl(urlsplit(sent.url).query)}
    assert said <= known, name
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        jsonschema.validate(
            json.loads(sent.body or "null"), whole, cls=jsonschema.Draft202012Validator
        )
    else:
        assert not sent.body, name
    return name


def registers_routes(document: Json) -> set[str]:
    """Every operation that an SDK has to cover."""
    found = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if path.startswith("/v1/")
    }
    assert set(LEFT_OUT) <= found
    return found - set(LEFT_OUT)
