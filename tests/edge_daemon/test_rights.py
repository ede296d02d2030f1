import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler

from edge_daemon.app import Daemon
from edge_daemon.scopes import Scope
from edge_daemon.web import About, create_app, handlers, is_open, needs, scopes_of
from tests.edge_daemon.serving import client

ANY = frozenset(Scope)

RIGHTS = {
    "GET /openapi.json": ANY,
    "GET /v1/caller": ANY,
    "POST /v1/tickets": ANY,
    "GET /v1/health": {"read"},
    "GET /v1/devices": {"read"},
    "GET /v1/devices/{name}": {"read"},
    "GET /v1/journal": {"read"},
    "GET /v1/leases": {"read", "scan", "pay"},
    "PUT /v1/leases/{name}": {"scan", "pay"},
    "GET /v1/leases/{name}": {"read", "scan", "pay"},
    "POST /v1/leases/{name}/release": {"scan", "pay", "admin"},
    "GET /v1/events": {"read", "scan"},
    "SOCKET /v1/events": {"read", "scan"},
    "PUT /v1/print-jobs/{resource_id}": {"print"},
    "GET /v1/print-jobs/{resource_id}": {"print", "read"},
    "PUT /v1/drawer-openings/{resource_id}": {"drawer"},
    "GET /v1/drawer-openings/{resource_id}": {"drawer", "read"},
    "GET /v1/payments": {"pay", "read"},
    "PUT /v1/payments/{resource_id}": {"pay"},
    "GET /v1/payments/{resource_id}": {"pay", "refund", "read"},
    "POST /v1/payments/{resource_id}/abort": {"pay"},
    "POST /v1/payments/{resource_id}/resolve": {"pay"},
    "POST /v1/payments/{resource_id}/signature": {"pay"},
    "PUT /v1/completions/{resource_id}": {"pay"},
    "POST /v1/terminals/{name}/diagnose": {"pay"},
    "POST /v1/terminals/{name}/reprint": {"pay"},
    "PUT /v1/refunds/{resource_id}": {"refund"},
    "PUT /v1/reversals/{resource_id}": {"refund"},
    "GET /v1/scales/{name}/weight": {"scan", "till"},
    "PUT /v1/displays/{name}/text": {"print", "till"},
    "GET /v1/displays/{name}/text": {"print", "till", "read"},
    "PUT /v1/sign-ons/{resource_id}": {"till"},
    "GET /v1/sign-ons/{resource_id}": {"till", "read"},
    "PUT /v1/sign-offs/{resource_id}": {"till"},
    "GET /v1/sign-offs/{resource_id}": {"till", "read"},
    "PUT /v1/approvals/{resource_id}": {"till"},
    "GET /v1/approvals/{resource_id}": {"till", "read"},
    "PUT /v1/working-times/{resource_id}": {"till"},
    "GET /v1/working-times/{resource_id}": {"till", "read"},
    "GET /v1/working-times": {"till", "read"},
    "GET /v1/operators": {"till", "read"},
    "GET /v1/roster": {"till", "read"},
    "GET /v1/stock/{gtin}": {"till", "read"},
    "PUT /v1/stock-movements/{resource_id}": {"till"},
    "GET /v1/stock-movements/{resource_id}": {"till", "read"},
    "PUT /v1/stock-counts/{resource_id}": {"till"},
    "GET /v1/stock-counts/{resource_id}": {"till", "read"},
    "POST /v1/stock-counts/{resource_id}/end": {"till"},
    "PUT /v1/stock-counts/{resource_id}/lines/{line_id}": {"till"},
    "GET /v1/stock-counts/{resource_id}/lines/{line_id}": {"till", "read"},
    "PUT /v1/till-sessions/{resource_id}": {"till"},
    "GET /v1/till-sessions/{resource_id}": {"till", "read"},
    "GET /v1/till-sessions": {"till", "read"},
    "PUT /v1/till-sessions/{resource_id}/changes/{change_id}": {"till"},
    "PUT /v1/till-sessions/{resource_id}/movements/{movement_id}": {"till"},
    "GET /v1/till-sessions/{resource_id}/movements/{movement_id}": {"till", "read"},
    "PUT /v1/till-sessions/{resource_id}/counts/{count_id}": {"till"},
    "GET /v1/till-sessions/{resource_id}/counts/{count_id}": {"till", "read"},
    "PUT /v1/period-reports/{resource_id}": {"till"},
    "GET /v1/period-reports/{resource_id}": {"till", "read"},
    "GET /v1/period-reports": {"till", "read"},
    "PUT /v1/period-reports/{resource_id}/copies/{copy_id}": {"till"},
    "GET /v1/period-reports/{resource_id}/copies/{copy_id}": {"till", "read"},
    "PUT /v1/reconciliations/{resource_id}": {"till"},
    "GET /v1/reconciliations/{resource_id}": {"till", "read"},
    "PUT /v1/sales/{resource_id}": {"till"},
    "GET /v1/sales/{resource_id}": {"till", "read"},
    "POST /v1/sales/{resource_id}/cancel": {"till"},
    "PUT /v1/sales/{resource_id}/tenders/{tender_id}": {"till"},
    "PUT /v1/sales/{resource_id}/receipt-copies/{copy_id}": {"till"},
    "GET /v1/sales/{resource_id}/receipt-copies/{copy_id}": {"till", "read"},
    "PUT /v1/pairing-codes/{resource_id}": {"admin"},
    "GET /v1/pairing-codes/{resource_id}": {"admin"},
    "POST /v1/pairing-codes/{resource_id}/cancel": {"admin"},
    "GET /v1/pairing-codes/{resource_id}/qr": {"admin"},
    "GET /v1/sales": {"read"},
    "GET /v1/shop": {"till", "read"},
    "PUT /v1/price-inquiries/{resource_id}": {"till"},
    "GET /v1/price-inquiries/{resource_id}": {"till", "read"},
    "PUT /v1/voids/{resource_id}": {"till"},
    "GET /v1/voids/{resource_id}": {"till", "read"},
    "PUT /v1/suspended-sales/{resource_id}": {"till"},
    "GET /v1/suspended-sales/{resource_id}": {"till", "read"},
    "GET /v1/suspended-sales": {"till", "read"},
    "PUT /v1/suspended-sales/{resource_id}/resumptions/{resumption_id}": {"till"},
    "PUT /v1/basket-cancellations/{resource_id}": {"till"},
    "GET /v1/basket-cancellations/{resource_id}": {"till", "read"},
    "GET /v1/receipts/{code}": {"till", "read"},
    "GET /v1/receipts": {"till", "read"},
    "POST /v1/gift-cards/balance": {"till"},
    "GET /v1/orders": {"till", "read"},
    "PUT /v1/orders/{order_id}/hand-outs/{resource_id}": {"till"},
    "PUT /v1/catalogue-imports/{resource_id}/parts/{number}": {"admin"},
    "GET /v1/catalogue": {"till", "scan", "read"},
    "GET /v1/items/{code}": {"till", "scan", "read"},
    "GET /v1/items": {"till", "scan", "read"},
    "GET /v1/product-groups": {"till", "scan", "read"},
    "PUT /v1/logo": {"admin"},
    "GET /v1/logo": {"admin", "read"},
    "DELETE /v1/logo": {"admin"},
    "GET /v1/logs": {"admin"},
    "GET /metrics": {"read"},
    "GET /v1/clock": {"till", "read"},
    "PUT /v1/clock-confirmations/{resource_id}": {"till"},
    "GET /v1/clock-confirmations/{resource_id}": {"till", "read"},
    "GET /v1/tokens": {"admin"},
    "POST /v1/terminals/{name}/trace": {"admin"},
    "POST /v1/tokens/{token_id}/revoke": {"admin"},
}
PAGES = {"GET /", "GET /status/{name}", "GET /till", "GET /till/{name}"}
"""Files of a page, for browsers; the document is for programs."""
OPEN = {
    "GET /client.js",
    "PUT /v1/pairings/{resource_id}",
    "GET /r/{token}",
    "GET /trust",
    "GET /trust/authority.crt",
    *PAGES,
}


