"""One question and its answer, and what it means that none came.

Before the message left, nothing happened. After it, for a message that moves money, nobody knows:
also when the answer is an HTTP error, holds no message, or is the answer to another question. Only
a server that did not let us in is believed to have done nothing.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
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
from drivers.payment_terminal.nexo.channel import Channel, HttpStatusError, answers
from drivers.payment_terminal.nexo.tracing import traced
from drivers.payment_terminal.tracing import Trace
from drivers.transport import LinkLostError
from drivers.transport.https import NothingSentError, UntrustedPeerError
from drivers.wire import WireError
from drivers.wire.nexo.envelope import Message
from drivers.wire.nexo.members import Members
from drivers.wire.nexo.pairs import pairs_of
from drivers.wire.nexo.services import EventNotification
from drivers.wire.redaction import redact_text

Answer = TypeVar("Answer", bound=Members)

NOT_LET_IN = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
    }
)


class Exchange:
    """Asks one terminal, and turns every failure into the family's error.

    Args:
        device: The configured name, for errors.
        channel: The way to the terminal.
        trace: Takes every message.
    """

    def __init__(self, device: str, channel: Channel, trace: Trace) -> None:
        self._device = device
        self._channel = channel
        self._trace = trace

    async def ask(
        self,
        message: Message,
        kind: type[Answer],
        *,
        patience: float,
        acts: bool = False,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Send a message and return what answers it.

        Args:
            message: What is asked.
            kind: What the answer must be.
            patience: Seconds.
            acts: It moves money or state: once sent, silence means an unknown outcome.
            on_sent: Called when it has left.

        Raises:
            OfflineError: Not sent, or a question without an answer.
            RefusedError, UnsupportedError: Not sent, or not let in.
            OutcomeUnknownError, RemoteProtocolError: Sent, and the end is not known.
        """
        answer = await self.send(message, patience=patience, acts=acts, on_sent=on_sent)
        if answer is None:
            raise self._failure("It answers without a message.", acts=acts)
        if isinstance(answer.body, EventNotification):
            raise self._failure(f"It says: {_reason(answer.body)}", acts=acts)
        if not answers(message, answer):
            raise RemoteProtocolError(
                "The payment terminal answered another question.", device=self._device
            )
        try:
            return answer.expect(kind)
        except WireError as error:
            raise self._broken(error) from error

    async def send(
        self,
        message: Message,
        *,
        patience: float,
        acts: bool = False,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Message | None:
        """Send a message and return whatever answers it, if anything; raises as `ask`."""
        try:
            sealed = self._channel.seal(message)
        except WireError as error:
            raise UnsupportedError(str(error), device=self._device) from error
        self._trace.record("till", traced(message))
        answer = await self._post(message, sealed, patience=patience, acts=acts, on_sent=on_sent)
        if answer is not None:
            self._trace.record("terminal", traced(answer))
        return answer

    async def _post(
        self,
        message: Message,
        sealed: bytes,
        *,
        patience: float,
        acts: bool,
        on_sent: Callable[[], None],
    ) -> Message | None:
        try:
            async with asyncio.timeout(patience):
                return await self._channel.ask(message, sealed, on_sent)
        except UntrustedPeerError as error:
            raise RefusedError(
                f"What answers there is not the payment terminal: {error} Nothing was sent. Check "
                "its address and the root certificate.",
                device=self._device,
            ) from error
        except NothingSentError as error:
            raise self._offline(str(error), ErrorCode.OFFLINE) from error
        except TimeoutError as error:
            raise self._failure("It does not answer.", acts=acts, timeout=True) from error
        except LinkLostError as error:
            raise self._failure(str(error), acts=acts) from error
        except HttpStatusError as error:
            raise self._http(error.status, acts=acts) from error
        except WireError as error:
            raise self._broken(error) from error

    def _http(self, status: int, *, acts: bool) -> DeviceError:
        if status in NOT_LET_IN:
            return RefusedError(
                f"The payment terminal does not let this till in (HTTP {status}). Nothing was "
                "done. Check the key and the address.",
                device=self._device,
            )
        return self._failure(f"It answers with HTTP {status}.", acts=acts)

    def _failure(self, reason: str, *, acts: bool, timeout: bool = False) -> DeviceError:
        code = ErrorCode.TIMEOUT if timeout else ErrorCode.OFFLINE
        if not acts:
            return self._offline(reason, code)
        return OutcomeUnknownError(
            f"The payment terminal was lost in the middle. {reason} Whether the customer paid is "
            "not known: do not start the payment again.",
            device=self._device,
            code=code,
        )

    def _offline(self, reason: str, code: ErrorCode) -> OfflineError:
        return OfflineError(
            f"The payment terminal cannot be reached: {reason}", device=self._device, code=code
        )

    def _broken(self, error: WireError) -> RemoteProtocolError:
        return RemoteProtocolError(
            f"The payment terminal's answer cannot be used: {error}", device=self._device
        )


def _reason(event: EventNotification) -> str:
    said = pairs_of(event.event_details).get("message") or event.event_details or ""
    return redact_text(f"{event.event_to_notify} {said}".strip())
