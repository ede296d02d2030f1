"""How much one caller may ask: checked with its rights, before anything is read."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from central_office.access.attempts import Buckets
from central_office.api.refusals import TooManyError
from edge_daemon.web import Caller, Rights


class OfficeRights(Rights):
    """The rights, and a bucket of calls for each caller."""

    def __init__(self, calls: Buckets) -> None:
        super().__init__(remedy="Ask the owner for it.")
        self._calls = calls

    async def check(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        """Litestar's guard.

        Raises:
            NotPermittedError: The caller has none of the rights.
            TooManyError: It asks too fast.
        """
        await super().check(connection, handler)
        caller: Caller | None = connection.scope["state"].get("caller")
        if caller is None:
            return
        wait = self._calls.wait(caller.id)
        if wait:
            raise TooManyError(f"Too many requests. Go on in {wait} seconds.", wait)
        self._calls.take(caller.id)
