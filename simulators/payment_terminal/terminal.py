"""The terminal on the counter: its port, its state, and the hands that touch it."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drivers.wire.zvt.apdu import Apdu
from simulators.control import Faults, Json, UnknownNameError, unknown
from simulators.payment_terminal.customer import ACTIONS, Customer
from simulators.payment_terminal.faults import FAULTS
from simulators.payment_terminal.firmware import Firmware
from simulators.payment_terminal.ledger import Entry, Ledger
from simulators.payment_terminal.model import Model
from simulators.payment_terminal.session import Session

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
SHOWN_ENTRIES = 20


class PaymentTerminal:
    """One simulated terminal.

    Args:
        name: Its name in the TOML.
        ledger: The file of its books; without one they last as long as the object.
        port: 0 takes a free one; `port` tells which.
        auto: Every customer taps at once.
        model: What kind of terminal it is.
    """

    family = "payment_terminal"

    def __init__(
        self,
        name: str = "terminal",
        ledger: Path | None = None,
        *,
        port: int = 0,
        auto: bool = False,
        model: Model | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.faults = Faults(FAULTS)
        self.ledger = Ledger(ledger)
        self.customer = Customer(auto=auto)
        self._firmware = Firmware(self.faults, self.ledger, self.customer, model or Model())
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
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
        self._server = await asyncio.start_server(self._welcome, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch it off."""
        if self._server is not None:
            self._server.close()
        await self._power_cut()
        self.ledger.close()
        self._server = None

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        return (
            f'[[payment_terminal]]\nname = "{self.name}"\ndriver = "zvt"\n'
            f'host = "{HOST}"\nport = {self.port}\n'
        )

    def state(self) -> Json:
        """What a person would see, and the last entries of the books."""
        return {
            "step": self._firmware.step,
            "registered": self._firmware.registered,
            "tills": len(self._sessions),
            "terminal_id": self._firmware.model.terminal_id,
            "auto": self.customer.auto,
            "booked": self.ledger.booked(),
            "entries": [_shown(entry) for entry in self.ledger.entries()[-SHOWN_ENTRIES:]],
        }

    @property
    def traffic(self) -> list[tuple[str, Apdu]]:
        """The last messages, sender ("ecr" or "pt") first, without card data."""
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

    async def until_heard(self, control: int, sender: str = "ecr", times: int = 1) -> None:
        """Wait until messages with this control field were sent by the till, or by us ("pt")."""
        message = (sender, control)
        await self._firmware.until(
            lambda: [(who, apdu.control) for who, apdu in self.traffic].count(message) >= times
        )

    async def _tap(self, **card: str) -> None:
        self.customer.present(contactless=True, **card)

    async def _insert_pin(self, **card: str) -> None:
        self.customer.present(contactless=False, **card)

    async def _leave(self) -> None:
        self.customer.leave()

    async def _auto(self, *, on: bool = True) -> None:
        self.customer.auto = on

    async def _power_cut(self) -> None:
        for session in list(self._sessions):
            session.drop()
        await self._firmware.stop()
        if self._sessions:
            await asyncio.wait(self._sessions.values())

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        firmware = self._firmware
        session = Session(reader, writer, self.faults, firmware.take, firmware.record)
        task = asyncio.current_task()
        if task is None:
            return
        self._sessions[session] = task
        _log.info("A till connects to %s.", self.name)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await session.serve()
        finally:
            del self._sessions[session]
            _log.info("A till leaves %s.", self.name)


def _shown(entry: Entry) -> Json:
    return {
        "kind": entry.kind,
        "receipt_number": f"{entry.receipt_number:04d}",
        "trace_number": f"{entry.trace_number:06d}",
        "amount": entry.amount,
        "card": entry.card,
        "state": entry.state.value,
        "at": entry.at,
    }
