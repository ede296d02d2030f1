"""Each vector of a payment terminal says what its source says; none is left out.

The values were read off the bytes by hand, with the manual's tables. A new vector without values
fails here.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.wire import WireError
from drivers.wire.nexo.envelope import Message, decode, encode
from drivers.wire.nexo.parts import MessageHeader
from drivers.wire.zvt import describe
from drivers.wire.zvt.apdu import decode_apdu
from tests.drivers.test_wire_caisse_ap import EXCHANGES
from tests.drivers.test_wire_opi import DOCUMENTS, EXPECTED
from tests.drivers.zvt_vectors import VECTORS as ZVT

NEXO: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "nexo.json").read_text()
)

Said = tuple[str, dict[str, Any]]
"""A control field, and values by their numbers."""

ACK: Said = ("8000", {})
NAK_9C: Said = ("849C", {"": "9C"})
NAK_83: Said = ("8483", {"": "83"})
APPROVED: Said = ("040F", {"27": "00"})
COMPLETED: Said = ("060F", {})
REJECTED = ("040F", {"27": "05", "29": "29000274", "3C": "Abgelehnt", "8A": 6, "07": "Abgelehnt"})
PRESENT = ("04FF", {"": "0A", "07": "Karte vorhalten\neinstecken/durchziehen"})
CANCELLED = ("040F", {"27": "6C", "29": "29001006"})
VENDING = ("0601", {"04": 3300, "02": 10})

ZVT_SAYS: dict[str, Said] = {
    "spec-msgseq-register": ("0600", {"1F73": "000000", "0A": "06d3"}),
    "spec-msgseq-completion-unsupported": ("060F", {"19": "00", "29": "65000028", "49": "EUR"}),
    "spec-msgseq-ack": ("8000", {"1F73": "000001"}),
    "spec-msgseq-interstatus-timeout": ("04FF", {"07": "00 Approved", "1F73": "000008"}),
    "spec-status-goods-reversed": ("040F", {"27": "6C"}),
    "ecrterm-parsing-1": (
        "040F",
        {"27": "00", "04": 4000, "49": "EUR", "0C": "093848", "0D": "0425", "87": "0175"}
        | {"0B": "613995", "19": "40", "29": "60099914", "0E": "0512", "8A": 2, "17": "0001"},
    ),
    "ecrterm-parsing-2": ("0600", {"03": "00", "12": "40", "14": "ff", "1F04": "f100"}),
    "ecrterm-parsing-4": ("0601", {"02": 1, "04": 1000, "19": "44", "49": "EUR"}),
    "ecrterm-parsing-5": ("04FF", {"07": "Bitte Karte einstecken"}),
    "ecrterm-parsing-7": (
        "040F",
        {"27": "00", "04": 1000, "0C": "123005", "0D": "0629", "87": "0002", "3B": "889150"}
        | {"22": "474843******7743", "0B": "000733", "29": "42003036", "8B": "VISA", "8C": 3},
    ),
    "ecrterm-parsing-8": ("06D3", {"1F07": 2}),
    "ecrterm-charset-ISO-8859-1": ("06D1", {}),
    "ecrterm-abort_by_external_command": ("061E", {"1F17": "Abbruch durch externes Kommando!"}),
    "ecrterm-completion": (
        "060F",
        {"1F44": "52500245", "1F40": "cVEND box+", "1F42": "11e930ec", "1F43": "00"},
    ),
    "ecrterm-open_reservations_response_receipt": ("061E", {"": "B8", "87": "0123"}),
    "ecrterm-readcard": ("06C0", {"": "01", "1F15": "d0"}),
    "bezahl-1617777384987PT": ("06D3", {"1F07": 3}),
    "bezahl-1618046758827PT": (
        "040F",
        {"27": "05", "29": "29001006", "3C": "Karte abgelehnt", "8A": 13, "07": "Karte abgelehnt"},
    ),
    "bezahl-1619070661833PT": ("060F", {"": "DC"}),
    "bezahl-1620217578711PT": CANCELLED,
    "bezahl-1620218414428PT": ("060F", {"19": "00", "29": "29001006", "49": "EUR"}),
    "bezahl-data050730027": PRESENT,
    "bezahl-data081537024": PRESENT,
    "bezahl-data081537039": CANCELLED,
    "bezahl-data081649050": (
        "040F",
        {"27": "00", "04": 1, "0B": "000022", "0C": "164923", "0D": "0308", "87": "0022"}
        | {"19": "70", "22": "************5726", "3B": "291675", "8B": "Debit Mastercard"},
    ),
    "bezahl-data091355012": ("061E", {"": "6C"}),
    "portalum-Parse_CardholderReceipt_Successful-0": ("06D3", {"1F07": 2}),
    "portalum-Parse_AdministrationReceipt_Successful-0": ("06D3", {"1F07": 3, "09": "81"}),
    "portalum-ProcessData_FragmentedDataPackets2_Successful": ("06D3", {"1F07": 1, "1F37": "01"}),
    "portalum-ProcessData_FullDataPacket_Successful-0": ("06D3", {"1F07": 1, "1F37": "01"}),
    "portalum-Parse_SystemError_Successful-0": (
        "040F",
        {"27": "FF", "29": "28004869", "3C": "Betrag falsch"},
    ),
    "portalum-Parse_PaymentGood1_Successful-0": (
        "040F",
        {"27": "00", "04": 2040, "0B": "000470", "22": "************4771", "88": "000470"},
    ),
    "portalum-Parse_ReversalGood1_Successful-0": (
        "040F",
        {"27": "00", "04": 100, "0B": "000607", "37": "000606", "87": "0607"},
    ),
    "portalum-Parse_TlvInfos1_Successful-0": (
        "040F",
        {"27": "00", "A0": "01", "0B": "000000", "1F2B": "10015008", "1F12": "02", "87": "0008"},
    ),
    "portalum-PaymentAsync_CorruptDataFlow_Failure-0": ("0601", {"04": 1000}),
    "portalum-PaymentAsync_CorruptDataFlow_Failure-1": APPROVED,
    "portalum-PaymentAsync_CorruptDataFlow_Failure-3": COMPLETED,
    "portalum-PaymentAsync_CardRejected_Successful-0": REJECTED,
    "portalum-PaymentAsync_CardRejected_Successful-2": ("061E", {"": "05"}),
    "portalum-PaymentAsync_SuccessfulPayment_Successful-1": ACK,
    "portalum-PaymentAsync_SuccessfulPayment_Successful-2": APPROVED,
    "portalum-SendCommandAsync_CommandCompletionReceivedTooLate_Successful-0": ACK,
    "portalum-SendCommandAsync_NotSupported_Successful-0": NAK_83,
}
GOODS = "portalum-PaymentAsync_IssueOfGoods_"
ZVT_SAYS |= {
    f"{GOODS}DelayedSuccess_Successful-0": VENDING,
    f"{GOODS}DelayedSuccess_Successful-2": APPROVED,
    f"{GOODS}DelayedSuccess_Successful-3": NAK_9C,
    f"{GOODS}DelayedSuccess_Successful-5": COMPLETED,
    f"{GOODS}DelayedFailure_Successful-0": VENDING,
    f"{GOODS}DelayedFailure_Successful-2": APPROVED,
    f"{GOODS}DelayedFailure_Successful-3": NAK_9C,
    f"{GOODS}DelayedFailure_Successful-5": ("061E", {"": "05"}),
    f"{GOODS}RejectedCard_Successful-0": REJECTED,
    f"{GOODS}RejectedCard_Successful-2": ACK,
    f"{GOODS}RejectedCard_Successful-4": ("061E", {"": "05"}),
}
END_OF_DAY = "portalum-EndOfDayAsync_CommandCompletionReceivedWith"
ZVT_SAYS |= {
    f"{END_OF_DAY}outCompletionReceived_Successful-0": ACK,
    f"{END_OF_DAY}CompletionReceived_Successful-1": COMPLETED,
    f"{END_OF_DAY}AbortReceived1_Successful-0": ACK,
    f"{END_OF_DAY}AbortReceived2_Successful-0": ACK,
    f"{END_OF_DAY}AbortReceived2_Successful-1": ("061E", {"": "64"}),
}

NEXO_SAYS: dict[str, dict[str, Any]] = {
    "payment-cancelled": {
        "header.poi_id": "MX925-260193322",
        "header.service_id": "16151",
        "body.response.result": "Failure",
        "body.response.error_condition": "Cancel",
        "body.sale_data.sale_transaction_id.transaction_id": "27040",
    },
    "reversal-success": {
        "header.message_category": "Reversal",
        "body.response.result": "Success",
        "body.poi_data.poi_transaction_id.transaction_id": "8515661234567890C",
        "body.reversed_amount": 10100,
    },
    "event-reject": {
        "header.message_class": "Event",
        "header.device_id": "199588775",
        "body.event_to_notify": "Reject",
    },
    "payment-success": {
        "body.response.result": "Success",
        "body.poi_data.poi_transaction_id.transaction_id": "oLkO001529481092000.8815294810981090",
        "body.poi_data.poi_transaction_id.time_stamp": "2018-06-20T07:51:32.000Z",
    },
    "card-acquisition": {
        "header.sale_id": "thetester",
        "body.poi_data.poi_reconciliation_id": 1000,
        "body.poi_data.poi_transaction_id.transaction_id": "GZGY0000000000",
    },
    "display-response": {
        "header.message_class": "Device",
        "header.service_id": "20135010",
    },
    "abort-request": {
        "body.abort_reason": "cancelled-by-shopper",
        "body.message_reference.message_category": "Payment",
        "body.message_reference.service_id": "service-id",
        "body.message_reference.sale_id": "sale-id",
    },
    "login-request": {
        "body.date_time": "2026-03-26T10:15:30Z",
        "body.operator_language": "en",
        "body.sale_software.application_name": "register-app",
    },
    "display-request": {},
    "sale-to-poi-response-diagnosis": {
        "header.service_id": "0207111617",
        "body.response.result": "Success",
        "body.poi_status.global_status": "OK",
    },
    "payment-sync-success-storedvalue": {"header.message_category": "StoredValue", "body": None},
}
"""Values by their place in the message."""
BARE = {"abort-request": "Abort", "login-request": "Login", "display-request": "Display"}
"""Bodies that their source gives without the message around them."""
READ_BY = {
    "zvt-apdu": "the table above",
    "zvt-apdu-sequence": "test_every_apdu_of_a_sequence_decodes_and_encodes",
    "zvt-serial-frame": "test_serial_frame_decodes_and_encodes",
    "zvt-length": "test_apdu_length_is_read_as_the_source_says",
    "zvt-llvar": "test_variable_length_is_read_as_the_source_says",
    "zvt-lllvar": "test_variable_length_is_read_as_the_source_says",
    "zvt-tlv-length": "test_tlv_length_is_read_as_the_source_says",
    "zvt-tlv-tag": "test_tlv_tag_is_read_as_the_source_says",
    "not-zvt": "test_what_is_not_zvt_is_refused",
}
"""Each protocol's test takes every vector of it."""


