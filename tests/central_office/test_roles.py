"""Every route asks for what this table says, and every role gets what it is given, by real HTTP."""

import re

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from central_office.access.rights import ROLES, Right, Role
from edge_daemon.web import handlers, is_open, scopes_of
from edge_daemon.web.rights import takes_any_token
from tests.central_office.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWS = {
    "figures": (
        "day-revenue store-revenue hour-revenue group-revenue group-hours store-sales days vat"
        " vat-days vat-boxes tenders"
        " cards card-totals terminal-totals unresolved-payments key-figures comparison gift-cards"
    ),
    "cashiers": "differences statistics acts",
    "stock": (
        "stock oversold in-transit movements counts replenishment to-order replenishment-alerts"
        " purchase-orders purchase-order-lines deliveries"
    ),
    "hours": "hours roster",
    "live": "devices device-days",
    "integrity": "findings unread",
    "receipts": "receipts receipts-behind gift-card-movements",
}
"""Views by the right that they ask for."""
ROUTES = {
    **{f"GET /v1/views/{name}": right for right, names in VIEWS.items() for name in names.split()},
    "GET /v1/wall": "live",
    "GET /v1/live": "live",
    "GET /v1/receipts": "receipts",
    "GET /v1/receipts/{arrival}/{part}": "receipts",
    "GET /v1/receipts/{arrival}/{part}/text": "receipts",
    "GET /v1/receipts/{arrival}/{part}/picture": "receipts",
    "GET /v1/receipts/{arrival}/{part}/page": "receipts",
    "GET /v1/completeness": "integrity",
    "POST /v1/forks/{edge_id}/{epoch}/{branch}/decide": "decide",
    "PUT /v1/reorder-levels/{location_id}/{item_id}": "order",
    "PUT /v1/purchase-orders/{order_id}": "order",
    "GET /v1/purchase-orders/{order_id}": "stock",
    "POST /v1/purchase-orders/{order_id}/send": "order",
    "POST /v1/purchase-orders/{order_id}/cancel": "order",
    "POST /v1/purchase-orders/{order_id}/close": "order",
    "PUT /v1/purchase-orders/{order_id}/deliveries/{delivery_id}": "order",
    "GET /v1/lookups": "admin",
    "GET /v1/webhooks": "admin",
    "POST /v1/webhooks": "admin",
    "POST /v1/webhooks/{webhook_id}/test": "admin",
    "POST /v1/webhooks/{webhook_id}/resume": "admin",
    "POST /v1/webhooks/{webhook_id}/remove": "admin",
    "POST /v1/customers/erase": "erase",
    "GET /v1/lists": "publish",
    "GET /v1/lists/{name}": "publish",
    "PUT /v1/lists/{name}": "publish",
    "PUT /v1/items/{item_id}": "publish",
    "PUT /v1/shifts/{shift_id}": "roster",
    "POST /v1/shifts/{shift_id}/remove": "roster",
    "PUT /v1/clockings/{entry_id}/correction": "roster",
    "GET /v1/people": "admin",
    "PUT /v1/people/{name}": "admin",
    "GET /v1/keys": "admin",
    "POST /v1/keys": "admin",
    "POST /v1/keys/{key_id}/revoke": "admin",
}
ANYBODY = {
    "GET /v1/caller",
    "GET /v1/stores",
    "POST /v1/logout",
    "POST /v1/password",
    "GET /v1/openapi.json",
}
OPEN = {"POST /v1/login", "GET /", "GET /office/{name}", "GET /office/{room}/{name}"}
GIVEN: dict[Role, set[str]] = {
    Role.OWNER: set(map(str, Right)),
    Role.MANAGER: set(map(str, Right)) - {"decide", "erase", "admin"},
    Role.BOOKKEEPER: {"live", "figures", "cashiers", "receipts", "stock", "integrity"},
    Role.VIEWER: {"live", "figures", "stock"},
    Role.HR: {"hours", "roster"},
}


def application(office: House) -> Litestar:
    app = office.server.application
    assert isinstance(app, Litestar)
    return app


async def rows(client: httpx.AsyncClient, path: str) -> list[dict[str, object]]:
    answer = await client.get(path, params={"limit": 1000} if "?" not in path else None)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["rows"]
    return found


async def test_every_route_asks_for_the_right_that_the_table_says(office: House) -> None:
    found, anybody, opened = {}, set(), set()
    for path, handler in handlers(application(office)):
        assert isinstance(handler, HTTPRouteHandler)
        (method,) = handler.http_methods
        name = f"{method} {path}"
        if is_open(handler):
            opened.add(name)
        elif takes_any_token(handler):
            anybody.add(name)
        else:
            (found[name],) = scopes_of(handler)
    assert found == ROUTES
    assert anybody == ANYBODY
    assert opened == OPEN


@pytest.mark.parametrize("role", Role)
async def test_a_role_gets_what_it_is_given_and_nothing_else(office: House, role: Role) -> None:
    assert ROLES[role] == GIVEN[role]
    async with await office.person(f"a-{role}", role) as browser:
        for name, right in ROUTES.items():
            method, path = name.split()
            address = re.sub(r"\{\w+\}", "1", path)
            async with browser.stream(method, address) as answer:
                forbidden = answer.status_code == 403
            assert forbidden is (right not in GIVEN[role]), name


async def test_nobody_without_a_session_or_key_gets_anything(office: House) -> None:
    async with office.browser() as browser:
        for name in {*ROUTES, *ANYBODY}:
            method, path = name.split()
            assert (await browser.request(method, path)).status_code == 401, name


async def test_who_sees_some_stores_gets_nothing_of_the_others(office: House) -> None:
    everything = await office.program(*Right)
    one = await office.program(*Right, stores=("store-002",))
    stranger = await office.program(*Right, organization="another")
    async with everything, one, stranger:
        for name in [name for name in ROUTES if name.startswith("GET /v1/views/")]:
            path = name.removeprefix("GET ")
            seen = await rows(one, path)
            assert await rows(everything, f"{path}?limit=1000&store=store-002") == seen, name
            assert await rows(one, f"{path}?limit=1000&store=store-001&store=store-002") == seen
            assert await rows(one, f"{path}?store=store-001") == []
            assert await rows(stranger, path) == []
