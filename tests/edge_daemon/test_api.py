import asyncio
import contextlib
import hashlib
import json
import pathlib
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import httpx
import pytest

from edge_daemon.app import Daemon, opened
from edge_daemon.config import load_configuration
from edge_daemon.records import decode_entry, new_ulid
from tests.edge_daemon.serving import TOKEN, client

CONFIGURATION = """
[edge]
id = "edge-0041"
organization = "org-1"
store = "8712345678906"
state_directory = "{directory}"

[api]
port = 0
token = "{token}"

[shop]
name = "De Hoekwinkel"
cash_rounding = 5

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[workstation]]
name = "till-1"
pos_printer = "printer"
cash_drawer = "drawer"
payment_terminal = "terminal"

[[workstation]]
name = "bare"

[[pos_printer]]
name = "printer"
driver = "escpos"
host = "127.0.0.1"
port = 9

[[cash_drawer]]
name = "drawer"
driver = "printer_port"
printer = "printer"

[[payment_terminal]]
name = "terminal"
driver = "zvt"
host = "127.0.0.1"
port = 9
"""
"""A counter whose devices are all switched off: nothing listens on the discard port."""

JSON = {"Content-Type": "application/json"}

DOCUMENT = [
    {"type": "text", "text": "x", "alignment": "left", "bold": True, "width": 1},
    {"type": "barcode", "data": "8710400145981", "height": 64},
    {"type": "qr_code", "data": "x", "module_size": 4},
    {"type": "feed", "lines": 1},
    {"type": "cut", "partial": False},
]
"""A print with each element that there is."""

_numbers = iter(range(1, 1_000_000))


def ulid() -> str:
    return new_ulid(1_795_248_000_000_000 + next(_numbers))


def line(**changes: Any) -> dict[str, Any]:
    whole = {
        "description": "Afwasborstel",
        "quantity_milli": 1000,
        "unit_price": 500,
        "tax_code": "high",
        "gtin": "8710400145981",
        "item_id": "brush",
        "uom": "EA",
        "merchandise_hierarchy": "household",
        "entry_method": "Scanned",
        "scan_data": "8710400145981",
    }
    return {**whole, **changes}


def sale(**changes: Any) -> dict[str, Any]:
    """A sale with every field that there is."""
    whole = {
        "workstation": "till-1",
        "operator_id": "op-17",
        "lines": [line()],
        "tenders": [
            {
                "type": "card",
                "amount": 100,
                "standalone": True,
                "slip_number": "7",
                "tender_id": ulid(),
            },
            {"type": "cash", "amount": 400, "tender_id": ulid()},
        ],
        "total": 500,
        "training": False,
        "begin_at": 1_795_248_000_000_000,
        "customer_ref": "customer-1",
        "print_receipt": True,
    }
    return {**whole, **changes}


