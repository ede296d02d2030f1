import enum
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import msgspec
import pytest
from litestar import get, put
from litestar.params import FromPath, QueryParameter

from edge_daemon.errors import EdgeError, InvalidRequestError, NotFoundError
from edge_daemon.records import request_hash
from edge_daemon.web import (
    About,
    Access,
    Body,
    BodyDecoder,
    Gate,
    Rule,
    StrictBody,
    Table,
    Tokens,
    create_app,
    documented,
    needs_token,
)
from tests.edge_daemon.serving import TOKEN, client, serving


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Cash(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cash"):
    amount: int


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="card"):
    slip: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    quantity_milli: Annotated[int, msgspec.Meta(ge=1)]
    description: Annotated[str, msgspec.Meta(min_length=1)] = "x"
    voided: bool = False
    colour: Colour = Colour.RED
    weight: float | None = None


class Basket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lines: tuple[Line, ...]
    tenders: tuple[Cash | Card, ...] = ()
    labels: dict[str, int] = {}


class Kept(msgspec.Struct, frozen=True):
    basket: Basket
    said_hash: str
    note: str | None = None


class TeapotError(EdgeError):
    """Has no row in the table."""


@put(
    "/things/{name:str}",
    dto=StrictBody[Basket],
    responses=documented(404, 413, 415),
    opt=needs_token(),
)
async def put_thing(
    name: FromPath[str],
    data: Body[Basket],
    wait: Annotated[float, QueryParameter(ge=0, le=120)] = 30.0,
) -> Kept:
    """Keep a thing.

    Longer.
    """
    del wait
    if name == "missing":
        raise NotFoundError("There is no such thing.")
    return Kept(data.request, request_hash(data.json))


@get("/broken", responses=documented(), opt=needs_token())
async def broken() -> None:
    raise TeapotError("secret inside")


@pytest.fixture(scope="module")
def app() -> Gate:
    table: Table = {NotFoundError: Rule(404, "not_found")}
    application = create_app(
        [put_thing, broken], About("Things", "1", "For tests."), table, max_body_bytes=10_000
    )
    access = Access(
        tokens=Tokens({"till-1": TOKEN, "till-2": "another-long-token"}),
        hosts=frozenset({"counter.local"}),
        origins=frozenset({"https://till.example"}),
    )
    return Gate(application, access)


@pytest.fixture
async def port(app: Gate) -> AsyncIterator[int]:
    async with serving(app) as port:
        yield port


