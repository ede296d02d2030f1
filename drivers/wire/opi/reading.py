"""From a document to a message, tolerantly.

Card numbers are masked here: a `CardPAN` in the clear does not get past `decode`. Tracks and
expiry dates are not read at all.
"""

from collections.abc import Callable
from typing import TypedDict
from xml.etree.ElementTree import Element

from drivers.wire import WireError
from drivers.wire.currencies import amount_from_decimal
from drivers.wire.opi.documents import children, find, name_of, parse, text_of
from drivers.wire.opi.messages import (
    CardServiceRequest,
    CardServiceResponse,
    DeviceRequest,
    DeviceResponse,
    Input,
    InputResult,
    Message,
    Output,
    OutputResult,
    ServiceRequest,
    ServiceResponse,
    TextLine,
    Total,
)
from drivers.wire.redaction import mask_pan

LONGEST_NUMBER = 9
"""Digits of rows, columns and counts."""


def decode(document: bytes) -> Message:
    """Return the message of a document.

    Raises:
        WireError: No XML, no message of OPI, or one without what every message has.
    """
    root = parse(document)
    reader = _READERS.get(name_of(root))
    if reader is None:
        raise WireError("This XML document is no message of OPI.")
    return reader(root)


def _attribute(element: Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise WireError(f"A message has no {name}.")
    return value.strip()


def _optional(element: Element | None, name: str) -> str | None:
    if element is None:
        return None
    return (element.get(name) or "").strip() or None


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER):
        raise WireError("A number in a message is none.")
    return int(text)


def _head(root: Element) -> dict[str, str]:
    return {
        "request_type": _attribute(root, "RequestType"),
        "request_id": _attribute(root, "RequestID"),
        "workstation_id": (root.get("WorkstationID") or "").strip(),
    }


def _sender(root: Element) -> dict[str, str]:
    return {
        "application_sender": (root.get("ApplicationSender") or "").strip(),
        "pop_id": (root.get("POPID") or "").strip(),
    }


def _read_service_request(root: Element) -> ServiceRequest:
    timestamp = text_of(root, "POSdata", "POSTimeStamp")
    return ServiceRequest(**_head(root), **_sender(root), timestamp=timestamp)


def _read_card_service_request(root: Element) -> CardServiceRequest:
    amount = text_of(root, "TotalAmount")
    return CardServiceRequest(
        **_head(root),
        **_sender(root),
        timestamp=text_of(root, "POSdata", "POSTimeStamp"),
        amount=amount_from_decimal(amount) if amount else None,
        currency=_optional(find(root, "TotalAmount"), "Currency"),
        original_stan=_optional(find(root, "OriginalTransaction"), "STAN"),
    )


class _Outcome(TypedDict):
    overall_result: str
    terminal_id: str | None
    stan: str | None
    error_code: str | None
    error_text: str | None


def _outcome(root: Element) -> _Outcome:
    terminal = find(root, "Terminal")
    return {
        "overall_result": _attribute(root, "OverallResult"),
        "terminal_id": _optional(terminal, "TerminalID"),
        "stan": _optional(terminal, "STAN"),
        "error_code": text_of(root, "PrivateData", "ErrorCode"),
        "error_text": text_of(root, "PrivateData", "ErrorText"),
    }


def _read_service_response(root: Element) -> ServiceResponse:
    reconciliation = find(root, "Reconciliation")
    lines = () if reconciliation is None else children(reconciliation, "TotalAmount")
    return ServiceResponse(
        **_head(root),
        **_outcome(root),
        timestamp=_optional(find(root, "Authorisation"), "TimeStamp"),
        software_version=text_of(root, "PrivateData", "SoftwareVersion"),
        totals=tuple(_read_total(line) for line in lines),
    )


def _read_total(line: Element) -> Total:
    return Total(
        card_circuit=_optional(line, "CardCircuit") or "",
        payment_type=_optional(line, "PaymentType") or "",
        count=_number(_optional(line, "NumberPayments")) or 0,
        amount=amount_from_decimal(line.text or ""),
        currency=_optional(line, "Currency") or "",
    )


def _read_card_service_response(root: Element) -> CardServiceResponse:
    authorisation = find(root, "Tender", "Authorisation")
    amount = text_of(root, "Tender", "TotalAmount")
    pan = _optional(authorisation, "CardPAN") or text_of(root, "CardValue", "CardPAN")
    return CardServiceResponse(
        **_head(root),
        **_outcome(root),
        timestamp=_optional(authorisation, "TimeStamp"),
        amount=amount_from_decimal(amount) if amount else None,
        currency=_optional(find(root, "Tender", "TotalAmount"), "Currency"),
        authorisation_type=_optional(authorisation, "AuthorisationType"),
        card_circuit=_optional(authorisation, "CardCircuit")
        or text_of(root, "CardValue", "CardCircuit"),
        card_pan=mask_pan(pan) if pan else None,
        merchant=_optional(authorisation, "Merchant"),
        receipt_number=_optional(authorisation, "ReceiptNumber"),
        action_code=_optional(authorisation, "ActionCode"),
        approval_code=_optional(authorisation, "ApprovalCode"),
        acquirer_id=_optional(authorisation, "AcquirerID"),
        card_technology_type=text_of(root, "PrivateData", "CardTechnologyType"),
        card_verification_method=text_of(root, "PrivateData", "CardVerificationMethod")
        or text_of(root, "PrivateData", "CardHolderAuthentication"),
    )


def _read_device_request(root: Element) -> DeviceRequest:
    return DeviceRequest(
        **_head(root),
        application_sender=(root.get("ApplicationSender") or "").strip(),
        terminal_id=_optional(root, "TerminalID"),
        sequence_id=_optional(root, "SequenceID"),
        outputs=tuple(_read_output(output) for output in children(root, "Output")),
        inputs=tuple(
            Input(_attribute(each, "InDeviceTarget"), text_of(each, "Command") or "")
            for each in children(root, "Input")
        ),
    )


def _read_output(output: Element) -> Output:
    lines = (
        TextLine(line.text or "", _number(line.get("Row")), _number(line.get("Column")))
        for line in children(output, "TextLine")
    )
    return Output(_attribute(output, "OutDeviceTarget"), tuple(lines))


def _read_device_response(root: Element) -> DeviceResponse:
    return DeviceResponse(
        **_head(root),
        **_sender(root),
        overall_result=_attribute(root, "OverallResult"),
        outputs=tuple(
            OutputResult(_attribute(each, "OutDeviceTarget"), each.get("OutResult") or "")
            for each in children(root, "Output")
        ),
        inputs=tuple(_read_input_result(each) for each in children(root, "Input")),
    )


def _read_input_result(element: Element) -> InputResult:
    value = text_of(element, "InputValue", "InBoolean")
    confirmed = None if value is None else value.lower() == "true"
    return InputResult(
        _attribute(element, "InDeviceTarget"), element.get("InResult") or "", confirmed
    )


_READERS: dict[str, Callable[[Element], Message]] = {
    "ServiceRequest": _read_service_request,
    "CardServiceRequest": _read_card_service_request,
    "ServiceResponse": _read_service_response,
    "CardServiceResponse": _read_card_service_response,
    "DeviceRequest": _read_device_request,
    "DeviceResponse": _read_device_response,
}