@pytest.fixture
async def daemon(tmp_path: pathlib.Path) -> AsyncIterator[Daemon]:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(CONFIGURATION.format(directory=tmp_path / "state", token=TOKEN))
    async with opened(load_configuration(path)) as daemon:
        running = asyncio.ensure_future(daemon.run())
        await daemon.server.ready.wait()
        yield daemon
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def register(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    async with client(daemon.addresses[0][1]) as register:
        yield register


async def written(daemon: Daemon) -> list[str]:
    """The types of the entries so far, but for devices that turn out to be switched off."""
    stored = await daemon.journal.read_after(None, limit=10_000, max_bytes=1 << 30)
    kinds = [decode_entry(each.data).entry_type for each in stored]
    return [kind for kind in kinds if kind != "DeviceEvent"]


def refusal(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["error"]
    return found


# --- each field of a sale wrong in turn -----------------------------------------------------

WRONG: list[Any] = [None, True, "x", 5.5, -1, 10**30, [], {}, ["x"], {"x": 1}]
NOT_REQUIRED = {
    *("gtin", "item_id", "scan_data", "total", "begin_at", "customer_ref"),
    *("slip_number", "tender_id", "amount"),
    *("description", "unit_price", "tax_code", "uom", "merchandise_hierarchy"),
}
"""Fields of a sale that may be null."""


def places(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Every place in a JSON value, with its path."""
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, f"{path}[{index}]")


def replaced(value: Any, path: str, other: Any, here: str = "$") -> Any:
    """The JSON value with `other` at `path`."""
    if here == path:
        return other
    if isinstance(value, dict):
        return {name: replaced(v, path, other, f"{here}.{name}") for name, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, path, other, f"{here}[{i}]") for i, v in enumerate(value)]
    return value


def wrong_types(body: Any) -> Iterator[tuple[str, Any]]:
    """Every place of `body` with every value of another type than belongs there."""
    for path, right in places(body):
        name = path.rpartition(".")[2]
        for wrong in WRONG:
            optional = wrong is None and name in NOT_REQUIRED
            if type(wrong) is not type(right) and not optional:
                yield path, wrong


async def test_each_field_of_a_sale_with_each_wrong_type_is_refused_with_its_path(
    daemon: Daemon, register: httpx.AsyncClient
) -> None:
    body = sale()
    before = await written(daemon)
    count = 0
    for path, wrong in wrong_types(body):
        content = json.dumps(replaced(body, path, wrong)).encode()
        response = await register.put(f"/v1/sales/{ulid()}", content=content, headers=JSON)
        told = f"{path} = {wrong!r}: {response.text}"
        assert response.status_code == 400, told
        assert refusal(response)["path"] == path, told
        assert "xpected" in refusal(response)["message"], told
        count += 1
    assert count > 200
    assert await written(daemon) == before


async def test_each_field_that_a_sale_needs_is_missed_by_its_path(
    register: httpx.AsyncClient,
) -> None:
    needed = {
        "$.workstation",
        "$.operator_id",
        "$.lines",
        "$.tenders",
        "$.lines[0].quantity_milli",
    }
    for path in needed:
        body = sale()
        place, _, name = path.rpartition(".")
        del dict(places(body))[place][name]
        response = await register.put(f"/v1/sales/{ulid()}", json=body)
        assert response.status_code == 400, path
        assert refusal(response)["path"] == path
        assert "missing" in refusal(response)["message"]


async def test_an_unknown_field_is_refused_wherever_it_stands(
    register: httpx.AsyncClient,
) -> None:
    body = sale()
    for path, value in places(body):
        if isinstance(value, dict):
            changed = replaced(body, path, {**value, "discount": 1})
            response = await register.put(f"/v1/sales/{ulid()}", json=changed)
            assert response.status_code == 400
            assert refusal(response)["path"] == f"{path}.discount"
            assert "no such field" in refusal(response)["message"]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"workstation": ""}, "$.workstation", "length >= 1"),
        ({"operator_id": "x" * 36}, "$.operator_id", "length <= 35"),
        ({"lines": []}, "$.lines", "length >= 1"),
        ({"lines": [line(quantity_milli=0)]}, "$.lines[0].quantity_milli", "1000 is one piece"),
        ({"lines": [line(unit_price=10**13)]}, "$.lines[0].unit_price", "<= 999999999999"),
        ({"lines": [line(tax_code="lo")]}, "$.lines[0].tax_code", "Configured: high"),
        ({"lines": [line(), line(gtin="8710400145982")]}, "$.lines[1].gtin", "check digit"),
        ({"lines": [line(gtin="871040014598")]}, "$.lines[0].gtin", "check digit"),
        ({"lines": [line(gtin="8710400145981\n")]}, "$.lines[0].gtin", ""),
        ({"lines": [line(entry_method="Typed")]}, "$.lines[0].entry_method", "`Keyed`"),
        ({"lines": [line(description="")]}, "$.lines[0].description", "length >= 1"),
        ({"lines": [{"quantity_milli": 1}]}, "$.lines[0].description", "needs a description"),
        ({"lines": [line(tax_code=None)]}, "$.lines[0].item_id", "not in the catalogue"),
        ({"total": 501}, "$.total", "500 minor units, not 501"),
        ({"tenders": [{"type": "gold", "amount": 1}]}, "$.tenders[0].type", "Invalid value 'gold'"),
        ({"tenders": [{"type": "cash", "amount": 499}]}, "$.tenders", "500 are due"),
        ({"tenders": [{"type": "cash", "amount": 0}]}, "$.tenders[0].amount", ">= 1"),
        (
            {"tenders": [{"type": "cash", "amount": 1, "tender_id": "x"}]},
            "$.tenders[0].tender_id",
            "",
        ),
        ({"tenders": [{"type": "card", "standalone": True}]}, "$.tenders[0].slip_number", "slip"),
        (
            {"tenders": [{"type": "card", "slip_number": "1"}]},
            "$.tenders[0].slip_number",
            "standalone",
        ),
        ({"tenders": [{"type": "card", "amount": 501}]}, "$.tenders[0].amount", "500"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_path(
    daemon: Daemon,
    register: httpx.AsyncClient,
    changes: dict[str, Any],
    path: str,
    message: str,
) -> None:
    before = await written(daemon)
    response = await register.put(f"/v1/sales/{ulid()}", json=sale(**changes))
    assert response.status_code == 400, response.text
    assert refusal(response)["path"] == path
    assert message in refusal(response)["message"]
    assert await written(daemon) == before


STRANGE: list[Any] = [
    *WRONG,
    *(
        "",
        "\n",
        "\0",
        "\u202e",
        "x" * 5000,
        "\N{MATHEMATICAL BOLD DIGIT NINE}" * 13,
        "8710400145981 ",
        "-0",
        "1e5",
    ),
    *(0, 1, -0.0, 2**53 - 1, -(2**53) + 1, 2**53, 2**63, 1e308, 0.1),
    *([[]] * 3, [{}] * 600, {"": {}}, {"type": "card"}, {"type": "cash", "amount": 1}),
]


async def test_no_strange_body_makes_the_daemon_stumble(register: httpx.AsyncClient) -> None:
    random = Random(20_261_122)  # noqa: S311 - the same strange bodies in every run
    bodies: dict[str, Any] = {path: body for path, body, _ in ACTS}
    bodies["print-jobs"] = bodies["print-jobs"] | {"document": DOCUMENT}
    for _ in range(600):
        path, body = random.choice(list(bodies.items()))
        for _ in range(random.randint(1, 3)):
            place = random.choice([place for place, _ in places(body)])
            body = replaced(body, place, random.choice(STRANGE))
        content = json.dumps(body).encode()
        place = f"/v1/{path}/{ulid()}"
        response = await register.put(place, content=content, headers=JSON)
        assert response.status_code in {200, 202, 400, 404, 413}, f"{body!r}: {response.text}"


@pytest.mark.parametrize("opening", [b"[", b'{"lines":[', b'{"x":'])
async def test_a_body_nested_two_hundred_thousand_deep_is_refused(
    register: httpx.AsyncClient, opening: bytes
) -> None:
    content = opening * (200_000 // len(opening))
    response = await register.put(f"/v1/sales/{ulid()}", content=content, headers=JSON)
    assert response.status_code == 400
    assert refusal(response)["code"] == "invalid_request"


async def test_a_body_of_more_than_a_mebibyte_is_refused(register: httpx.AsyncClient) -> None:
    content = b'{"x":"' + b"x" * 1024 * 1024 + b'"}'
    response = await register.put(f"/v1/sales/{ulid()}", content=content, headers=JSON)
    assert response.status_code == 413


async def test_a_basket_that_no_entry_can_hold_is_refused(
    daemon: Daemon, register: httpx.AsyncClient
) -> None:
    before = await written(daemon)
    body = sale(lines=[line(scan_data="x" * 512, description="x" * 255)] * 499)
    body["total"] = 500 * 499
    body["tenders"] = [{"type": "cash", "amount": 500 * 499}]
    place = f"/v1/sales/{ulid()}"
    response = await register.put(place, json=body)
    assert response.status_code == 413, response.text
    assert await written(daemon) == before
    assert (await register.get(place)).status_code == 404


# --- devices, ids, tokens -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("print-jobs", {"printer": "nobody", "document": [{"type": "text", "text": "x"}]}),
        ("print-jobs", {"workstation": "nobody", "document": [{"type": "text", "text": "x"}]}),
        ("drawer-openings", {"drawer": "nobody", "reason": "wisselgeld"}),
        ("drawer-openings", {"drawer": "printer", "reason": "wisselgeld"}),
        ("payments", {"terminal": "nobody", "amount": 100}),
        ("sales", sale(workstation="nobody")),
    ],
)
async def test_a_device_or_workstation_that_is_not_configured_is_not_found(
    register: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    response = await register.put(f"/v1/{path}/{ulid()}", json=body)
    assert response.status_code == 404, response.text
    assert refusal(response)["code"] == "not_found"


async def test_an_unknown_device_is_not_found(register: httpx.AsyncClient) -> None:
    response = await register.get("/v1/devices/nobody")
    assert response.status_code == 404
    assert "printer" in refusal(response)["message"]


ACTS = [
    ("print-jobs", {"printer": "printer", "document": [{"type": "text", "text": "x"}]}, "document"),
    ("drawer-openings", {"drawer": "drawer", "reason": "wisselgeld"}, "reason"),
    ("payments", {"terminal": "terminal", "amount": 100}, "amount"),
    ("sales", sale(training=True), "customer_ref"),
]


@pytest.mark.parametrize(("path", "body", "field"), ACTS)
async def test_an_act_is_done_once_and_another_body_is_a_conflict(
    daemon: Daemon, register: httpx.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    place = f"/v1/{path}/{ulid()}"
    first = await register.put(place, json=body)
    assert first.status_code == 200, first.text
    assert first.json()["finished"] is True
    entries = await written(daemon)
    again = await register.put(place, content=json.dumps(body, indent=2).encode(), headers=JSON)
    assert again.json() == first.json()
    other = await register.put(place, json=body | {field: changed(body[field])})
    assert other.status_code == 409
    assert refusal(other)["code"] == "request_conflict"
    assert (await register.get(place)).json() == first.json()
    assert await written(daemon) == entries


ANY_ID = "01M7YHX2VZ5DZ1A5H8NV9ADAZQ"


def changed(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, list):
        return [*value, {"type": "feed"}]
    return value + 1 if isinstance(value, int) else value + "-2"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/health"),
        ("GET", "/v1/devices"),
        ("GET", "/v1/devices/printer"),
        ("GET", "/v1/journal"),
        ("GET", "/v1/events"),
        ("POST", "/v1/tickets"),
        ("GET", "/openapi.json"),
        *((method, f"/v1/{path}/{ANY_ID}") for path, _, _ in ACTS for method in ("PUT", "GET")),
        ("POST", f"/v1/payments/{ANY_ID}/abort"),
        ("POST", f"/v1/sales/{ANY_ID}/cancel"),
        ("PUT", f"/v1/sales/{ANY_ID}/tenders/{ANY_ID}"),
        ("PUT", f"/v1/sales/{ANY_ID}/receipt-copies/{ANY_ID}"),
    ],
)
async def test_no_address_answers_without_a_token(daemon: Daemon, method: str, path: str) -> None:
    async with client(daemon.addresses[0][1], token=None) as stranger:
        response = await stranger.request(method, path)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "payments/{id}", None),
        ("GET", "sales/{id}", None),
        ("GET", "sales/{id}/receipt-copies/{id}", None),
        ("POST", "payments/{id}/abort", None),
        ("POST", "sales/{id}/cancel", {}),
        ("PUT", "sales/{id}/tenders/{id}", {"type": "cash", "amount": 1}),
        ("PUT", "sales/{id}/receipt-copies/{id}", {}),
    ],
)
async def test_what_nobody_asked_for_is_not_there(
    register: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    response = await register.request(method, f"/v1/{path.format(id=ulid())}", json=body)
    assert response.status_code == 404, response.text


# --- reading --------------------------------------------------------------------------------


async def test_health_and_devices_tell_how_the_box_is(register: httpx.AsyncClient) -> None:
    health = (await register.get("/v1/health")).json()
    assert health["edge_id"] == "edge-0041"
    assert health["status"] in {"ok", "degraded"}
    devices = (await register.get("/v1/devices")).json()["devices"]
    assert {each["name"] for each in devices} == {"printer", "drawer", "terminal"}
    assert (await register.get("/v1/devices/printer")).json()["driver"] == "escpos"


async def test_the_journal_is_read_in_pages_of_its_own_bytes(
    daemon: Daemon, register: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await register.put(f"/v1/drawer-openings/{ulid()}", json=ACTS[1][1])
    stored = await daemon.journal.read_after(None, limit=1000)
    lines: list[bytes] = []
    after: str | None = None
    while True:
        params = {"limit": "2"} | ({"after": after} if after else {})
        page = await register.get("/v1/journal", params=params)
        found = page.json()["entries"]
        if not found:
            break
        assert len(found) <= 2
        raw = page.content.removeprefix(b'{"entries":[').rpartition(b'],"next":"')[0]
        lines += [raw] if len(found) == 1 else split_entries(raw, found)
        after = page.json()["next"]
    assert lines == [each.data for each in stored]
    assert after == str(daemon.journal.head.position)
    assert page.json()["next"] == after


def split_entries(raw: bytes, found: list[dict[str, Any]]) -> list[bytes]:
    _, end = json.JSONDecoder().raw_decode(raw.decode())
    first = raw.decode()[:end].encode()
    assert len(found) == 2
    return [first, raw[len(first) + 1 :]]


async def test_the_journal_as_lines_is_exactly_what_was_hashed(
    daemon: Daemon, register: httpx.AsyncClient
) -> None:
    response = await register.get("/v1/journal", headers={"Accept": "application/x-ndjson"})
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = response.content.splitlines()
    hashes = [hashlib.sha256(each).hexdigest() for each in lines]
    assert [json.loads(each)["prev_hash"] for each in lines][1:] == hashes[:-1]
    assert hashes[-1] == daemon.journal.head.hash
    assert response.headers["next-position"] == str(daemon.journal.head.position)


@pytest.mark.parametrize(
    ("params", "status", "path"),
    [
        ({"after": "nonsense"}, 400, "after"),
        ({"after": "01M7YHX2VZ5DZ1A5H8NV9ADAZQ.-1"}, 400, "after"),
        ({"after": "{epoch}." + "9" * 19}, 400, "after"),
        ({"after": "{epoch}." + "9" * 5000}, 400, "after"),
        ({"after": "01M7YHX2VZ5DZ1A5H8NV9ADAZQ.1"}, 404, None),
        ({"limit": "0"}, 400, "limit"),
        ({"limit": "1001"}, 400, "limit"),
        ({"limit": "1.5"}, 400, "limit"),
    ],
)
async def test_a_wrong_place_in_the_journal_is_refused(
    daemon: Daemon,
    register: httpx.AsyncClient,
    params: dict[str, str],
    status: int,
    path: str | None,
) -> None:
    epoch = daemon.journal.head.epoch
    params = {name: value.replace("{epoch}", epoch) for name, value in params.items()}
    response = await register.get("/v1/journal", params=params)
    assert response.status_code == status, response.text
    assert refusal(response).get("path") == path


async def test_the_stream_hears_what_the_journal_keeps(
    daemon: Daemon, register: httpx.AsyncClient
) -> None:
    with daemon.events.subscribe() as heard:
        await register.put(f"/v1/drawer-openings/{ulid()}", json=ACTS[1][1])
        async with asyncio.timeout(5):
            types = [(await anext(heard)).type for _ in range(2)]
    assert types[0] == "subscribed"


# --- the document ---------------------------------------------------------------------------


async def test_the_document_is_whole_and_strict(register: httpx.AsyncClient) -> None:
    text = (await register.get("/openapi.json")).text
    document = json.loads(text)
    schemas = document["components"]["schemas"]
    for place, value in places(document):
        if isinstance(value, dict) and "$ref" in value:
            name = value["$ref"].removeprefix("#/components/schemas/")
            assert name in schemas, place
        assert not (isinstance(value, dict) and {} in value.get("oneOf", [])), place
    for path, item in document["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            assert set(content) <= {"application/json"}, path
            for each in content.values():
                for closed in closed_objects(each["schema"], schemas):
                    assert closed.get("additionalProperties") is False, (path, closed)
            assert {"400", "401", "403", "421", "500", "503"} <= set(operation["responses"])
            about_now = any(word in path for word in ("/leases/", "/displays/"))  # in memory
            if method == "put" and not about_now:
                at_once = any(word in path for word in ("pairing", "catalogue-imports"))
                running = set() if at_once else {"202"}  # those have no while to last
                acts = set() if path == "/v1/logo" else {"409"} | running  # the last logo counts
                expected = {"200", "413", "415", "507"} | acts
                assert expected <= set(operation["responses"])
    operations = [
        each["operationId"] for item in document["paths"].values() for each in item.values()
    ]
    assert len(operations) == len(set(operations))


def closed_objects(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object within a request's schema that has named fields."""
    for _, value in places(schema):
        if isinstance(value, dict) and "$ref" in value:
            inner = schemas[value["$ref"].removeprefix("#/components/schemas/")]
            yield from closed_objects(inner, schemas)
        elif isinstance(value, dict) and isinstance(value.get("properties"), dict):
            yield value


async def test_the_document_names_every_address(register: httpx.AsyncClient) -> None:
    document = (await register.get("/openapi.json")).json()
    paths = {path: sorted(item) for path, item in document["paths"].items()}
    assert paths == {
        "/v1/health": ["get"],
        "/v1/clock": ["get"],
        "/v1/clock-confirmations/{resource_id}": ["get", "put"],
        "/v1/devices": ["get"],
        "/v1/devices/{name}": ["get"],
        "/v1/journal": ["get"],
        "/v1/events": ["get"],
        "/v1/leases": ["get"],
        "/v1/leases/{name}": ["get", "put"],
        "/v1/leases/{name}/release": ["post"],
        "/v1/tickets": ["post"],
        "/v1/print-jobs/{resource_id}": ["get", "put"],
        "/v1/drawer-openings/{resource_id}": ["get", "put"],
        "/v1/payments/{resource_id}": ["get", "put"],
        "/v1/payments": ["get"],
        "/v1/payments/{resource_id}/abort": ["post"],
        "/v1/payments/{resource_id}/resolve": ["post"],
        "/v1/payments/{resource_id}/signature": ["post"],
        "/v1/refunds/{resource_id}": ["put"],
        "/v1/reversals/{resource_id}": ["put"],
        "/v1/completions/{resource_id}": ["put"],
        "/v1/reconciliations/{resource_id}": ["get", "put"],
        "/v1/terminals/{name}/diagnose": ["post"],
        "/v1/terminals/{name}/reprint": ["post"],
        "/v1/terminals/{name}/trace": ["post"],
        "/v1/sales": ["get"],
        "/v1/shop": ["get"],
        "/v1/price-inquiries/{resource_id}": ["get", "put"],
        "/v1/voids/{resource_id}": ["get", "put"],
        "/v1/suspended-sales": ["get"],
        "/v1/suspended-sales/{resource_id}": ["get", "put"],
        "/v1/suspended-sales/{resource_id}/resumptions/{resumption_id}": ["put"],
        "/v1/basket-cancellations/{resource_id}": ["get", "put"],
        "/v1/receipts": ["get"],
        "/v1/receipts/{code}": ["get"],
        "/v1/gift-cards/balance": ["post"],
        "/v1/orders": ["get"],
        "/v1/orders/{order_id}/hand-outs/{resource_id}": ["put"],
        "/v1/catalogue": ["get"],
        "/v1/catalogue-imports/{resource_id}/parts/{number}": ["put"],
        "/v1/items": ["get"],
        "/v1/items/{code}": ["get"],
        "/v1/product-groups": ["get"],
        "/v1/till-sessions": ["get"],
        "/v1/till-sessions/{resource_id}": ["get", "put"],
        "/v1/till-sessions/{resource_id}/changes/{change_id}": ["put"],
        "/v1/till-sessions/{resource_id}/movements/{movement_id}": ["get", "put"],
        "/v1/till-sessions/{resource_id}/counts/{count_id}": ["get", "put"],
        "/v1/period-reports": ["get"],
        "/v1/period-reports/{resource_id}": ["get", "put"],
        "/v1/period-reports/{resource_id}/copies/{copy_id}": ["get", "put"],
        "/v1/operators": ["get"],
        "/v1/roster": ["get"],
        "/v1/sign-ons/{resource_id}": ["get", "put"],
        "/v1/sign-offs/{resource_id}": ["get", "put"],
        "/v1/approvals/{resource_id}": ["get", "put"],
        "/v1/working-times": ["get"],
        "/v1/working-times/{resource_id}": ["get", "put"],
        "/v1/stock/{gtin}": ["get"],
        "/v1/stock-movements/{resource_id}": ["get", "put"],
        "/v1/stock-counts/{resource_id}": ["get", "put"],
        "/v1/stock-counts/{resource_id}/lines/{line_id}": ["get", "put"],
        "/v1/stock-counts/{resource_id}/end": ["post"],
        "/v1/scales/{name}/weight": ["get"],
        "/v1/displays/{name}/text": ["get", "put"],
        "/v1/logs": ["get"],
        "/metrics": ["get"],
        "/v1/sales/{resource_id}": ["get", "put"],
        "/v1/sales/{resource_id}/cancel": ["post"],
        "/v1/sales/{resource_id}/tenders/{tender_id}": ["put"],
        "/v1/sales/{resource_id}/receipt-copies/{copy_id}": ["get", "put"],
        "/v1/pairing-codes/{resource_id}": ["get", "put"],
        "/v1/pairing-codes/{resource_id}/cancel": ["post"],
        "/v1/pairing-codes/{resource_id}/qr": ["get"],
        "/v1/pairings/{resource_id}": ["put"],
        "/v1/tokens": ["get"],
        "/v1/tokens/{token_id}/revoke": ["post"],
        "/v1/caller": ["get"],
        "/client.js": ["get"],
        "/v1/logo": ["delete", "get", "put"],
        "/r/{token}": ["get"],
        "/trust": ["get"],
        "/trust/authority.crt": ["get"],
    }