def whole(protocol: str) -> list[dict[str, Any]]:
    found = [v for v in ZVT if v["protocol"] == protocol]
    return [v for v in found if not v.get("malformed_in_source")]


def shown(data: bytes) -> tuple[str, dict[str, Any]]:
    (entry,) = describe(data)
    return entry["control"], dict(reversed(list(flat(entry.get("fields", [])))))


def flat(fields: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    for field in fields:
        if isinstance(field["value"], list):
            yield from flat(field["value"])
        elif field["number"] in {"", "27"} and field["name"] != "text":
            yield field["number"], field["value"].split()[0]
        else:
            yield field["number"], field["value"]


@pytest.mark.parametrize("vector", whole("zvt-apdu"), ids=lambda vector: str(vector["name"]))
def test_zvt_vector_says_what_its_source_says(vector: dict[str, Any]) -> None:
    control, expected = ZVT_SAYS[vector["name"]]
    data = bytes.fromhex(vector["hex"])
    said, fields = shown(data)
    assert said == control
    assert {number: fields.get(number) for number in expected} == expected
    assert decode_apdu(data).encode() == data


def test_every_zvt_vector_has_its_values_and_its_test() -> None:
    assert ZVT_SAYS.keys() == {vector["name"] for vector in whole("zvt-apdu")}
    assert {vector["protocol"] for vector in ZVT} == READ_BY.keys()


@pytest.mark.parametrize("vector", [v for v in ZVT if v["protocol"] == "not-zvt"])
def test_what_is_not_zvt_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        decode_apdu(bytes.fromhex(vector["hex"]))
    assert any("error" in entry for entry in describe(bytes.fromhex(vector["hex"])))


def message_of(vector: dict[str, Any]) -> Message:
    plain = vector["json"]
    if vector["name"] in BARE:
        category = BARE[vector["name"]]
        head = MessageHeader(
            message_class="Service",
            message_category=category,
            message_type="Request",
            sale_id="till",
            poi_id="terminal",
        )
        members = {"MessageHeader": msgspec.to_builtins(head), f"{category}Request": plain}
        plain = {"SaleToPOIRequest": members}
    elif "MessageHeader" in plain:
        plain = {"SaleToPOIResponse": plain}
    return decode(json.dumps(plain))


@pytest.mark.parametrize("vector", [v for v in NEXO if v["protocol"] == "nexo-json"])
def test_nexo_vector_says_what_its_source_says(vector: dict[str, Any]) -> None:
    message = message_of(vector)
    found = {path: at(message, path) for path in NEXO_SAYS[vector["name"]]}
    assert found == NEXO_SAYS[vector["name"]]
    if message.body is not None:
        assert decode(encode(message)) == message


def at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = getattr(value, name)
    return value


def test_every_other_vector_has_its_test() -> None:
    others = {v["name"] for v in NEXO if v["protocol"] != "nexo-json"}
    assert NEXO_SAYS.keys() == {v["name"] for v in NEXO if v["protocol"] == "nexo-json"}
    assert others == {
        "kdf-p@ssw0rd123456",
        "kdf-testPassphrase123",
        "encrypt-fixed-nonce",
        "recorded-dotnet",
        "recorded-java",
    }
    assert DOCUMENTS.keys() == EXPECTED.keys()
    assert EXCHANGES.keys() == {"cap-debit-1.23", "cap-immediate"}
