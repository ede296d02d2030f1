"""The bench of an open shop."""

import contextlib
import secrets
import socket
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Self

from simulators.bench.application import Bench
from simulators.bench.stage import Stage
from simulators.configuration import WORKSTATION
from simulators.http_server import HOST, serving
from simulators.shop.configuration import OPERATOR_ID
from simulators.shop.opening import Shop
from simulators.shop.products import PRODUCTS


class Place:
    """Where the bench will be: its port is taken before the shop opens, which has to know it.

    Attributes:
        port: On loopback.
    """

    def __init__(self, port: int = 0) -> None:
        """Take a port; 0 takes a free one.

        Raises:
            OSError: It is in use.
        """
        self._listener = socket.create_server((HOST, port))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    @property
    def origins(self) -> tuple[str, ...]:
        """What the page's origin may be."""
        return f"http://{HOST}:{self.port}", f"http://localhost:{self.port}"

    @contextlib.asynccontextmanager
    async def open(self, shop: Shop) -> AsyncIterator[str]:
        """Serve the bench of this shop; yields the page's address, with its token."""
        token = secrets.token_urlsafe(24)
        bench = Bench(_stage(shop), self.port, token)
        async with serving(bench, self._listener):
            try:
                yield f"http://{HOST}:{self.port}/#{token}"
            finally:
                bench.closing.set()


def _stage(shop: Shop) -> Stage:
    return Stage(
        simulators=shop.devices.by_name,
        plugs={"mains": shop.box, "network": shop.cable},
        shop={
            "url": shop.url,
            "token": shop.token,
            "workstation": WORKSTATION,
            "operator_id": OPERATOR_ID,
            "language": shop.options.language,
            "currency": "EUR",
            "products": [asdict(product) for product in PRODUCTS.values()],
        },
    )
