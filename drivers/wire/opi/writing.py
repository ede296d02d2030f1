"""From a message to its document, in the form of the source's examples."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from drivers.wire.currencies import amount_to_decimal
from drivers.wire.opi.documents import add, build, render
from drivers.wire.opi.messages import (
    CardServiceRequest,
    CardServiceResponse,
    DeviceRequest,
    DeviceResponse,
    Message,
    Request,
    Response,
    ServiceRequest,
    ServiceResponse,
)


def encode(message: Message) -> bytes:
    """Return the document of a message.

    Raises:
        WireError: A value cannot be carried by XML.
    """
    return render(_WRITERS[type(message)](message))


def _till_root(name: str, message: Request | DeviceResponse) -> Element:
    return build(
        name,
        {
            "ApplicationSender": message.application_sender,
            "POPID": message.pop_id,
            "RequestID": message.request_id,
            "RequestType": message.request_type,
            "WorkstationID": message.workstation_id,
        },
    )


def _write_request(message: ServiceRequest | CardServiceRequest) -> Element:
    root = _till_root(type(message).__name__, message)
    if message.timestamp is not None:
        add(add(root, "POSdata"), "POSTimeStamp", message.timestamp)
    if not isinstance(message, CardServiceRequest):
        return root
    if message.amount is not None:
        add(root, "TotalAmount", amount_to_decimal(message.amount), Currency=message.currency)
    if message.original_stan is not None:
        add(root, "OriginalTransaction", STAN=message.original_stan)
    return root


def _terminal_root(name: str, message: Response) -> Element:
    root = build(
        name,
        {
            "RequestType": message.request_type,
            "WorkstationID": message.workstation_id,
            "RequestID": message.request_id,
            "OverallResult": message.overall_result,
        },
    )
    if message.terminal_id is not None or message.stan is not None:
        add(root, "Terminal", TerminalID=message.terminal_id, STAN=message.stan)
    return root


def _private(root: Element, **values: str | None) -> Element:
    told = {name: value for name, value in values.items() if value is not None}
    if told:
        private = add(root, "PrivateData")
        for name, value in told.items():
            add(private, name, value)
    return root


def _write_service_response(message: ServiceResponse) -> Element:
    root = _terminal_root("ServiceResponse", message)
    if message.timestamp is not None:
        add(root, "Authorisation", TimeStamp=message.timestamp)
    if message.totals:
        reconciliation = add(root, "Reconciliation")
        for total in message.totals:
            add(
                reconciliation,
                "TotalAmount",
                amount_to_decimal(total.amount),
                NumberPayments=str(total.count),
                PaymentType=total.payment_type,
                Currency=total.currency,
                CardCircuit=total.card_circuit,
            )
    return _private(
        root,
        ErrorCode=message.error_code,
        ErrorText=message.error_text,
        SoftwareVersion=message.software_version,
    )


def _write_card_service_response(message: CardServiceResponse) -> Element:
    root = _terminal_root("CardServiceResponse", message)
    tender = add(root, "Tender")
    if message.amount is not None:
        add(tender, "TotalAmount", amount_to_decimal(message.amount), Currency=message.currency)
    add(
        tender,
        "Authorisation",
        AuthorisationType=message.authorisation_type,
        CardCircuit=message.card_circuit,
        CardPAN=message.card_pan,
        Merchant=message.merchant,
        ReceiptNumber=message.receipt_number,
        ActionCode=message.action_code,
        ApprovalCode=message.approval_code,
        TimeStamp=message.timestamp,
        AcquirerID=message.acquirer_id,
    )
    return _private(
        root,
        CardTechnologyType=message.card_technology_type,
        CardVerificationMethod=message.card_verification_method,
        ErrorCode=message.error_code,
        ErrorText=message.error_text,
    )


def _write_device_request(message: DeviceRequest) -> Element:
    root = build(
        "DeviceRequest",
        {
            "RequestType": message.request_type,
            "RequestID": message.request_id,
            "WorkstationID": message.workstation_id,
            "SequenceID": message.sequence_id,
            "TerminalID": message.terminal_id,
            "ApplicationSender": message.application_sender,
        },
    )
    for output in message.outputs:
        element = add(root, "Output", OutDeviceTarget=output.target)
        for line in output.lines:
            row, column = (None if n is None else str(n) for n in (line.row, line.column))
            add(element, "TextLine", line.text, Column=column, Row=row)
    for each in message.inputs:
        add(add(root, "Input", InDeviceTarget=each.target), "Command", each.command)
    return root


def _write_device_response(message: DeviceResponse) -> Element:
    root = _till_root("DeviceResponse", message)
    root.set("OverallResult", message.overall_result)
    for output in message.outputs:
        add(root, "Output", OutDeviceTarget=output.target, OutResult=output.result)
    for each in message.inputs:
        element = add(root, "Input", InDeviceTarget=each.target, InResult=each.result)
        if each.confirmed is not None:
            add(add(element, "InputValue"), "InBoolean", str(each.confirmed).lower())
    return root


_WRITERS: dict[type, Callable[..., Element]] = {
    ServiceRequest: _write_request,
    CardServiceRequest: _write_request,
    ServiceResponse: _write_service_response,
    CardServiceResponse: _write_card_service_response,
    DeviceRequest: _write_device_request,
    DeviceResponse: _write_device_response,
}
