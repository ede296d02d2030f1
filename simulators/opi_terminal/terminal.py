"""The terminal on the counter: its ports, its state, and the hands that touch it."""

import socket
from pathlib import Path

from drivers.wire import WireError
from drivers.wire.opi import FrameReader, decode, encode, encode_frame
from drivers.wire.opi.messages import CardServiceRequest, ServiceRequest
from drivers.wire.opi.words import RequestType
from simulators.control import Json
from simulators.nexo_terminal.books import Books, Entry
from simulators.opi_terminal.faults import FAULTS
from simulators.opi_terminal.firmware import Firmware, Request, Response
from simulators.opi_terminal.leaks import leaking
from simulators.opi_terminal.model import Model
from simulators.opi_terminal.till import Till
from simulators.terminal_stand import HOST, Link, TerminalStand

SHOWN_ENTRIES = 20
ACTING = frozenset(
    {
        RequestType.CARD_PAYMENT,
        RequestType.PAYMENT_REFUND,
        RequestType.PAYMENT_REVERSAL,
        RequestType.RECONCILIATION_WITH_CLOSURE,
    }
)
"""What the till's devices are used for."""
NOT_OPI = b"HTTP/1.1 400 Bad Request\r\n\r\n"


class OpiTerminal(TerminalStand):
    """One simulated terminal.

    Args:
        name: Its name in the TOML.
        ledger: The file of its books; without one they last as long as the object.
        port: Of channel 0; 0 takes a free one, and `port` tells which.
        auto: Every customer taps at once.
        model: What kind of terminal it is.
    """

    def __init__(
        self,
        name: str = "terminal",
        ledger: Path | None = None,
        *,
        port: int = 0,
        auto: bool = False,
        model: Model | None = None,
    ) -> None:
        super().__init__(name, FAULTS, port=port, auto=auto)
        self.model = model or Model()
        self.books = Books(ledger)
        self.device_port = self.model.device_port or _free_port()
        self._firmware = Firmware(self, self.books)

    @property
    def ledger(self) -> Books:
        """The books."""
        return self.books

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        return (
            f'[[payment_terminal]]\nname = "{self.name}"\ndriver = "opi"\n'
            f'host = "{HOST}"\nport = {self.port}\n'
            f'device_host = "{HOST}"\ndevice_port = {self.device_port}\n'
            "repeat_last_message = true\n"
        )

    def state(self) -> Json:
        """What a person would see, and the last entries of the books."""
        return {
            "step": self.step,
            "logged_in": self._firmware.logged_in,
            "terminal_id": self.model.terminal_id,
            "auto": self.customer.auto,
            "booked": self.books.booked(),
            "entries": [_shown(entry) for entry in self.books.entries()[-SHOWN_ENTRIES:]],
        }

    async def start(self) -> None:
        """Come up."""
        self._firmware.start()

    async def stop(self) -> None:
        """Lose power."""
        await self._firmware.stop()

    def let_go(self) -> None:
        """Close the books."""
        self.books.close()

    async def serve(self, link: Link) -> None:
        """Serve one connection on channel 0: one request, one response."""
        if self.faults.take("drop_before_request"):
            link.drop()
            return
        request = await _read(link)
        if request is None:
            return
        self.record("ecr", request.request_type)
        if "not_opi" in self.faults:
            await link.send(NOT_OPI)
            return
        if "silent" in self.faults:
            await link.read()
            return
        await self._answer(link, request)

    async def _answer(self, link: Link, request: Request) -> None:
        till = Till(self.faults, self.record, request, self.model)
        acts = request.request_type in ACTING
        if acts and self.faults.take("drop_after_request"):
            link.drop()
        if acts:
            await till.dial(link.peer, self.device_port)
        try:
            response = await self._firmware.take(request, till)
            await self._respond(link, response, acts=acts)
            if till.later is not None:
                await till.later()
        finally:
            till.hang_up()

    async def _respond(self, link: Link, response: Response, *, acts: bool) -> None:
        faults = self.faults
        document = encode(response)
        if "leaks_card_data" in faults:
            document = leaking(document)
        if acts and faults.take("other_request_id"):
            document = document.replace(response.request_id.encode(), b"00000000")
        frame = encode_frame(document)
        if acts and faults.take("drop_before_response"):
            link.drop()
            return
        if acts and faults.take("length_too_long"):
            frame = (len(document) + 10).to_bytes(4, "big") + document
        if acts and faults.take("length_too_short"):
            frame = (len(document) - 10).to_bytes(4, "big") + document
        self.record("pt", response.request_type)
        if acts and faults.take("drop_mid_response"):
            await link.send(frame[: len(frame) // 2])
            link.drop()
            return
        await link.send(frame)
        await link.read()


async def _read(link: Link) -> Request | None:
    frames = FrameReader()
    try:
        while (frame := frames.next_frame()) is None:
            data = await link.read()
            if not data:
                return None
            frames.receive_data(data)
        request = decode(frame)
    except WireError:
        return None
    return request if isinstance(request, ServiceRequest | CardServiceRequest) else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _shown(entry: Entry) -> Json:
    return {
        "kind": entry.kind,
        "stan": entry.tender,
        "amount": entry.amount,
        "card": entry.card,
        "state": entry.state.value,
        "at": entry.at,
    }
