"""Shops of one chain: daemons without devices, a broker, and lines between that may be cut."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Self, TypeVar

from simulators.broker import Broker
from tests.entries import ORGANIZATION
from tests.proxy import Proxy
from tests.stories.a_day import Day
from tests.stories.counter import TOKEN, Counter
from tests.stories.head_office import acknowledged, relayed

BACK_OFF_SECONDS = 31.0
"""A box that found nobody tries again after half a minute at most."""
CONFIGURATION = """
[edge]
id = "edge-{store}"
organization = "{organization}"
store = "{store}"
state_directory = "{directory}/state"

[api]
port = 0
token = "{token}"

[shop]
name = "De Hoekwinkel"
vat_number = "NL123456789B01"
cash_rounding = 5

[[tax_code]]
code = "low"
rate_bp = 900
description = "9%"

[[workstation]]
name = "till-1"

[relay]
port = {port}
ack_timeout = 0.5
"""


class Line(Proxy):
    """The shop's way to the broker, which may be down."""

    up = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.up:
            await super()._serve(reader, writer)
        else:
            self._end(writer)

    def break_down(self) -> None:
        self.up = False
        self.cut()


class Shop(Counter):
    """A shop without devices, whose line may be cut."""

    def __init__(self, store: str, line: Line) -> None:
        super().__init__()
        self.store = store
        self.line = line
        self.day = Day(self)
        self.session = ""

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.client)
        return self

    def configuration(self) -> pathlib.Path:
        path = self.directory / "edge-daemon.toml"
        told = CONFIGURATION.format(
            store=self.store,
            organization=ORGANIZATION,
            directory=self.directory,
            token=TOKEN,
            port=self.line.port,
        )
        path.write_text(told, encoding="utf-8")
        return path

    async def open(self) -> None:
        self.session = await self.day.open()

    async def lose_the_line(self) -> None:
        """From now on it hears nothing of the office, and the office nothing of it."""
        self.line.break_down()
        await relayed(self, lambda state: not state.connected)


AShop = TypeVar("AShop", bound=Shop)


@contextlib.asynccontextmanager
async def shops(
    broker: Broker, names: Sequence[str], kind: Callable[[str, Line], AShop]
) -> AsyncIterator[list[AShop]]:
    """Shops that are open."""
    async with contextlib.AsyncExitStack() as stack:
        found: list[AShop] = []
        for name in names:
            line = await stack.enter_async_context(Line(broker.port))
            shop = kind(name, line)
            await stack.enter_async_context(shop)
            found.append(shop)
        for shop in found:
            await shop.start(devices=False)
            await shop.open()
        yield found


async def all_acknowledged(some: Iterable[Shop]) -> None:
    """Wait until the office has all that they have journaled."""
    for shop in some:
        await acknowledged(shop)
