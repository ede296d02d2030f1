"""The terminal on the counter: its port, its state, and the hands that touch it."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from drivers.wire.zvt.apdu import Apdu
from simulators.control import Faults, Json, UnknownNameError, unknown
from simulators.payment_terminal.cables import Cable, SerialCable, TcpCable
from simulators.payment_terminal.commands import Commands
from simulators.payment_terminal.customer import ACTIONS, Customer
from simulators.payment_terminal.faults import FAULTS
from simulators.payment_terminal.firmware import Firmware
from simulators.payment_terminal.ledger import HIGHEST_RECEIPT_NUMBER, Entry, Ledger
from simulators.payment_terminal.model import Model
from simulators.payment_terminal.payment import keyed_by_hand
from simulators.payment_terminal.serial_port import SerialPort
from simulators.payment_terminal.session import Session

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
SHOWN_ENTRIES = 20
TERMINAL_ID_DIGITS = 8

HANDS = {
    **ACTIONS,
    "unplug": "Pull the till's cable (serial) and put it back.",
    "key_payment": "Key a payment at the terminal itself: amount in cents, card as for tap.",
    "end_of_day": "Press the end of day at the terminal.",
    "set_receipt_number": "Let the next receipt have a number: number, 1 to 9999.",
    "swap": "Put another terminal in its place: terminal_id, eight digits.",
}
"""What the customer does, and who else is near the terminal."""


class PaymentTerminal:
    """One simulated terminal.

    Args:
        name: Its name in the TOML.
        ledger: The file of its books; without one they last as long as the object.
        port: 0 takes a free one; `port` tells which.
        auto: Every customer taps at once.
        model: What kind of terminal it is.
        line: How the till is connected: over TCP, or over a serial line (a pty).
        directory: Where the serial line's address is; a temporary one when absent.
    """

    family = "payment_terminal"

    def __init__(  # noqa: PLR0913 - all optional, all by name
        self,
        name: str = "terminal",
        ledger: Path | None = None,
        *,
        port: int = 0,
        auto: bool = False,
        model: Model | None = None,
        line: Literal["tcp", "serial"] = "tcp",
        directory: Path | None = None,
    ) -> None:
        model = model or Model()
        self.name = name
        self.port = port
        self.faults = Faults(FAULTS)
        self.ledger = Ledger(ledger, model.terminal_id, model.first_receipt_number)
        self.customer = Customer(auto=auto)
        self._line = line
        self._directory = directory
        self._firmware = Firmware(
            self.faults, self.ledger, self.customer, model, self._restart_by_itself
        )
        self._commands = Commands(self._firmware)
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
        self._serial_port: SerialPort | None = None
        self._url: str | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._hands: dict[str, Callable[..., Awaitable[None]]] = {
            "tap": self._tap,
            "insert_pin": self._insert_pin,
            "refuse": self._leave,
            "walk_away": self._leave,
            "auto": self._auto,
            "power_cut": self._power_cut,
            "unplug": self._unplug,
            "key_payment": self._key_payment,
            "end_of_day": self._end_of_day,
            "set_receipt_number": self._set_receipt_number,
            "swap": self._swap,
        }

    async def __aenter__(self) -> Self:
        """Switch the terminal on. What a power cut left open is settled first."""
        self._firmware.settle_pending()
        if self._line == "serial":
            self._serial_port = SerialPort(self.name, self._directory)
            self._url = str(self._serial_port.path)
            self._plug_in()
        else:
            await self._listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch it off."""
        serial_port, self._serial_port = self._serial_port, None
        if self._restarting is not None:
            await self._restarting
        if self._server is not None:
            self._server.close()
        self._server = None
        await self._power_cut()
        self.ledger.close()
        if serial_port is not None:
            serial_port.close()

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        address = f'host = "{HOST}"\nport = {self.port}\n'
        if self._url is not None:
            address = f'url = "{self._url}"\n'
        return f'[[payment_terminal]]\nname = "{self.name}"\ndriver = "zvt"\n{address}'

    def state(self) -> Json:
        """What a person would see, and the last entries of the books."""
        return {
            "step": self._firmware.step,
            "registered": self._firmware.registration is not None,
            "tills": len(self._sessions),
            "terminal_id": self.ledger.terminal_id,
            "display": list(self._firmware.display),
            "clock": self._commands.clock,
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
        return HANDS

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what the customer, or somebody behind the counter, does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument is unknown or of the wrong kind.
        """
        if action not in HANDS:
            raise UnknownNameError(unknown("action", action, HANDS))
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
        serial_port, self._serial_port = self._serial_port, None
        for session in list(self._sessions):
            session.drop()
        await self._firmware.stop()
        if self._sessions:
            await asyncio.wait(self._sessions.values())
        self._firmware.registration = None
        self._serial_port = serial_port
        self._plug_in()

    async def _unplug(self) -> None:
        for session in list(self._sessions):
            session.drop()
        if self._sessions:
            await asyncio.wait(self._sessions.values())

    async def _key_payment(self, *, amount: int, card: str = "mastercard") -> None:
        if not isinstance(amount, int) or amount <= 0:
            raise ValueError("key_payment takes an amount in cents.")
        self.customer.require(card)
        entry = keyed_by_hand(self._firmware, amount, card)
        _log.info("Somebody keyed a payment: receipt %04d.", entry.receipt_number)

    async def _end_of_day(self) -> None:
        self._firmware.close_day()

    async def _set_receipt_number(self, *, number: int) -> None:
        if not isinstance(number, int) or not 1 <= number <= HIGHEST_RECEIPT_NUMBER:
            raise ValueError(f"A receipt number is 1 to {HIGHEST_RECEIPT_NUMBER}.")
        self.ledger.set_last_receipt_number(number - 1)

    async def _swap(self, *, terminal_id: str) -> None:
        if len(terminal_id) != TERMINAL_ID_DIGITS or not terminal_id.isdecimal():
            raise ValueError("A terminal id has eight digits.")
        await self._power_cut()
        self.ledger.terminal_id = terminal_id

    async def _restart_by_itself(self) -> None:
        """Restart: whoever calls this is gone before it returns."""
        self._restarting = asyncio.create_task(self._restart())
        await asyncio.Event().wait()

    async def _restart(self) -> None:
        """Close the port, lose what runs, and open the port anew."""
        if self._server is not None:
            self._server.close()
        await self._power_cut()
        if self._server is not None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._welcome, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _plug_in(self) -> None:
        """Lay a new serial line, where there is one and the power is on."""
        if self._serial_port is None:
            return
        cable = SerialCable(self._serial_port.plug_in(), self.faults)
        session = self._session(cable)
        self._sessions[session] = asyncio.create_task(self._serve(session))

    def _session(self, cable: Cable) -> Session:
        return Session(cable, self.faults, self._firmware.take, self._firmware.record)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        session = self._session(TcpCable(reader, writer, self.faults))
        self._sessions[session] = task
        _log.info("A till connects to %s.", self.name)
        await self._serve(session)
        _log.info("A till leaves %s.", self.name)

    async def _serve(self, session: Session) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await session.serve()
        finally:
            self._sessions.pop(session, None)
            self._plug_in()


def _shown(entry: Entry) -> Json:
    return {
        "kind": entry.kind.value,
        "receipt_number": f"{entry.receipt_number:04d}",
        "trace_number": f"{entry.trace_number:06d}",
        "amount": entry.amount,
        "card": entry.card,
        "state": entry.state.value,
        "by_hand": entry.by_hand,
        "at": entry.at,
    }
