"""Two sales: a clerk at the register, one customer with cash and one with a card."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

from edge_daemon.client import Card, Cash, Event, Events, Sale, SaleLine
from simulators.shop.opening import Say, Shop
from simulators.shop.products import MILK, PRODUCTS, UMBRELLA, WAFFLES, Product

SALE_SECONDS = 60.0
"""For one sale, people included."""


class SaleError(RuntimeError):
    """Raised when a sale did not end as it should; the message says what the daemon answered."""


@dataclass
class Counter:
    """The people at the counter.

    Attributes:
        events: What the register hears.
        pause: Seconds that they take between two acts, for those who watch.
    """

    shop: Shop
    events: Events
    say: Say
    pause: float = 0.0

    @classmethod
    @contextlib.asynccontextmanager
    async def staffed(cls, shop: Shop, say: Say, pause: float = 0.0) -> AsyncIterator[Self]:
        """Take place at the counter: from now on the register hears every scan."""
        async with shop.register.events() as events:
            counter = cls(shop, events, say, pause)
            await counter.heard("subscribed")
            yield counter

    async def heard(self, type_: str, **data: str) -> Event:
        """Wait for an event of that type, with these data."""
        async for event in self.events:
            if event.type == type_ and all(
                event.data.get(key) == value for key, value in data.items()
            ):
                return event
        raise SaleError(f"The event stream ended before {type_} came.")

    async def sell_for_cash(self) -> str:
        """Sell one scanned product for cash, give change, close the drawer; returns the sale's id.

        Raises:
            SaleError: Something did not go as it should.
        """
        async with _in_time("cash"):
            line = await self._scan(MILK)
            self.say("The customer hands over 2.00 in cash.")
            await self._pause()
            sale = await self.shop.register.sell([line], [Cash(amount=200)])
            _expect(sale, change=70, drawer="opened")
            await self._pause()
            self.say("The drawer is open; the clerk gives 0.70 change and closes it.")
            await self.shop.devices.printer.hand("close_drawer")
            await self.heard("drawer_closed")
        return sale.id

    async def sell_contactless(self) -> str:
        """Sell two scanned products to a customer who taps; returns the sale's id.

        Raises:
            SaleError: Something did not go as it should.
        """
        async with _in_time("contactless"):
            lines = [await self._scan(product) for product in (WAFFLES, UMBRELLA)]
            async with asyncio.TaskGroup() as group:
                tapping = group.create_task(self._tap_when_asked())
                sale = await self.shop.register.sell(lines, [Card()])
                tapping.cancel()
            _expect(sale, change=0, drawer=None)
        return sale.id

    async def _scan(self, product: Product) -> SaleLine:
        """Scan a product, and look up what the scanner read; returns a line of the basket."""
        self.shop.devices.scanner.scan(product.gtin)
        scan = (await self.heard("scan")).data
        await self._pause()
        found = PRODUCTS.get(str(scan.get("gtin", "")).lstrip("0"))
        if found is None:
            raise SaleError(f"Scanned {product.gtin}, and the register heard {scan}.")
        line = found.line(self.shop.options.language, scan["scan_data"])
        self.say(f"Scanned {found.gtin}: {line.description}, {found.unit_price / 100:.2f}.")
        return line

    async def _tap_when_asked(self) -> None:
        await self.heard("phase_changed", phase="waiting_for_card")
        await self._pause()
        self.say("The terminal asks for a card; the customer taps.")
        await self.shop.devices.terminal.hand("tap")

    async def _pause(self) -> None:
        await asyncio.sleep(self.pause)


@contextlib.asynccontextmanager
async def _in_time(kind: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(SALE_SECONDS):
            yield
    except TimeoutError as error:
        raise SaleError(f"The {kind} sale has not ended after {SALE_SECONDS:.0f} s.") from error


def _expect(sale: Sale, *, change: int, drawer: str | None) -> None:
    """Compare what the daemon answered with what should have happened."""
    opening = sale.drawer.state if sale.drawer else None
    receipt = sale.receipt.state if sale.receipt else None
    found = (sale.state, sale.change, opening, receipt)
    if sale.problems or found != ("completed", change, drawer, "printed"):
        problems = " ".join(sale.problems)
        raise SaleError(
            f"The sale is {found[0]}, its change {found[1]}, the drawer {found[2]}, the receipt "
            f"{found[3]}. {problems}".rstrip()
        )
