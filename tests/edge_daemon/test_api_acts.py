import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Response, get, put

from edge_daemon.api.acts import WAIT_SECONDS, ResourceId, Wait, acting, get_act, put_act
from edge_daemon.api.application import ANSWERS
from edge_daemon.errors import JournalFullError, RequestConflictError
from edge_daemon.web import (
    About,
    Access,
    Body,
    Gate,
    StrictBody,
    Tokens,
    create_app,
    documented,
    needs_token,
)
from tests.edge_daemon.serving import TOKEN, client, serving
from tests.shifting_loop import advance

ONE = "01M7YHZT83Q6W5N4C2R1B0A9ZX"
TWO = "01M7YHZT83Q6W5N4C2R1B0A9ZY"


class Ring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    times: int = 1


class Bell(msgspec.Struct, frozen=True):
    id: str
    rung: int
    finished: bool


class BellRoom:
    """Rings when the test lets it; keeps in memory what other rooms keep in the journal."""

    def __init__(self) -> None:
        self.let_ring = asyncio.Event()
        self.asked = asyncio.Event()
        self.bodies: dict[str, dict[str, Any]] = {}
        self.rung: dict[str, int] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.failure: Exception | None = None

    async def put(
        self, resource_id: str, request: Ring, body: dict[str, Any]
    ) -> asyncio.Task[None] | None:
        if self.bodies.setdefault(resource_id, body) != body:
            raise RequestConflictError(f"{resource_id} was used before with another body.")
        if resource_id in self.rung:
            return None
        if resource_id not in self.tasks:
            self.tasks[resource_id] = asyncio.ensure_future(self._ring(resource_id, request))
        self.asked.set()
        return self.tasks[resource_id]

    async def get(self, resource_id: str) -> Bell | None:
        if resource_id not in self.bodies:
            return None
        return Bell(resource_id, self.rung.get(resource_id, 0), resource_id in self.rung)

    async def _ring(self, resource_id: str, request: Ring) -> None:
        await self.let_ring.wait()
        if self.failure is not None:
            raise self.failure
        self.rung[resource_id] = request.times


def application(room: BellRoom) -> Gate:
    @put(
        "/v1/bells/{resource_id:str}",
        dto=StrictBody[Ring],
        responses=acting(Bell),
        opt=needs_token(),
    )
    async def put_bell(
        resource_id: ResourceId, data: Body[Ring], wait: Wait = WAIT_SECONDS
    ) -> Response[Bell]:
        return await put_act(room, resource_id, data, wait, f"/v1/bells/{resource_id}")

    @get("/v1/bells/{resource_id:str}", responses=documented(404), opt=needs_token())
    async def get_bell(resource_id: ResourceId) -> Bell:
        return await get_act(room, resource_id)

    app = create_app([put_bell, get_bell], About("Bells", "1", ""), ANSWERS)
    return Gate(app, Access(tokens=Tokens({"till": TOKEN})))


async def turns() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
async def room() -> BellRoom:
    return BellRoom()


@pytest.fixture
async def port(room: BellRoom) -> AsyncIterator[int]:
    async with serving(application(room)) as port:
        yield port


