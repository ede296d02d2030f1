"""nexo terminals by way of Adyen's cloud: the same messages, plain, with an API key.

The synchronous end point answers when the customer has paid. The asynchronous one only says that it
took the message; what became of it is then asked for, again and again, at the synchronous one.

Source: Adyen/adyen-openapi json/TerminalAPI-v1.json, info: end points of the Cloud device API.
"""

import asyncio
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from drivers.errors import RefusedError
from drivers.payment_terminal import PaymentTerminal
from drivers.payment_terminal.nexo import requests
from drivers.payment_terminal.nexo.channel import HttpStatusError, PlainEnvelope, PostChannel
from drivers.payment_terminal.nexo.requests import Parties, any_service_id
from drivers.payment_terminal.nexo.settings import NexoSettings, Text
from drivers.payment_terminal.nexo.terminal import NexoTerminal, open_terminal
from drivers.settings import CredentialName, Seconds, read_secret
from drivers.transport import LinkLostError
from drivers.transport.https import HttpsClient
from drivers.wire import WireError
from drivers.wire.nexo.envelope import Message
from drivers.wire.nexo.payments import PaymentRequest, ReversalRequest, TransactionStatusResponse
from drivers.wire.nexo.words import Category, Result

__all__ = ["Settings", "open_device"]

API_KEY = "X-API-Key"
VERSION = "/v1"
ACCEPTED = b"ok"


class Settings(NexoSettings, frozen=True, kw_only=True):
    """A terminal behind the cloud's end points.

    Attributes:
        base_url: The region's server, such as `https://device-api-live.adyen.com`.
        merchant: The merchant account.
        mode: Which end point takes payments.
        api_key, api_key_credential: The API key, or the systemd credential that holds it.
        ca_file: Another root certificate than the system's; a path.
        payment_timeout: The cloud waits longer than a terminal does.
        ask_interval: Seconds between two questions about a payment that was taken asynchronously.
    """

    base_url: Annotated[str, msgspec.Meta(pattern=r"\Ahttps://[^/\s]+\Z")]
    merchant: Text
    mode: Literal["sync", "async"] = "sync"
    api_key: Text | None = None
    api_key_credential: CredentialName | None = None
    ca_file: Annotated[str, msgspec.Meta(pattern=r"\A/")] | None = None
    query_timeout: Seconds = 30.0
    payment_timeout: Seconds = 150.0
    ask_interval: Seconds = 2.0

    def __post_init__(self) -> None:
        """Check what no single field can tell.

        Raises:
            ValueError: Neither or both of the API key and its credential.
        """
        if (self.api_key is None) == (self.api_key_credential is None):
            raise ValueError("expected either api_key or api_key_credential, and not both")

    __repr__ = NexoSettings.__repr__

    @property
    def path(self) -> str:
        """The terminal's end points, without their last word."""
        merchant, device = (
            urllib.parse.quote(part, safe="") for part in (self.merchant, self.poi_id)
        )
        return f"{VERSION}/merchants/{merchant}/devices/{device}"


async def open_device(
    name: str, settings: Settings, devices: Mapping[str, object]
) -> PaymentTerminal:
    """Ask the terminal how it is, and log in where it wants that.

    Raises:
        OfflineError: Not reachable, or it does not answer.
        RefusedError: The cloud does not take the key.
    """
    del devices
    key = read_secret(name, settings.api_key, settings.api_key_credential)
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise RefusedError(
            f"The root certificate {settings.ca_file} cannot be read: {error}.", device=name
        ) from error
    client = HttpsClient(settings.base_url, context, connect_timeout=settings.connect_timeout)
    sync = PostChannel(client, f"{settings.path}/sync", PlainEnvelope(), {API_KEY: key})
    channel = sync if settings.mode == "sync" else AsynchronousChannel(sync, settings)
    return await open_terminal(NexoTerminal(name, settings, channel), login=settings.login)


@dataclass(frozen=True, slots=True)
class AsynchronousChannel:
    """Leaves payments with the cloud, and asks what became of them.

    Attributes:
        sync: Where everything else is asked.
        settings: The end points, and how often to ask.
    """

    sync: PostChannel
    settings: Settings

    def seal(self, message: Message) -> bytes:
        """As in `Channel`."""
        return self.sync.seal(message)

    async def ask(
        self, message: Message, sealed: bytes, on_sent: Callable[[], None]
    ) -> Message | None:
        """As in `Channel`."""
        if not isinstance(message.body, PaymentRequest | ReversalRequest):
            return await self.sync.ask(message, sealed, on_sent)
        taken = await self.sync.post(f"{self.settings.path}/async", sealed, on_sent)
        if taken.strip().strip(b'"') != ACCEPTED:
            return self.sync.envelope.open(taken) if taken.strip() else None
        while True:
            await asyncio.sleep(self.settings.ask_interval)
            answer = await self._look(message)
            if answer is not None:
                return answer

    async def _look(self, message: Message) -> Message | None:
        """Ask once; None while there is no answer yet, or nobody to ask."""
        parties = Parties(self.settings.sale_id, self.settings.poi_id)
        reference = parties.reference(
            Category(message.header.message_category), message.header.service_id or ""
        )
        question = parties.message(
            Category.TRANSACTION_STATUS,
            any_service_id(),
            requests.status(reference, reprint=True),
        )
        try:
            answer = await self.sync.ask(question, self.sync.seal(question), lambda: None)
            told = answer.expect(TransactionStatusResponse) if answer else None
        except (LinkLostError, HttpStatusError, WireError):
            return None
        repeated = told.repeated_message_response if told else None
        if told is None or told.response.result != Result.SUCCESS or repeated is None:
            return None
        body = repeated.repeated_response_message_body
        return Message(repeated.message_header, body.payment_response or body.reversal_response)

    def close(self) -> None:
        """As in `Channel`."""
        self.sync.close()
