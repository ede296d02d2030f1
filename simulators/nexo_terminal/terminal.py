"""The terminal on the counter: its port, its state, and the hands that touch it."""

import asyncio
import logging
import shutil
import tempfile
import weakref
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulators.control import Faults, Json, UnknownNameError, unknown
from simulators.nexo_terminal.books import Books, Entry
from simulators.nexo_terminal.certificates import HOST, certificates, server_context
from simulators.nexo_terminal.door import Link
from simulators.nexo_terminal.faults import FAULTS
from simulators.nexo_terminal.firmware import Firmware
from simulators.nexo_terminal.model import Model
from simulators.nexo_terminal.serving import Service
from simulators.payment_terminal.customer import ACTIONS, Customer

_log = logging.getLogger(__name__)

SHOWN_ENTRIES = 20
BOOKS = "books.sqlite"


class NexoTerminal:
    """One simulated terminal.

    Args:
        name: Its name in the TOML.
        directory: Where its books and certificates are; without one they last as long as it.
        port: 0 takes a free one; `port` tells which.
        auto: Every customer taps at once.
        model: What kind of terminal it is.
    """

    family = "payment_terminal"

    def __init__(
        self,
        name: str = "terminal",
        directory: Path | None = None,
        *,
        port: int = 0,
        auto: bool = False,
        model: Model | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.model = model or Model()
        self.faults = Faults(FAULTS)
        self._directory = directory or self._temporary_folder()
        self.ledger = Books(directory / BOOKS if directory else None)
        self.customer = Customer(auto=auto)
        self._firmware = Firmware(self.faults, self.ledger, self.customer, self.model)
        self._service = Service(self._firmware)
        self._certificates = certificates(self._directory, self.model.common_name)
        self._context = server_context(self._certificates.right)
        self._links: dict[Link, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
        self._telling: asyncio.Task[None] | None = None
        self.faults.on_switch(self._show_certificate)
        self._hands: dict[str, Callable[..., Awaitable[None]]] = {
            "tap": self._tap,
            "insert_pin": self._insert_pin,
            "refuse": self._leave,
            "walk_away": self._leave,
            "auto": self._auto,
            "power_cut": self._power_cut,
        }

    async def __aenter__(self) -> Self:
        """Switch the terminal on. What a power cut left open is settled first."""
        self._firmware.settle_pending()
        self._telling = asyncio.create_task(self._firmware.teller.run())
        self._server = await asyncio.start_server(self._welcome, HOST, self.port, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch it off."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        await self._power_cut()
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.wait({self._telling})
        self.ledger.close()

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        values: dict[str, str | int] = {
            "name": self.name,
            "driver": "nexo_cloud" if self.model.cloud else "nexo",
            "poi_id": self.model.poi_id,
            "sale_id": "till-1",
            "ca_file": str(self._certificates.root.absolute()),
        }
        if self.model.cloud:
            values |= {
                "base_url": f"https://{HOST}:{self.port}",
                "merchant": self.model.merchant,
                "api_key": self.model.api_key,
            }
        else:
            values |= {
                "host": HOST,
                "port": self.port,
                "key_identifier": self.model.key_identifier,
                "key_version": self.model.key_version,
                "passphrase": self.model.passphrase,
                "environment": "test",
            }
        if self.model.notification_port is not None:
            values |= {"notification_host": HOST, "notification_port": self.model.notification_port}
        if self.model.notification_certificate is not None:
            file = str(self.model.notification_certificate)
            values |= {"notification_cert_file": file, "notification_key_file": file}
        lines = [
            f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"'
            for name, value in values.items()
        ]
        return "\n".join(["[[payment_terminal]]", *lines]) + "\n"

    def state(self) -> Json:
        """What a person would see, and the last entries of the books."""
        return {
            "step": self._firmware.step,
            "tills": len(self._links),
            "terminal_id": self.model.poi_id,
            "auto": self.customer.auto,
            "displayed": self._firmware.services.displayed,
            "booked": self.ledger.booked(),
            "entries": [_shown(entry) for entry in self.ledger.entries()[-SHOWN_ENTRIES:]],
        }

    @property
    def traffic(self) -> list[tuple[str, str]]:
        """The last messages by name, sender ("ecr" or "pt") first."""
        return list(self._firmware.traffic)

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return ACTIONS

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what the customer, or somebody behind the counter, does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument is unknown or of the wrong kind.
        """
        if action not in ACTIONS:
            raise UnknownNameError(unknown("action", action, ACTIONS))
        try:
            await self._hands[action](**arguments)
        except TypeError as error:
            raise ValueError(f"{action} does not take these arguments: {error}.") from error

    async def until(self, step: str) -> None:
        """Wait until the terminal stands at a step, such as `idle` or `waiting_for_card`."""
        await self._firmware.until(lambda: self._firmware.step == step)

    async def until_heard(self, message: str, sender: str = "ecr", times: int = 1) -> None:
        """Wait until messages of this name were sent by the till, or by us ("pt")."""
        await self._firmware.until(lambda: self.traffic.count((sender, message)) >= times)

    def _temporary_folder(self) -> Path:
        """Make a folder that goes with the object: tills look for the root even while it is off."""
        folder = tempfile.mkdtemp(prefix="nexo-terminal-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    async def _tap(self, **card: str) -> None:
        self.customer.present(contactless=True, **card)

    async def _insert_pin(self, **card: str) -> None:
        self.customer.present(contactless=False, **card)

    async def _leave(self) -> None:
        self.customer.leave()

    async def _auto(self, *, on: bool = True) -> None:
        self.customer.auto = on

    async def _power_cut(self) -> None:
        tasks = set(self._links.values())
        for link in list(self._links):
            link.drop()
        for task in tasks:
            task.cancel()
        await self._firmware.stop()
        await self._service.stop()
        if tasks:
            await asyncio.wait(tasks)
        self._firmware.settle_pending()
        self._firmware.show("idle")

    def _show_certificate(self, fault: str, on: bool) -> None:  # noqa: FBT001 - a listener
        del fault, on
        file = self._certificates.right
        if "tls_wrong_name" in self.faults:
            file = self._certificates.wrong_name
        elif "tls_other_root" in self.faults:
            file = self._certificates.other_root
        self._context.load_cert_chain(file)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link, task = Link(reader, writer), asyncio.current_task()
        if task is None:
            return
        self._links[link] = task
        try:
            await self._service.serve(link)
        except asyncio.CancelledError:
            _log.debug("%s lost its power.", self.name)
        finally:
            del self._links[link]
            link.drop()


def _shown(entry: Entry) -> Json:
    return {
        "kind": entry.kind,
        "tender": entry.tender,
        "service_id": entry.service_id,
        "amount": entry.amount,
        "card": entry.card,
        "state": entry.state.value,
        "at": entry.at,
    }