@pytest.fixture
async def register(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with client(port) as register:
        yield register


async def test_an_act_that_ends_in_time_is_answered_with_its_end(
    room: BellRoom, register: httpx.AsyncClient
) -> None:
    room.let_ring.set()
    response = await register.put(f"/v1/bells/{ONE}", json={"times": 2})
    assert response.status_code == 200
    assert response.json() == {"id": ONE, "rung": 2, "finished": True}


async def test_an_act_that_runs_on_is_answered_with_its_place(
    room: BellRoom, register: httpx.AsyncClient
) -> None:
    response = await register.put(f"/v1/bells/{ONE}", json={}, params={"wait": 0})
    assert response.status_code == 202
    assert response.json()["finished"] is False
    place = response.headers["location"]
    room.let_ring.set()
    await room.tasks[ONE]
    assert (await register.get(place)).json() == {"id": ONE, "rung": 1, "finished": True}


async def test_the_wait_ends_when_the_register_says(
    room: BellRoom, register: httpx.AsyncClient
) -> None:
    asking = asyncio.ensure_future(register.put(f"/v1/bells/{ONE}?wait=7.5", json={}))
    await room.asked.wait()
    await turns()
    advance(7.0)
    await turns()
    assert not asking.done()
    advance(0.6)
    assert (await asking).status_code == 202
    assert not room.tasks[ONE].done()


async def test_a_repeat_joins_the_running_act_and_later_sees_its_end(
    room: BellRoom, register: httpx.AsyncClient
) -> None:
    asking = [
        asyncio.ensure_future(register.put(f"/v1/bells/{ONE}", json={"times": 3})) for _ in range(3)
    ]
    await room.asked.wait()
    room.let_ring.set()
    answers = [await each for each in asking]
    answers.append(await register.put(f"/v1/bells/{ONE}", json={"times": 3}))
    assert [each.status_code for each in answers] == [200] * 4
    assert len({each.content for each in answers}) == 1
    assert len(room.tasks) == 1


async def test_another_body_under_the_same_id_is_a_conflict(
    room: BellRoom, register: httpx.AsyncClient
) -> None:
    room.let_ring.set()
    await register.put(f"/v1/bells/{ONE}", json={"times": 1})
    response = await register.put(f"/v1/bells/{ONE}", json={"times": 2})
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "request_conflict"
    assert room.rung == {ONE: 1}


async def test_the_rooms_compare_what_was_said_not_what_it_means(
    room: BellRoom, register: httpx.AsyncClient
) -> None:
    room.let_ring.set()
    await register.put(f"/v1/bells/{ONE}", json={})
    assert room.bodies[ONE] == {}


async def test_a_register_that_goes_away_does_not_stop_the_act(room: BellRoom, port: int) -> None:
    async with client(port) as register:
        asking = asyncio.ensure_future(register.put(f"/v1/bells/{ONE}", json={}))
        await room.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    room.let_ring.set()
    await room.tasks[ONE]
    async with client(port) as register:
        assert (await register.get(f"/v1/bells/{ONE}")).json()["finished"] is True


async def test_an_act_that_cannot_write_down_its_end_says_so(
    room: BellRoom, register: httpx.AsyncClient
) -> None:
    room.failure = JournalFullError("The disk is full: make room, or call support.")
    room.let_ring.set()
    response = await register.put(f"/v1/bells/{ONE}", json={})
    assert response.status_code == 507
    assert response.json()["error"]["code"] == "disk_full"


@pytest.mark.parametrize(
    "wrong", ["1", ONE.lower(), ONE + "0", "8" + ONE[1:], ONE[:-1] + "U", ONE + "%0A", "%20" + ONE]
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_an_id_that_is_no_ulid_is_refused(
    register: httpx.AsyncClient, wrong: str, method: str
) -> None:
    response = await register.request(
        method, f"/v1/bells/{wrong}", json={} if method == "PUT" else None
    )
    assert response.status_code == 400
    assert response.json()["error"]["path"] == "resource_id"
    assert "ULID" in response.json()["error"]["message"]


async def test_what_nobody_asked_for_is_not_there(register: httpx.AsyncClient) -> None:
    response = await register.get(f"/v1/bells/{TWO}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


async def test_the_document_tells_both_answers_of_an_act(register: httpx.AsyncClient) -> None:
    document = (await register.get("/openapi.json")).json()
    operation = document["paths"]["/v1/bells/{resource_id}"]["put"]
    schema = {"schema": {"$ref": "#/components/schemas/Bell"}}
    assert operation["responses"]["200"]["content"] == {"application/json": schema}
    assert operation["responses"]["202"]["content"] == {"application/json": schema}
    parameters = {each["name"]: each for each in operation["parameters"]}
    assert parameters["resource_id"]["schema"]["pattern"].startswith("^")
    assert parameters["wait"]["schema"]["maximum"] == 120
    assert parameters["wait"]["required"] is False
