"""The messages of OPI as values. Amounts are minor units.

Source: tillhub/payment-engine, data classes of `payment-plugins/opi` and the documents in
`ConvertersTest.kt`. Unverified: everything about `Input`.
"""

import dataclasses

from drivers.wire.opi.words import OverallResult


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What all requests of a till say; `timestamp` is `YYYY-MM-DDTHH:MM:SS`, local."""

    request_type: str
    request_id: str
    workstation_id: str = ""
    application_sender: str = ""
    pop_id: str = ""
    timestamp: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest(Request):
    """Channel 0: a request without a card (Login, ReconciliationWithClosure)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CardServiceRequest(Request):
    """Channel 0: a request about a card payment; `original_stan` names what is reversed."""

    amount: int | None = None
    currency: str | None = None
    original_stan: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What all responses of a terminal say."""

    request_type: str
    request_id: str
    workstation_id: str = ""
    overall_result: str
    terminal_id: str | None = None
    stan: str | None = None
    timestamp: str | None = None
    error_code: str | None = None
    error_text: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Total:
    """One line of a reconciliation; `payment_type` is `Debit` for what customers paid."""

    card_circuit: str
    payment_type: str
    count: int
    amount: int
    currency: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ServiceResponse(Response):
    """Channel 0: the answer to a `ServiceRequest`."""

    software_version: str | None = None
    totals: tuple[Total, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CardServiceResponse(Response):
    """Channel 0: the answer to a `CardServiceRequest`."""

    amount: int | None = None
    currency: str | None = None
    authorisation_type: str | None = None
    card_circuit: str | None = None
    card_pan: str | None = None
    merchant: str | None = None
    receipt_number: str | None = None
    action_code: str | None = None
    approval_code: str | None = None
    acquirer_id: str | None = None
    card_technology_type: str | None = None
    card_verification_method: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TextLine:
    """One line for a display or a printer."""

    text: str
    row: int | None = None
    column: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Output:
    """Lines for one of the till's devices."""

    target: str
    lines: tuple[TextLine, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """A question to whoever stands at the till."""

    target: str
    command: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """Channel 1: the terminal asks for devices of the till."""

    request_type: str
    request_id: str
    workstation_id: str = ""
    application_sender: str = ""
    terminal_id: str | None = None
    sequence_id: str | None = None
    outputs: tuple[Output, ...] = ()
    inputs: tuple[Input, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class OutputResult:
    """What became of an output, in the words of `OverallResult`."""

    target: str
    result: str


@dataclasses.dataclass(frozen=True, slots=True)
class InputResult:
    """What became of a question; `confirmed` is the answer, where there is one."""

    target: str
    result: str
    confirmed: bool | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceResponse:
    """Channel 1: the till's answer."""

    request_type: str
    request_id: str
    workstation_id: str = ""
    application_sender: str = ""
    pop_id: str = ""
    overall_result: str = OverallResult.SUCCESS
    outputs: tuple[OutputResult, ...] = ()
    inputs: tuple[InputResult, ...] = ()


Message = (
    ServiceRequest
    | CardServiceRequest
    | ServiceResponse
    | CardServiceResponse
    | DeviceRequest
    | DeviceResponse
)
