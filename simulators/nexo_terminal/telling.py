"""What the terminal tells the till unasked, posted to an address of the till."""

import asyncio
import contextlib
import secrets
import ssl
import urllib.parse

import h11

from drivers.wire.nexo.envelope import Body, Message
from drivers.wire.nexo.parts import (
    PROTOCOL_VERSION,
    DisplayOutput,
    MessageHeader,
    OutputContent,
    PredefinedContent,
)
from drivers.wire.nexo.protection import BLOCK_BYTES
from drivers.wire.nexo.services import DisplayRequest, EventNotification
from drivers.wire.nexo.words import (
    Category,
    Device,
    EventToNotify,
    InfoQualify,
    MessageClass,
    MessageType,
    OutputFormat,
)
from simulators.nexo_terminal.books import Entry
from simulators.nexo_terminal.certificates import HOST
from simulators.nexo_terminal.model import Model, moment

PATIENCE = 5.0
"""Seconds that it waits for the till; nothing is told twice."""


class Teller:
    """Tells the till what happens, in order; a till that does not listen misses it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._news: asyncio.Queue[Message] = asyncio.Queue()

    async def run(self) -> None:
        """Post what is told, until cancelled."""
        while True:
            message = await self._news.get()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._post(message)

    def show(self, entry: Entry, event: str) -> None:
        """Tell how far a payment is."""
        named = {"TransactionID": entry.tender, "TimeStamp": entry.at, "event": event}
        output = DisplayOutput(
            device=Device.CASHIER_DISPLAY,
            info_qualify=InfoQualify.STATUS,
            response_required_flag=False,
            output_content=OutputContent(
                output_format=OutputFormat.MESSAGE_REFERENCE,
                predefined_content=PredefinedContent(reference_id=urllib.parse.urlencode(named)),
            ),
        )
        body = DisplayRequest(display_output=(output,))
        self._tell(MessageClass.DEVICE, Category.DISPLAY, MessageType.REQUEST, entry, body)

    def notify(self, event: EventToNotify) -> None:
        """Tell that something happened to the terminal itself."""
        body = EventNotification(time_stamp=moment()[0], event_to_notify=event)
        self._tell(MessageClass.EVENT, Category.EVENT, MessageType.NOTIFICATION, None, body)

    def _tell(
        self,
        message_class: MessageClass,
        category: Category,
        message_type: MessageType,
        entry: Entry | None,
        body: Body,
    ) -> None:
        if self._model.notification_port is None:
            return
        header = MessageHeader(
            protocol_version=PROTOCOL_VERSION,
            message_class=message_class,
            message_category=category,
            message_type=message_type,
            service_id=entry.service_id if entry else None,
            device_id=f"{secrets.randbelow(10**10)}",
            sale_id=entry.sale_id if entry else "till-1",
            poi_id=self._model.poi_id,
        )
        self._news.put_nowait(Message(header, body))

    def _trust(self) -> ssl.SSLContext | None:
        """Trust the till's own certificate alone, whatever name it has."""
        file = self._model.notification_certificate
        if file is None:
            return None
        context = ssl.create_default_context(cafile=file)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    async def _post(self, message: Message) -> None:
        nonce = secrets.token_bytes(BLOCK_BYTES)
        data = self._model.protection.close(message, nonce)
        reader, writer = await asyncio.open_connection(
            HOST, self._model.notification_port, ssl=self._trust()
        )
        try:
            headers = [("Host", HOST), ("Content-Length", str(len(data)))]
            connection = h11.Connection(h11.CLIENT)
            request = h11.Request(method="POST", target="/", headers=headers)
            for event in (request, h11.Data(data=data), h11.EndOfMessage()):
                writer.write(connection.send(event) or b"")
            await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()
            await writer.wait_closed()
