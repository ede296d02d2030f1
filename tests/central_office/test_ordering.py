"""Replenishment by HTTP."""

import pytest

from central_office.access.rights import Right, Role
from tests.central_office.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOP, OTHER = "store-001", "store-002"
ORDER, DELIVERY = "01M7YHZT83Q6W5N4C2R1B0A9ZX", "01M7YHZT83Q6W5N4C2R1B0A9ZY"
LINES = [{"item_id": "tonic", "quantity_milli": 6_000}]
LEVEL = {"reorder_point_milli": 4_000, "order_up_to_milli": 10_000}


async def test_what_is_short_is_ordered_sent_and_received(office: House) -> None:
    manager = await office.person("ordering", Role.MANAGER, stores=[SHOP])
    async with manager:
        level = await manager.put(f"/v1/reorder-levels/{SHOP}/tonic", json=LEVEL)
        assert (level.status_code, level.json()["reorder_point_milli"]) == (200, 4_000)
        short = (await manager.get("/v1/views/to-order")).json()["rows"]
        assert [(row["item_id"], row["suggested_milli"]) for row in short] == [("tonic", 10_000)]
        path = f"/v1/purchase-orders/{ORDER}"
        draft = {"location_id": SHOP, "lines": LINES}
        assert (await manager.put(path, json=draft)).json()["state"] == "Drafted"
        assert (await manager.post(f"{path}/send", json={})).json()["state"] == "Sent"
        came = await manager.put(f"{path}/deliveries/{DELIVERY}", json={"lines": LINES})
        assert came.json()["state"] == "Received"
        assert (await manager.get(path)).json() == came.json()
        refused = await manager.post(f"{path}/cancel", json={"reason": "too late"})
        assert (refused.status_code, "has come" in refused.text) == (409, True)
        wrong = await manager.put("/v1/purchase-orders/1", json=draft)
        assert (wrong.status_code, "ULID" in wrong.text) == (400, True)
        elsewhere = await manager.put(f"/v1/reorder-levels/{OTHER}/tonic", json=LEVEL)
        assert elsewhere.status_code == 404
    stranger = await office.program(Right.ORDER, Right.STOCK, stores=[OTHER])
    async with stranger:
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.put(path, json=draft | {"location_id": OTHER})).status_code == 404
        assert (await stranger.post(f"{path}/close", json={})).status_code == 404