@pytest.fixture
async def register(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with client(port) as register:
        yield register


async def put_body(register: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await register.put(
        "/things/a", content=body, headers={"Content-Type": "application/json", **headers}
    )


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    found: dict[str, Any] = body["error"]
    assert found["request_id"] == response.headers["x-request-id"]
    return found


# --- bodies ---------------------------------------------------------------------------------


async def test_a_right_body_reaches_the_handler_typed_and_untyped(
    register: httpx.AsyncClient,
) -> None:
    body = b'{ "lines": [{"quantity_milli": 1000, "weight": 1}], "tenders": [{"type": "card"}] }'
    response = await put_body(register, body)
    assert response.status_code == 200
    assert response.json()["basket"]["lines"][0]["quantity_milli"] == 1000
    assert response.json()["said_hash"] == request_hash(json.loads(body))


WRONG = [
    (
        b'{"lines":[{"quantity_milli":"1"}]}',
        "$.lines[0].quantity_milli",
        "Expected `int`, got `str`",
    ),
    (
        b'{"lines":[{"quantity_milli":5.0}]}',
        "$.lines[0].quantity_milli",
        "Expected `int`, got `float`",
    ),
    (b'{"lines":[{"quantity_milli":1e3}]}', "$.lines[0].quantity_milli", "Expected `int`"),
    (b'{"lines":[{"quantity_milli":true}]}', "$.lines[0].quantity_milli", "Expected `int`"),
    (b'{"lines":[{"quantity_milli":null}]}', "$.lines[0].quantity_milli", "got `null`"),
    (b'{"lines":[{"quantity_milli":0}]}', "$.lines[0].quantity_milli", "Expected `int` >= 1"),
    (b'{"lines":[{"quantity_milli":1},{}]}', "$.lines[1].quantity_milli", "expected `int` >= 1"),
    (b'{"lines":[{"quantity_milli":1,"voided":1}]}', "$.lines[0].voided", "Expected `bool`"),
    (b'{"lines":[{"quantity_milli":1,"voided":"true"}]}', "$.lines[0].voided", "Expected `bool`"),
    (b'{"lines":[{"quantity_milli":1,"description":""}]}', "$.lines[0].description", "length >= 1"),
    (
        b'{"lines":[{"quantity_milli":1,"description":7}]}',
        "$.lines[0].description",
        "Expected `str`",
    ),
    (b'{"lines":[{"quantity_milli":1,"colour":"green"}]}', "$.lines[0].colour", "`red`, `blue`"),
    (
        b'{"lines":[{"quantity_milli":1,"weight":"x"}]}',
        "$.lines[0].weight",
        "Expected `float | null`",
    ),
    (b'{"lines":[{"quantity_milli":1,"weight":1e400}]}', "$.lines[0].weight", "out of range"),
    (
        b'{"lines":[{"quantity_mili":1}]}',
        "$.lines[0].quantity_mili",
        "Did you mean `quantity_milli`?",
    ),
    (b'{"lines":[],"zzz":1}', "$.zzz", "The fields here: `lines`, `tenders`, `labels`"),
    (b"{}", "$.lines", "expected `array`"),
    (b'{"lines":{}}', "$.lines", "Expected `array`, got `object`"),
    (b'{"lines":[],"tenders":[{"type":"gold"}]}', "$.tenders[0].type", "Invalid value 'gold'"),
    (b'{"lines":[],"tenders":[{}]}', "$.tenders[0].type", "missing"),
    (b'{"lines":[],"tenders":[{"type":"cash","slip":"1"}]}', "$.tenders[0].slip", "no such field"),
    (b'{"lines":[],"labels":{"a":"x"}}', "$.labels[...]", "Expected `int`"),
    (b'{"lines":[],"labels":{"a":9007199254740992}}', "$.labels.a", "9007199254740991"),
    (
        b'{"lines":[{"quantity_milli":1' + b"0" * 400 + b"}]}",
        "$.lines[0].quantity_milli",
        "9007199254740991",
    ),
    (b"[]", "$", "Expected `object`, got `array`"),
    (b'"x"', "$", "Expected `object`, got `str`"),
    (b"null", "$", "Expected `object`"),
    (b"", "$", "The body is missing"),
    (b" ", "$", "The body is not JSON"),
    (b'{"lines":[]', "$", "The body is not JSON"),
    (b'{"lines":[]} x', "$", "trailing"),
    (b'{"lines":[],}', "$", "The body is not JSON"),
    (b"{'lines':[]}", "$", "The body is not JSON"),
    (b'{"lines":[{"quantity_milli":NaN}]}', "$", "The body is not JSON"),
    (b'{"lines":[{"quantity_milli":01}]}', "$", "The body is not JSON"),
    (b'{"lines":[{"quantity_milli":1,"description":"\xff"}]}', "$", "UTF-8"),
    (b'{"lines":[{"quantity_milli":1,"description":"\\ud800"}]}', "$", "The body is not JSON"),
    (b'{"lines":[{"quantity_milli":1,"description":"\x01"}]}', "$", "The body is not JSON"),
    ('{"lines":[]}'.encode("utf-16"), "$", "The body is not JSON"),
    (b"\xef\xbb\xbf" + b'{"lines":[]}', "$", "The body is not JSON"),
]


@pytest.mark.parametrize(("body", "path", "message"), WRONG)
async def test_a_wrong_body_is_refused_with_its_place_and_what_would_be_right(
    register: httpx.AsyncClient, body: bytes, path: str, message: str
) -> None:
    response = await put_body(register, body)
    assert response.status_code == 400
    found = problem(response)
    assert found["code"] == "invalid_request"
    assert found["path"] == path
    assert message in found["message"]


@pytest.mark.parametrize("opening", [b"[", b'{"lines":', b'{"labels":{"a":['])
def test_a_body_nested_too_deeply_is_refused(opening: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        BodyDecoder(Basket).decode(opening * 200_000)


def test_deep_nesting_where_anything_may_stand_is_refused() -> None:
    class Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        extra: Any

    for opening in (b"[", b'{"a":'):
        with pytest.raises(InvalidRequestError, match="nested too deeply"):
            BodyDecoder(Open).decode(b'{"extra":' + opening * 200_000)


async def test_of_two_equal_names_the_last_counts_in_both_readings(
    register: httpx.AsyncClient,
) -> None:
    response = await put_body(register, b'{"lines":[{"quantity_milli":1,"quantity_milli":2}]}')
    said = {"lines": [{"quantity_milli": 2}]}
    assert response.json()["basket"]["lines"][0]["quantity_milli"] == 2
    assert response.json()["said_hash"] == request_hash(said)


def test_a_request_type_that_ignores_unknown_fields_is_no_request_type() -> None:
    class Loose(msgspec.Struct):
        a: int

    class Outer(msgspec.Struct, forbid_unknown_fields=True):
        inner: tuple[dict[str, Loose | None], ...]

    with pytest.raises(TypeError, match="Loose in Outer must forbid unknown fields"):
        BodyDecoder(Outer)


@pytest.mark.parametrize(
    "content_type",
    ["application/msgpack", "text/plain", "application/x-www-form-urlencoded", "text/json", ""],
)
async def test_only_json_is_read(register: httpx.AsyncClient, content_type: str) -> None:
    response = await put_body(register, b'{"lines":[]}', **{"Content-Type": content_type})
    assert response.status_code == 415
    assert problem(response)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_spelled_with_parameters(
    register: httpx.AsyncClient, content_type: str
) -> None:
    response = await put_body(register, b'{"lines":[]}', **{"Content-Type": content_type})
    assert response.status_code == 200


async def test_a_large_body_is_refused(register: httpx.AsyncClient) -> None:
    response = await put_body(register, b'{"lines":[' + b" " * 10_000 + b"]}")
    assert response.status_code == 413
    assert problem(response)["code"] == "too_large"


async def test_a_large_body_without_a_length_is_refused(register: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 1000

    response = await register.put(
        "/things/a", content=chunks(), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413


# --- parameters and the router --------------------------------------------------------------


@pytest.mark.parametrize("wait", ["-1", "121", "x", "nan", "inf", "", "1e999"])
async def test_a_wrong_parameter_is_refused_by_its_name(
    register: httpx.AsyncClient, wait: str
) -> None:
    response = await register.put("/things/a", json={"lines": []}, params={"wait": wait})
    assert response.status_code == 400
    assert problem(response)["path"] == "wait"


async def test_the_routers_own_refusals_have_the_same_shape(register: httpx.AsyncClient) -> None:
    nowhere = await register.get("/nowhere")
    assert (nowhere.status_code, problem(nowhere)["code"]) == (404, "not_found")
    wrong_method = await register.delete("/things/a")
    assert (wrong_method.status_code, problem(wrong_method)["code"]) == (405, "method_not_allowed")
    assert "PUT" in wrong_method.headers["allow"]


async def test_a_rooms_error_is_answered_by_the_table(register: httpx.AsyncClient) -> None:
    response = await register.put("/things/missing", json={"lines": []})
    assert response.status_code == 404
    assert problem(response)["message"] == "There is no such thing."


async def test_an_unforeseen_error_tells_only_where_to_look(
    register: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await register.get("/broken")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert problem(response)["request_id"] in caplog.text
    assert "secret inside" in caplog.text


# --- the gate -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/broken", "/nowhere", "/openapi.json", "/things/a"])
@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, "Bearer"),
        ("Bearer wrong", 'Bearer error="invalid_token"'),
        ("Bearer", 'Bearer error="invalid_token"'),
        (f"Basic {TOKEN}", 'Bearer error="invalid_token"'),
        (f"Bearer {TOKEN}x", 'Bearer error="invalid_token"'),
        (f"Bearer {TOKEN.upper()}", 'Bearer error="invalid_token"'),
    ],
)
async def test_nothing_is_open_without_a_token(
    port: int, path: str, authorization: str | None, challenge: str
) -> None:
    async with client(port, token=None) as stranger:
        headers = {"Authorization": authorization} if authorization else {}
        response = await stranger.get(path, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == challenge
    assert problem(response)["code"] == "unauthorized"


async def test_two_authorizations_are_none(port: int) -> None:
    async with client(port, token=None) as stranger:
        bearer = ("Authorization", f"Bearer {TOKEN}")
        response = await stranger.get("/openapi.json", headers=[bearer, bearer])
    assert response.status_code == 401


@pytest.mark.parametrize("token", [TOKEN, "another-long-token"])
async def test_every_configured_token_opens(port: int, token: str) -> None:
    async with client(port, token=None) as register:
        response = await register.get("/openapi.json", headers={"authorization": f"bearer {token}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.",
        "10.0.0.1",
        "[::2]",
    ],
)
async def test_a_name_that_is_not_ours_is_refused(register: httpx.AsyncClient, host: str) -> None:
    response = await register.get("/openapi.json", headers={"Host": host})
    assert response.status_code == 421
    assert problem(response)["code"] == "misdirected_request"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]", "[::1]:8420", "counter.local"]
)
async def test_our_own_names_are_taken(register: httpx.AsyncClient, host: str) -> None:
    response = await register.get("/openapi.json", headers={"Host": host})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://till.example.evil", "http://till.example"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
async def test_a_page_from_elsewhere_is_refused(
    register: httpx.AsyncClient, origin: str, method: str
) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    response = await register.request(method, "/things/a", headers=headers)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


async def test_a_page_of_an_allowed_origin_gets_its_preflight_without_a_token(port: int) -> None:
    async with client(port, token=None) as page:
        response = await page.options(
            "/things/a",
            headers={
                "Origin": "https://till.example",
                "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "https://till.example"
    assert "PUT" in response.headers["access-control-allow-methods"]
    assert "Authorization" in response.headers["access-control-allow-headers"]
    assert response.headers["vary"] == "Origin"


async def test_a_page_of_an_allowed_origin_can_read_refusals_too(port: int) -> None:
    async with client(port, token=None) as page:
        response = await page.get("/things/a", headers={"Origin": "https://till.example"})
    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == "https://till.example"


async def test_a_page_that_this_box_serves_may_call(register: httpx.AsyncClient, port: int) -> None:
    own = {"Origin": f"http://127.0.0.1:{port}"}
    other = {"Origin": "http://127.0.0.1:1"}
    assert (await register.get("/openapi.json", headers=own)).status_code == 200
    assert (await register.get("/openapi.json", headers=other)).status_code == 403


async def test_options_without_a_page_lists_the_methods(register: httpx.AsyncClient) -> None:
    response = await register.options("/things/a")
    assert response.status_code == 204
    assert "PUT" in response.headers["allow"]


async def test_answers_are_not_cached_and_do_not_tell_the_server(
    register: httpx.AsyncClient,
) -> None:
    response = await register.get("/nowhere")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "server" not in response.headers


# --- the document ---------------------------------------------------------------------------


async def test_the_document_says_what_msgspec_reads(register: httpx.AsyncClient) -> None:
    document = (await register.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    _, witness = msgspec.json.schema_components(
        [Basket, Kept], ref_template="#/components/schemas/{name}"
    )
    for name, schema in witness.items():
        assert schemas[name] == json.loads(msgspec.json.encode(schema))
    assert schemas["Basket"]["additionalProperties"] is False
    assert schemas["Basket"]["properties"]["lines"]["type"] == "array"
    operation = document["paths"]["/things/{name}"]["put"]
    body = operation["requestBody"]["content"]
    assert body == {"application/json": {"schema": {"$ref": "#/components/schemas/Basket"}}}
    assert set(operation["responses"]) == {
        *("200", "400", "401", "403", "404", "413", "415", "421", "500", "503")
    }
    refusal = operation["responses"]["404"]["content"]["application/json"]["schema"]
    assert refusal == {"$ref": "#/components/schemas/ErrorBody"}
    assert document["security"] == [{"bearer": []}]


async def test_operations_are_called_as_their_handlers_and_summed_up_by_their_first_line(
    register: httpx.AsyncClient,
) -> None:
    document = (await register.get("/openapi.json")).json()
    operation = document["paths"]["/things/{name}"]["put"]
    assert operation["operationId"] == "put_thing"
    assert operation["summary"] == "Keep a thing"


async def test_every_reference_of_the_document_leads_somewhere(register: httpx.AsyncClient) -> None:
    text = (await register.get("/openapi.json")).text
    document = json.loads(text)
    references = {
        part.split('"')[0] for part in text.split('"$ref":"#/components/schemas/")[1:]')[1:]
    } | {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references
    assert references <= set(document["components"]["schemas"])


async def test_litestars_own_pages_are_not_there(register: httpx.AsyncClient) -> None:
    for path in ("/schema", "/schema/openapi.json", "/"):
        response = await register.get(path)
        assert response.status_code == 404
        assert problem(response)["code"] == "not_found"
