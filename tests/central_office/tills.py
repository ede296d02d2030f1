"""Edges that keep what the office sends them, without a daemon around."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator
from typing import Any

from paho.mqtt.client import MQTTMessage

from edge_daemon.journal import Draft
from edge_daemon.master_data import STOCK, MasterData, SetKind
from edge_daemon.records.payloads import InventoryControl, InventoryControlKind
from edge_daemon.state import StateStore
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.relaying import Edge, Tap, open_edge

PATIENCE_SECONDS = 30.0
OTHER = "edge-0042"
OF_STORE = f"pos/v1/{ORGANIZATION}/{STORE}/office"


class Till:
    """An edge, and what the office has sent it."""

    def __init__(self, edge: Edge, master_data: MasterData) -> None:
        self.edge = edge
        self.master_data = master_data
        self.changed = asyncio.Event()
        master_data.on_change(lambda _: self.changed.set())

    async def receive(self, quantity_milli: int, item_id: str = "cola") -> None:
        await self.edge.journal.append(Draft(payload=received(quantity_milli, item_id)))

    async def stock(self) -> dict[str, int]:
        """What lies where, by the office's word."""
        lines: dict[str, int] = {}
        async for part in self.master_data.parts(STOCK):
            lines |= {line.item_id: line.on_hand_milli for line in part.lines}
        return lines

    async def covered(self) -> dict[str, int]:
        covered: dict[str, int] = {}
        async for part in self.master_data.parts(STOCK):
            covered |= {one.edge_id: one.seq for one in part.covers}
        return covered

    async def until_stock(self, **wanted: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            self.changed.clear()
            while await self.stock() != wanted:
                await self.changed.wait()
                self.changed.clear()

    async def until_version(self, kind: SetKind[Any], version: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.master_data.version(kind) != version:
                self.changed.clear()
                await self.changed.wait()


def received(quantity_milli: int, item_id: str = "cola") -> InventoryControl:
    return InventoryControl(
        kind=InventoryControlKind.RECEIPT,
        document_id="01M7YHZT83Q6W5N4C2R1B0A9ZX",
        item_id=item_id,
        quantity_milli=quantity_milli,
        uom="C62",
        location_id=STORE,
        reason_code="delivery",
    )


@contextlib.asynccontextmanager
async def till(folder: pathlib.Path, port: int, edge_id: str = EDGE) -> AsyncIterator[Till]:
    state = await StateStore.open(folder / f"{edge_id}-state.db")
    master_data = MasterData(state)
    await master_data.load()
    path = folder / f"{edge_id}.db"
    async with open_edge(path, port, edge_id=edge_id, downstream=master_data) as edge:
        yield Till(edge, master_data)
    await state.close()


def drained(tap: Tap) -> list[MQTTMessage]:
    """What has come by now."""
    return [tap.messages.get_nowait() for _ in range(tap.messages.qsize())]
