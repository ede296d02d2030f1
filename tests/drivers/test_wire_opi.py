import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.opi import FrameReader, decode, encode, encode_frame, redact_xml
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
from tests.drivers.xml_samples import BILLION_LAUGHS, DEEPLY_NESTED, EXTERNAL_ENTITY

FILE = Path(__file__).parents[1] / "vectors" / "opi.json"
DOCUMENTS: dict[str, bytes] = {
    vector["name"]: vector["json"]["xml"].encode() for vector in json.loads(FILE.read_text())
}

CARD_SERVICE_RESPONSE = CardServiceResponse(
    request_type="CardPayment",
    request_id="20544",
    workstation_id="1",
    overall_result="Success",
    terminal_id="68276185",
    stan="021601",
    timestamp="2024-02-09T09:36:28-00:00",
    error_code="1002700",
    error_text="Zahlung erfolgt",
    amount=3950,
    currency="EUR",
    authorisation_type="Online",
    card_circuit="girocard",
    card_pan="680533*********4747",
    merchant="VU-123456789017",
    receipt_number="8930",
    action_code="0",
    acquirer_id="undefined",
    card_technology_type="NFC",
    card_verification_method="NoCVM",
)

EXPECTED: dict[str, Message] = {
    "card_service_request_xml": CardServiceRequest(
        request_type="CardPayment",
        request_id="20544",
        workstation_id="1",
        application_sender="TillhubIOS",
        pop_id="001",
        timestamp="2024-02-09T09:36:36",
        amount=3950,
        currency="EUR",
    ),
    "card_service_response_xml": CARD_SERVICE_RESPONSE,
    "service_request_xml": ServiceRequest(
        request_type="Login",
        request_id="20793",
        workstation_id="1",
        application_sender="TillhubIOS",
        pop_id="001",
        timestamp="2024-02-21T07:59:01",
    ),
    "service_response_xml": ServiceResponse(
        request_type="ReconciliationWithClosure",
        request_id="20792",
        workstation_id="1",
        overall_result="Success",
        terminal_id="68276185",
        stan="021888",
        timestamp="2024-02-20T18:58:39-00:00",
        error_code="1002700",
        totals=(
            Total("girocard", "Debit", 8, 33800, "EUR"),
            Total("VISA", "Debit", 3, 8700, "EUR"),
        ),
    ),
    "device_request_xml": DeviceRequest(
        request_type="Output",
        request_id="20792",
        workstation_id="1",
        application_sender="Thales-OPI",
        terminal_id="68276185",
        sequence_id="2",
        outputs=(
            Output(
                "CashierDisplay",
                (TextLine("Vorgang wird", 0, 0), TextLine("bearbeitet", 1, 0)),
            ),
        ),
    ),
    "device_response_xml": DeviceResponse(
        request_type="Output",
        request_id="20792",
        workstation_id="1",
        application_sender="WINPOS",
        pop_id="001",
        overall_result="Success",
        outputs=(OutputResult("CustomerDisplay", "Success"),),
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_document_decodes_to_the_values_of_its_source(name: str) -> None:
    assert decode(DOCUMENTS[name]) == EXPECTED[name]


@pytest.mark.parametrize("name", ["service_request_xml", "device_response_xml"])
def test_document_of_a_till_is_written_as_its_source_writes_it(name: str) -> None:
    assert encode(EXPECTED[name]) == DOCUMENTS[name]


def test_amount_is_written_with_both_decimals_and_all_else_as_its_source_writes_it() -> None:
    written = encode(EXPECTED["card_service_request_xml"])
    assert written.replace(b">39.50<", b">39.5<") == DOCUMENTS["card_service_request_xml"]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_written_is_read_as_the_same(name: str) -> None:
    assert decode(encode(EXPECTED[name])) == EXPECTED[name]


def test_question_to_the_cashier_and_its_answer_are_read_as_they_were_written() -> None:
    question = DeviceRequest(
        request_type="Input",
        request_id="7",
        inputs=(Input("CashierKeyboard", "GetConfirmation"),),
    )
    assert decode(encode(question)) == question
    for confirmed in (True, False, None):
        answer = DeviceResponse(
            request_type="Input",
            request_id="7",
            inputs=(InputResult("CashierKeyboard", "Success", confirmed),),
        )
        assert decode(encode(answer)) == answer


def test_names_are_read_with_and_without_a_namespace() -> None:
    bare = b'<ServiceResponse RequestType="Login" RequestID="1" OverallResult="Success"/>'
    named = bare.replace(b"<ServiceResponse", b'<o:ServiceResponse xmlns:o="urn:x"')
    assert decode(bare) == decode(named)


@pytest.mark.parametrize("place", ["attribute", "element"])
def test_card_number_in_the_clear_is_masked_when_it_is_read(place: str) -> None:
    number = "6799998900000200018"
    attribute = f'CardPAN="{number}"' if place == "attribute" else ""
    element = f"<CardValue><CardPAN>{number}</CardPAN></CardValue>" if not attribute else ""
    document = (
        '<CardServiceResponse RequestType="CardPayment" RequestID="1" OverallResult="Success">'
        f"<Tender><Authorisation {attribute}/></Tender>{element}</CardServiceResponse>"
    )
    message = decode(document.encode())
    assert isinstance(message, CardServiceResponse)
    assert message.card_pan == "679999*********0018"
    assert number not in redact_xml(document.encode()).decode()
    assert "679999*********0018" in redact_xml(document.encode()).decode()


def test_recording_holds_no_track_and_no_card_number_in_a_text() -> None:
    document = (
        b'<DeviceRequest RequestType="Output" RequestID="1"><Output OutDeviceTarget="Printer">'
        b"<TextLine>Karte 4761739001010119</TextLine></Output>"
        b"<Track2>;4761739001010119=2412201?</Track2></DeviceRequest>"
    )
    shown = redact_xml(document)
    assert b"4761739001010119" not in shown
    assert b"2412201" not in shown
    assert redact_xml(b"no XML 4761739001010119") == b"no XML 476173******0119"


@pytest.mark.parametrize("document", [BILLION_LAUGHS, EXTERNAL_ENTITY, DEEPLY_NESTED])
def test_document_that_was_made_to_harm_is_refused(document: bytes) -> None:
    with pytest.raises(WireError):
        decode(document)
    redact_xml(document)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<",
        b"<html><body>404</body></html>",
        b'<ServiceResponse RequestType="Login" RequestID="1"/>',
        b'<ServiceResponse RequestType="Login" OverallResult="Success"/>',
        b'<?xml version="1.0" encoding="klingon"?><ServiceRequest/>',
        b'<?xml version="1.0" encoding="utf-16"?><ServiceRequest/>',
        (
            b'<CardServiceRequest RequestType="CardPayment" RequestID="1">'
            b"<TotalAmount>-1.00</TotalAmount></CardServiceRequest>"
        ),
        (
            b'<DeviceRequest RequestType="Output" RequestID="1"><Output OutDeviceTarget="Printer">'
            b'<TextLine Row="one"/></Output></DeviceRequest>'
        ),
    ],
)
def test_what_is_no_message_is_refused(document: bytes) -> None:
    with pytest.raises(WireError):
        decode(document)


