"""Header and body as one message: bytes in, bytes out.

{"SaleToPOIRequest": {"MessageHeader": {…}, "PaymentRequest": {…}}}
"""

from dataclasses import dataclass
from typing import Any, TypeVar, get_args

import msgspec

from drivers.wire import WireError
from drivers.wire.nexo import payments, services
from drivers.wire.nexo.members import Members, parse_json, read, write
from drivers.wire.nexo.parts import MessageHeader
from drivers.wire.nexo.words import MessageType

REQUEST, RESPONSE = "SaleToPOIRequest", "SaleToPOIResponse"
HEADER = "MessageHeader"

Body = (
    payments.PaymentRequest
    | payments.PaymentResponse
    | payments.ReversalRequest
    | payments.ReversalResponse
    | payments.AbortRequest
    | payments.TransactionStatusRequest
    | payments.TransactionStatusResponse
    | services.DiagnosisRequest
    | services.DiagnosisResponse
    | services.LoginRequest
    | services.LoginResponse
    | services.LogoutRequest
    | services.LogoutResponse
    | services.DisplayRequest
    | services.DisplayResponse
    | services.EnableServiceRequest
    | services.EnableServiceResponse
    | services.CardAcquisitionRequest
    | services.CardAcquisitionResponse
    | services.ReconciliationRequest
    | services.ReconciliationResponse
    | services.EventNotification
)
"""What a message is about: its member is named after its class."""

_BODIES: dict[str, type[Members]] = {kind.__name__: kind for kind in get_args(Body)}
_Kind = TypeVar("_Kind", bound=Members)


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `body` is None where its kind is not known here."""

    header: MessageHeader
    body: Members | None

    def expect(self, kind: type[_Kind]) -> _Kind:
        """Return the body as what it must be.

        Raises:
            WireError: It is something else.
        """
        if not isinstance(self.body, kind):
            raise WireError(f"This message is no {kind.__name__}.")
        return self.body


def encode(message: Message) -> bytes:
    """Return the bytes of a message.

    Raises:
        WireError: A value in it is not what the protocol allows.
    """
    if message.body is None:
        raise WireError("A message without a body says nothing.")
    members = {HEADER: write(message.header), type(message.body).__name__: write(message.body)}
    return msgspec.json.encode({side(message.header): members})


def decode(data: bytes | str) -> Message:
    """Return the message in these bytes.

    Raises:
        WireError: It is no JSON, no nexo message, or a member that it needs is missing.
    """
    return message_of(unwrap(parse_json(data)))


def unwrap(value: dict[str, Any]) -> dict[str, Any]:
    """Return what a request or a response has inside.

    Raises:
        WireError: It is neither.
    """
    for name in (REQUEST, RESPONSE):
        inside = value.get(name)
        if isinstance(inside, dict):
            return inside
    raise WireError(f"There is no {REQUEST} and no {RESPONSE}.")


def message_of(members: dict[str, Any]) -> Message:
    """Return header and body of an unwrapped message; raises as `decode`."""
    header = read(MessageHeader, members.get(HEADER))
    for name, value in members.items():
        if name in _BODIES:
            return Message(header, read(_BODIES[name], value))
    return Message(header, None)


def side(header: MessageHeader) -> str:
    """Return under which name a message travels: notifications are requests."""
    return RESPONSE if header.message_type == MessageType.RESPONSE else REQUEST