def application(daemon: Daemon) -> Litestar:
    app = daemon.server._app._app  # type: ignore[attr-defined] # behind the gate
    assert isinstance(app, Litestar)
    return app


async def test_every_route_asks_for_the_scopes_that_this_table_says(bare_daemon: Daemon) -> None:
    found = {}
    opened = set()
    for path, handler in handlers(application(bare_daemon)):
        (method,) = handler.http_methods if isinstance(handler, HTTPRouteHandler) else ("SOCKET",)
        name = f"{method} {path}"
        if is_open(handler):
            opened.add(name)
        else:
            found[name] = scopes_of(handler)
    assert found == RIGHTS
    assert opened == OPEN


def test_a_route_that_does_not_say_who_may_call_it_makes_no_application() -> None:
    @get("/v1/forgotten")
    async def forgotten() -> None:
        """Say nothing."""

    with pytest.raises(TypeError, match="does not say who may call it"):
        create_app([forgotten], About("Forgotten", "1", ""), {})


def test_a_route_may_not_ask_for_nothing_by_accident() -> None:
    assert needs(Scope.READ)["scopes"] == {Scope.READ}
    with pytest.raises(TypeError, match="at least one scope"):
        needs()


async def test_the_document_says_which_scopes_each_operation_needs(bare_daemon: Daemon) -> None:
    async with client(bare_daemon.addresses[0][1]) as register:
        document = (await register.get("/openapi.json")).json()
    for name, scopes in RIGHTS.items():
        method, path = name.split()
        if method != "SOCKET" and path != "/openapi.json":
            operation = document["paths"][path][method.lower()]
            assert operation["security"] == [{"bearer": []}], name
            needed = [] if scopes == frozenset(Scope) else sorted(scopes)
            assert operation["x-scopes"] == needed, name
    for name in OPEN - PAGES:
        method, path = name.split()
        assert document["paths"][path][method.lower()]["security"] == []