def test_control_character_is_not_written() -> None:
    with pytest.raises(WireError):
        encode(ServiceRequest(request_type="Login", request_id="\x00"))


def test_length_comes_before_the_document_in_network_order() -> None:
    assert encode_frame(b"<a/>") == b"\x00\x00\x00\x04<a/>"


@pytest.mark.parametrize("length", ["00000000", "00040001", "ffffffff", "3c3f786d"])
def test_implausible_length_is_refused(length: str) -> None:
    reader = FrameReader()
    reader.receive_data(bytes.fromhex(length))
    with pytest.raises(WireError):
        reader.next_frame()


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5), st.data())
def test_documents_arrive_whole_however_the_stream_is_cut(
    documents: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(map(encode_frame, documents))
    reader, found = FrameReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        reader.receive_data(stream[:size])
        stream = stream[size:]
        while (document := reader.next_frame()) is not None:
            found.append(document)
    assert found == documents


@given(st.binary(max_size=400))
def test_garbage_raises_wire_errors_only(data: bytes) -> None:
    reader = FrameReader()
    reader.receive_data(data)
    for read in (reader.next_frame, lambda: decode(data)):
        try:
            read()
        except WireError:
            continue
    redact_xml(data)


@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_damaged_document_raises_wire_errors_only(name: str, data: st.DataObject) -> None:
    document = bytearray(DOCUMENTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        document[data.draw(st.integers(0, len(document) - 1))] = data.draw(st.integers(0, 255))
    try:
        message: Any = decode(bytes(document))
    except WireError:
        return
    assert decode(encode(message)) is not None


TEXT = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=12
).map(str.strip)
OPTIONAL = st.none() | TEXT.filter(bool)


@given(
    st.builds(
        CardServiceRequest,
        request_type=TEXT,
        request_id=TEXT,
        workstation_id=TEXT,
        application_sender=TEXT,
        pop_id=TEXT,
        timestamp=OPTIONAL,
        amount=st.integers(0, 10**12 - 1),
        currency=OPTIONAL,
        original_stan=OPTIONAL,
    )
)
def test_every_request_is_read_as_it_was_written(request: CardServiceRequest) -> None:
    assert decode(encode(request)) == request
