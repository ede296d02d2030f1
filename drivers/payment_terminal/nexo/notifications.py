"""What a terminal tells unasked: how far a customer is, and that it looks after itself.

It posts its messages to an address of the till that is set in the terminal's settings, encrypted
with the key that both share; live terminals post over HTTPS alone, to a certificate they know.
What does not open with the key, or comes from another terminal, is left unheard; nothing that is
told here moves money or ends a payment.

Source: Adyen, "Display notifications" (HTTP for tests only) and "Event notifications"; the names of
events from Adyen's libraries (PredefinedContentHelper).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

import h11

from drivers.payment_terminal import (
    DisplayTarget,
    DisplayText,
    MaintenanceChanged,
    Phase,
    PhaseChanged,
    TerminalEvent,
)
from drivers.payment_terminal.nexo.channel import Envelope
from drivers.transport import LinkLostError
from drivers.transport.tcp import TcpStream
from drivers.wire import WireError
from drivers.wire.nexo.envelope import Message
from drivers.wire.nexo.pairs import lines_of, pairs_of
from drivers.wire.nexo.parts import DisplayOutput
from drivers.wire.nexo.services import DisplayRequest, EventNotification
from drivers.wire.nexo.words import Device, EventToNotify
from drivers.wire.redaction import redact_text

_log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds for a whole notification; terminals give up after as many."""
LARGEST_NOTIFICATION = 65536
"""Bytes; recorded ones have about 1000."""

_PHASES = {
    "TENDER_CREATED": Phase.WAITING_FOR_CARD,
    "CARD_INSERTED": Phase.CARD_READ,
    "CARD_PRESENTED": Phase.CARD_READ,
    "CARD_SWIPED": Phase.CARD_READ,
    "WAIT_FOR_PIN": Phase.PIN_ENTRY,
    "PIN_ENTERED": Phase.AUTHORISING,
    "PRINT_RECEIPT": Phase.PRINTING,
}


class Notifications:
    """Hears one terminal.

    Args:
        poi_id: Which one.
        envelope: What its messages look like.
        publish: Takes events.
        payment_of: Returns the payment of a ServiceID, where it runs.
    """

    def __init__(
        self,
        poi_id: str,
        envelope: Envelope,
        publish: Callable[[TerminalEvent], None],
        payment_of: Callable[[str | None], str | None],
    ) -> None:
        self._poi_id = poi_id
        self._envelope = envelope
        self._publish = publish
        self._payment_of = payment_of

    async def serve(self, stream: TcpStream) -> None:
        """Answer what a terminal posts on one connection."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._serve(stream)
        except (TimeoutError, LinkLostError, h11.ProtocolError) as error:
            _log.debug("A notification was lost: %s", error)

    async def _serve(self, stream: TcpStream) -> None:
        connection = h11.Connection(h11.SERVER)
        body = await _body(stream, connection)
        status = 200 if body is not None and self._hear(body) else 400
        headers = [("Content-Length", "0"), ("Connection", "close")]
        events = (h11.Response(status_code=status, headers=headers), h11.EndOfMessage())
        await stream.write(b"".join(connection.send(event) or b"" for event in events))
        with contextlib.suppress(LinkLostError):  # our closing would take back what was written
            await stream.read()

    def _hear(self, data: bytes) -> bool:
        try:
            message = self._envelope.open(data)
        except WireError:
            return False
        if message.header.poi_id != self._poi_id:
            return False
        for event in self._events(message):
            self._publish(event)
        return True

    def _events(self, message: Message) -> list[TerminalEvent]:
        payment_id = self._payment_of(message.header.service_id)
        match message.body:
            case DisplayRequest(display_output=outputs):
                return [event for each in outputs for event in _shown(each, payment_id)]
            case EventNotification(event_to_notify=EventToNotify.BEGIN_MAINTENANCE):
                return [MaintenanceChanged(active=True, message=_details(message.body))]
            case EventNotification(event_to_notify=EventToNotify.END_MAINTENANCE):
                return [MaintenanceChanged(active=False)]
            case _:
                return []


async def _body(stream: TcpStream, connection: h11.Connection) -> bytes | None:
    body = b""
    while len(body) <= LARGEST_NOTIFICATION:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.read())
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return body
        elif not isinstance(event, h11.Request):
            return None
    return None


def _shown(output: DisplayOutput, payment_id: str | None) -> list[TerminalEvent]:
    content, events = output.output_content, list[TerminalEvent]()
    named = pairs_of(content.predefined_content.reference_id) if content.predefined_content else {}
    if "event" in named:
        phase = _PHASES.get(named["event"], Phase.OTHER)
        events.append(
            PhaseChanged(phase, payment_id, named["event"].replace("_", " ").capitalize())
        )
    lines = tuple(lines_of(content))
    if lines:
        cashier = output.device == Device.CASHIER_DISPLAY
        target = DisplayTarget.CASHIER if cashier else DisplayTarget.CUSTOMER
        events.append(DisplayText(lines, target, payment_id))
    return events


def _details(event: EventNotification) -> str:
    said = pairs_of(event.event_details).get("message") or event.event_details or ""
    return redact_text(said)
