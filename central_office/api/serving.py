"""Serves the API and the pages while it is entered."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from importlib import metadata
from typing import Any, Self

from central_office.access.attempts import Buckets
from central_office.access.callers import Directory
from central_office.access.tables import prepare
from central_office.api.application import create_api
from central_office.api.books import Books, Writer
from central_office.api.certificate import certificate_of
from central_office.api.login import cookie_name
from central_office.api.news import News
from central_office.api.parts import LOOK_SECONDS, OfficeParts
from central_office.errors import OfficeError
from central_office.settings import HttpSettings, OfficeSettings
from central_office.sql_tables import Session
from central_office.webhooks.deliveries import Deliveries
from central_office.webhooks.registry import WEBHOOKS
from central_office.webhooks.waiting import PARTS
from edge_daemon.web import Access, Gate, HttpServer, bind

ATTEMPTS = 5
"""Wrong passwords at once; then one more every `ATTEMPT_SECONDS`."""
ATTEMPT_SECONDS = 60.0
ATTEMPTS_OF_ADDRESS = 30
ADDRESS_SECONDS = 10.0
"""The same for all names from one address: a shop's people share theirs."""
SAVED_SECONDS = 10.0
"""So much of its minute's requests may a caller make at once."""
PACKAGE = "pos-edge"


class OfficeServer:
    """The door of an office.

    Attributes:
        parts: What the routes share.
        application: The routes, without the gate before them.
        addresses: Where it listens, host and port; once entered.
        tasks: What runs, by name.
    """

    def __init__(
        self,
        office: OfficeSettings,
        write: Writer,
        *,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """Take what the office is, and who writes to its database.

        Raises:
            OfficeError: The settings would let strangers read along, or the certificate cannot
                be read.
        """
        settings = office.http or HttpSettings()
        settings.check()
        books = Books(office.database, write)
        loop = asyncio.get_running_loop()
        rate = 60.0 / settings.requests_per_minute
        self.parts = OfficeParts(
            books=books,
            directory=Directory(now_us),
            news=News(books),
            deliveries=Deliveries(books, now_us, private=settings.webhooks_to_private_addresses),
            settings=settings,
            stores={store.id: store for store in office.store},
            attempts=Buckets(ATTEMPTS, ATTEMPT_SECONDS, loop.time),
            attempts_of_address=Buckets(ATTEMPTS_OF_ADDRESS, ADDRESS_SECONDS, loop.time),
            calls=Buckets(max(1, round(SAVED_SECONDS / rate)), rate, loop.time),
            now_us=now_us,
        )
        self.application = create_api(self.parts, version=metadata.version(PACKAGE))
        self.addresses: list[tuple[str, int]] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._certificate = certificate_of(settings)

    async def __aenter__(self) -> Self:
        """Make what is missing, listen, and serve.

        Raises:
            OfficeError: The database cannot be used, or the address cannot be had.
        """
        await self.parts.books.write(_prepare)
        await self.parts.look()
        settings = self.parts.settings
        gate = Gate(self.application, self._access())
        try:
            sockets = bind(settings.host, settings.port)
        except Exception as error:  # the web's own error, which the office does not know by name
            raise OfficeError(str(error).replace("[api]", "[http]")) from error
        tls = None if self._certificate is None else self._certificate.context
        server = HttpServer(gate, sockets, tls=tls, on_stop=self.parts.news.close)
        self.addresses = server.addresses
        running: dict[str, Coroutine[Any, Any, None]] = {
            "server": server.serve(),
            "access": self._keep_looking(),
            "news": self.parts.news.run(),
            "deliveries": self.parts.deliveries.run(),
        }
        self.tasks = {name: asyncio.create_task(one) for name, one in running.items()}
        await server.ready.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let answers under way finish for a moment, and close."""
        for task in self.tasks.values():
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks.values())
        self.parts.books.close()

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host, port = self.addresses[0]
        scheme = "http" if self.parts.settings.certificate_file is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    def booked(self) -> None:
        """Tell whoever wants to know: something was committed."""
        self.parts.news.look_now()
        self.parts.deliveries.wake()

    def _access(self) -> Access:
        settings, directory = self.parts.settings, self.parts.directory
        return Access(
            tokens=directory.keys,
            hosts=frozenset(settings.allowed_hosts),
            origins=frozenset(settings.allowed_origins),
            cookie=cookie_name(settings),
            sessions=directory.sessions,
            settings="[http]",
            where_from="an owner makes one, or log in",
        )

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._certificate is not None:
                self._certificate.look()
            with contextlib.suppress(OfficeError):  # what is known stays; the database comes back
                await self.parts.look()


def _prepare(session: Session) -> None:
    prepare(session)
    session.define(WEBHOOKS)
    session.define(PARTS)
