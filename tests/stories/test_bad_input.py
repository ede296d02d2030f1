"""Each field of a sale wrong in turn: refused with its path and with what would be right."""

import copy
from typing import Any

import httpx

from edge_daemon.records.payloads import Intent
from tests.stories.counter import Counter, sale, ulid

FULL: dict[str, Any] = sale(
    total=1002,
    training=False,
    begin_at=1_795_248_000_000_000,
    customer_ref="customer-5",
    print_receipt=True,
    tenders=[
        {"type": "card", "amount": 500, "standalone": True, "slip_number": "0815"},
        {"type": "cash", "amount": 2000, "tender_id": "01M7YHX30028T5CY4GNF6YY4HM"},
    ],
)
FULL["lines"][0] |= {
    "item_id": "item-1",
    "uom": "EA",
    "merchandise_hierarchy": "spreads",
    "scan_data": "8710400145981",
}

STRINGS: list[Any] = [1, 5.0, True, ["x"], {"x": 1}]
NUMBERS: list[Any] = ["1", 5.0, 5.5, True, [1], {"x": 1}, 10**30]
FLAGS: list[Any] = [1, 0, "true", [True], {}]
ARRAYS: list[Any] = [1, "x", {}, True]

TYPES: dict[str, list[Any]] = {
    "$.workstation": [*STRINGS, None, "", "x" * 36],
    "$.operator_id": [*STRINGS, None, "", "x" * 36],
    "$.lines": [*ARRAYS, None, []],
    "$.lines[0]": [1, "x", [], None, True],
    "$.lines[0].description": [*STRINGS, "", "x" * 256],
    "$.lines[0].quantity_milli": [*NUMBERS, None, 0],
    "$.lines[0].unit_price": NUMBERS,
    "$.lines[0].tax_code": [*STRINGS, "", "middle", "x" * 10],
    "$.lines[0].gtin": [*STRINGS, "87104", "8710400145982", "871040014598x"],
    "$.lines[0].item_id": [*STRINGS, "", "x" * 36],
    "$.lines[0].uom": [*STRINGS, "E", "PIECE"],
    "$.lines[0].merchandise_hierarchy": [*STRINGS, "x" * 36],
    "$.lines[0].entry_method": [*STRINGS, None, "scanned", "Guessed"],
    "$.lines[0].scan_data": [*STRINGS, "x" * 513],
    "$.tenders": [*ARRAYS, None, []],
    "$.tenders[0]": [1, "x", [], None, True],
    "$.tenders[0].type": [*STRINGS, None, "Card", "cheque"],
    "$.tenders[0].amount": [*NUMBERS, 0, -1, 5000],
    "$.tenders[0].standalone": [*FLAGS, None],
    "$.tenders[0].slip_number": [*STRINGS, None, "", "x" * 36],
    "$.tenders[1].amount": [*NUMBERS, -1],
    "$.tenders[1].tender_id": [*STRINGS, "", "tender-1", "01m7yhx30028t5cy4gnf6yy4hm"],
    "$.total": [*NUMBERS, 1001],
    "$.training": [*FLAGS, None],
    "$.begin_at": [*NUMBERS, -1],
    "$.customer_ref": [*STRINGS, "", "x" * 36],
    "$.print_receipt": [*FLAGS, None],
}
"""Every field of the request, and what it may not be."""

REQUIRED = [
    "$.workstation",
    "$.operator_id",
    "$.lines",
    "$.tenders",
    "$.lines[0].quantity_milli",
    "$.tenders[0].type",
]
OF_ITS_OWN = ["$.lines[0].description", "$.lines[0].unit_price", "$.lines[0].tax_code"]
"""What a line needs that names no article of the catalogue."""


def _place(body: dict[str, Any], path: str) -> tuple[Any, Any]:
    """The container and the key that a path names."""
    steps: list[Any] = []
    for step in path.removeprefix("$.").split("."):
        name, bracket, index = step.partition("[")
        steps.append(name)
        if bracket:
            steps.append(int(index.rstrip("]")))
    here: Any = body
    for one in steps[:-1]:
        here = here[one]
    return here, steps[-1]


