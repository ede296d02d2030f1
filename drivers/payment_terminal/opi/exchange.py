"""One request on channel 0: dialled, sent, answered.

The deadline is one of silence: whatever the terminal says on channel 1 shows that it lives, and
begins it anew. Channel 0 is closed after every response, as the protocol wants it.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from drivers.errors import (
    DeviceError,
    ErrorCode,
    OfflineError,
    OutcomeUnknownError,
    RefusedError,
    RemoteProtocolError,
    UnsupportedError,
)
from drivers.payment_terminal.opi.devices import DeviceChannel
from drivers.payment_terminal.opi.settings import Settings
from drivers.payment_terminal.tracing import Trace
from drivers.transport import LinkLostError
from drivers.transport.tcp import TcpStream, open_tcp
from drivers.wire import WireError
from drivers.wire.opi import FrameReader, decode, encode, encode_frame, redact_xml
from drivers.wire.opi.messages import (
    CardServiceRequest,
    CardServiceResponse,
    ServiceRequest,
    ServiceResponse,
)

Answer = TypeVar("Answer", ServiceResponse, CardServiceResponse)


def shown(document: bytes) -> tuple[str, str]:
    """Return a message's name and its text without card data, for a trace."""
    try:
        message = decode(document)
    except WireError:
        return "not understood", ""
    name = f"{type(message).__name__} {message.request_type}"
    return name, redact_xml(document).decode("utf-8", "replace")


class Exchange:
    """Asks the terminal, one request after another.

    Args:
        device: The configured name, for errors.
        settings: Where it is, and how patient to be.
        channel: Where it talks meanwhile.
        trace: Hears every message.
    """

    def __init__(
        self, device: str, settings: Settings, channel: DeviceChannel, trace: Trace
    ) -> None:
        self._device = device
        self._settings = settings
        self._channel = channel
        self._trace = trace
        self._streams: set[TcpStream] = set()

    async def close(self) -> None:
        """Hang up: whatever waits for a response gets none."""
        for stream in tuple(self._streams):
            await stream.close()

    async def ask(
        self,
        request: ServiceRequest | CardServiceRequest,
        kind: type[Answer],
        *,
        patience: float,
        acts: bool = False,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Send a request and return its response.

        Args:
            request: What is asked.
            kind: What the answer must be.
            patience: Seconds of silence on both channels.
            acts: It moves money or state: once sent, silence means an unknown outcome.
            on_sent: Called when it has left.

        Raises:
            OfflineError: Not sent, or a question without an answer.
            UnsupportedError: The protocol cannot carry it. Not sent.
            RefusedError: What answers does not speak OPI. Nothing was done.
            OutcomeUnknownError, RemoteProtocolError: Sent, and the end is not known.
        """
        try:
            document = encode(request)
        except WireError as error:
            raise UnsupportedError(str(error), device=self._device) from error
        stream = await self._dial()
        self._streams.add(stream)
        try:
            await stream.write(encode_frame(document))
            self._trace.record("till", document)
            on_sent()
            answer = decode(await self._response(stream, patience))
        except TimeoutError as error:
            raise self._failure("It does not answer.", ErrorCode.TIMEOUT, acts=acts) from error
        except LinkLostError as error:
            raise self._failure(str(error), ErrorCode.OFFLINE, acts=acts) from error
        except WireError as error:
            raise self._broken(str(error), acts=acts) from error
        finally:
            self._streams.discard(stream)
            await stream.close()
        if not isinstance(answer, kind):
            raise self._broken("It answers with another kind of message.", acts=acts)
        return answer

    async def _dial(self) -> TcpStream:
        settings = self._settings
        try:
            return await open_tcp(settings.host, settings.port, timeout=settings.connect_timeout)
        except LinkLostError as error:
            raise OfflineError(
                f"The payment terminal cannot be reached: {error} Check its power and its network "
                "cable.",
                device=self._device,
            ) from error

    async def _response(self, stream: TcpStream, patience: float) -> bytes:
        loop = asyncio.get_running_loop()
        reader = FrameReader()
        async with asyncio.timeout(patience) as silence:

            def heard() -> None:
                if not silence.expired():
                    silence.reschedule(loop.time() + patience)

            with self._channel.listening(heard):
                while (document := reader.next_frame()) is None:
                    reader.receive_data(await stream.read())
        self._trace.record("terminal", document)
        return document

    def _failure(self, reason: str, code: ErrorCode, *, acts: bool) -> DeviceError:
        if not acts:
            return OfflineError(
                f"The payment terminal cannot be reached: {reason}",
                device=self._device,
                code=code,
            )
        return OutcomeUnknownError(
            f"The payment terminal was lost in the middle. {reason} Whether the customer paid is "
            "not known: look at the terminal, and do not start the payment again.",
            device=self._device,
            code=code,
        )

    def _broken(self, reason: str, *, acts: bool) -> DeviceError:
        kind = RemoteProtocolError if acts else RefusedError
        return kind(
            f"What answers on this port does not speak OPI as it should: {reason}",
            device=self._device,
        )