def _refused(response: httpx.Response, path: str) -> str | None:
    """What is wrong with the refusal; None when it is as it should be."""
    if response.status_code != 400:
        return f"{path}: {response.status_code} {response.text[:200]}"
    error = response.json()["error"]
    if not error["message"] or len(error["message"]) < 10:
        return f"{path}: no help in {error}"
    parent = path.rpartition(".")[0] or "$"
    near = {path, parent, path.partition("[")[0]}
    if error["path"] not in near and not error["path"].startswith(path):
        return f"{path}: said {error['path']}: {error['message']}"
    return None


async def test_each_field_wrong_in_turn_is_refused_with_its_path() -> None:
    async with Counter() as counter:
        await counter.start()
        faults = []
        for path, values in TYPES.items():
            for value in values:
                body = copy.deepcopy(FULL)
                container, key = _place(body, path)
                container[key] = value
                response = await counter.put(f"/v1/sales/{ulid()}", body)
                if fault := _refused(response, path):
                    faults.append(f"{value!r} at {fault}")
        assert faults == []
        assert await counter.payloads(Intent) == []


async def test_a_missing_or_unknown_field_is_refused_with_its_place() -> None:
    async with Counter() as counter:
        await counter.start()
        faults = []
        for path in (*REQUIRED, *OF_ITS_OWN):
            body = copy.deepcopy(FULL)
            if path in OF_ITS_OWN:
                del body["lines"][0]["item_id"], body["lines"][0]["gtin"]
            container, key = _place(body, path)
            del container[key]
            if fault := _refused(await counter.put(f"/v1/sales/{ulid()}", body), path):
                faults.append(fault)
        for path in ("$.colour", "$.lines[0].colour", "$.tenders[0].colour"):
            body = copy.deepcopy(FULL)
            container, key = _place(body, path)
            container[key] = "blue"
            if fault := _refused(await counter.put(f"/v1/sales/{ulid()}", body), path):
                faults.append(fault)
        assert faults == []


async def test_the_full_request_is_accepted() -> None:
    async with Counter() as counter:
        await counter.start()
        response = await counter.put(f"/v1/sales/{ulid()}", FULL)
        assert response.status_code == 200, response.text
        assert response.json()["state"] == "completed"


async def test_what_does_not_exist_is_404() -> None:
    async with Counter() as counter:
        await counter.start()
        reason = {"reason": "wisselgeld"}
        answers = [
            await counter.put(f"/v1/sales/{ulid()}", sale(workstation="till-9")),
            await counter.get(f"/v1/sales/{ulid()}"),
            await counter.get("/v1/devices/toaster"),
            await counter.put(f"/v1/drawer-openings/{ulid()}", {"drawer": "toaster", **reason}),
            await counter.put(f"/v1/payments/{ulid()}", {"terminal": "toaster", "amount": 1}),
            await counter.put(
                f"/v1/print-jobs/{ulid()}",
                {"printer": "toaster", "document": [{"type": "text", "text": "x"}]},
            ),
            await counter.put(
                f"/v1/sales/{ulid()}/tenders/{ulid()}", {"type": "cash", "amount": 1}
            ),
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert "printer" in answers[5].json()["error"]["message"]


async def test_nobody_gets_in_without_the_token() -> None:
    async with Counter() as counter:
        await counter.start()
        async with httpx.AsyncClient(trust_env=False) as stranger:
            for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
                for path in ("/v1/health", "/v1/journal", "/openapi.json", "/v1/nothing"):
                    answer = await stranger.get(f"{counter.url}{path}", headers=header)
                    assert answer.status_code == 401
            answer = await stranger.put(f"{counter.url}/v1/sales/{ulid()}", json=sale())
            assert answer.status_code == 401
        assert await counter.payloads(Intent) == []
