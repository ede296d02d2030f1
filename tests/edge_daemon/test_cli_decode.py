"""Terminals that speak in texts, told in words and without card data."""

import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.wire.nexo.envelope import decode
from drivers.wire.opi import encode_frame
from edge_daemon.cli import main
from simulators.payment_terminal.leaks import PAN, SECRETS, TRACK_2

Capture = pytest.CaptureFixture[str]
FOLDER = pathlib.Path(__file__).parents[1] / "vectors"
NEXO, OPI, CAISSE_AP = (
    {each["name"]: each["json"] for each in json.loads((FOLDER / f"{name}.json").read_text())}
    for name in ("nexo", "opi", "caisse_ap")
)
GROUPED = f"{PAN[:4]}%20{PAN[4:8]}+{PAN[8:12]}%20{PAN[12:]}"
ESCAPED = "".join(f"%3{digit}" for digit in PAN)


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "message"


def told(capsys: Capture, protocol: str, file: pathlib.Path, data: bytes) -> list[dict[str, Any]]:
    file.write_bytes(data)
    code = main(["decode", protocol, "--json", str(file)])
    messages: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert code == (1 if any("error" in each for each in messages) else 0)
    return messages


def values(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return dict(flat(fields))


def flat(fields: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    for field in fields:
        if isinstance(field["value"], list):
            yield from flat(field["value"])
        else:
            yield field.get("number", field["name"]), field["value"]


def test_recorded_nexo_payment_is_told_in_words(capsys: Capture, file: pathlib.Path) -> None:
    (message,) = told(capsys, "nexo", file, json.dumps(NEXO["payment-success"]).encode())
    assert message["name"] == "PaymentResponse"
    found = values(message["fields"])
    assert found["MessageCategory"] == "Payment"
    assert found["Result"] == "Success"
    assert "error" not in message


def test_nexo_messages_may_stand_in_lines(capsys: Capture, file: pathlib.Path) -> None:
    lines = [json.dumps(NEXO[name]) for name in ("payment-success", "payment-cancelled")]
    messages = told(capsys, "nexo", file, "\n".join(lines).encode())
    assert [each["name"] for each in messages] == ["PaymentResponse"] * 2


def test_encrypted_nexo_message_shows_its_header_alone(capsys: Capture, file: pathlib.Path) -> None:
    secured = {"SaleToPOIResponse": NEXO["recorded-java"]["message"]}
    (message,) = told(capsys, "nexo", file, json.dumps(secured).encode())
    assert message["name"] == "encrypted message"
    header = secured["SaleToPOIResponse"]["MessageHeader"]
    assert values(message["fields"]) == {name: str(value) for name, value in header.items()}


def test_rejected_nexo_message_is_only_said_to_be_there(
    capsys: Capture, file: pathlib.Path
) -> None:
    text = json.dumps(NEXO["event-reject"])
    assert decode(text).header.message_category == "Event"
    (message,) = told(capsys, "nexo", file, text.encode())
    assert values(message["fields"])["RejectedMessage"] == "[removed]"


@pytest.mark.parametrize("hidden", [PAN, GROUPED, ESCAPED, TRACK_2])
def test_nexo_texts_show_no_card_data(capsys: Capture, file: pathlib.Path, hidden: str) -> None:
    plain = NEXO["payment-success"]["SaleToPOIResponse"]
    body = plain["PaymentResponse"] | {
        "PaymentReceipt": [
            {
                "DocumentQualifier": "CashierReceipt",
                "OutputContent": {
                    "OutputFormat": "Text",
                    "OutputText": [{"Text": f"name=Card&value={hidden}&key=pan"}],
                },
            }
        ],
        "Unknown": {"CardPan": PAN, "TrackData": [{"TrackValue": TRACK_2}], "Number": int(PAN)},
    }
    message = {"SaleToPOIResponse": plain | {"PaymentResponse": body}}
    shown = repr(told(capsys, "nexo", file, json.dumps(message).encode()))
    assert "492984" in shown
    assert not [secret for secret in (*SECRETS, GROUPED, ESCAPED) if secret in shown]


def test_opi_document_is_told_in_words(capsys: Capture, file: pathlib.Path) -> None:
    document = OPI["card_service_response_xml"]["xml"].encode()
    (message,) = told(capsys, "opi", file, document)
    assert message["name"] == "CardServiceResponse CardPayment"
    found = values(message["fields"])
    assert found["OverallResult"] == "Success"
    assert found["STAN"] == "021601"
    assert found["CardCircuit"] == "girocard"


def test_opi_frames_are_told_one_by_one(capsys: Capture, file: pathlib.Path) -> None:
    names = ("service_request_xml", "device_request_xml")
    frames = b"".join(encode_frame(OPI[name]["xml"].encode()) for name in names)
    messages = told(capsys, "opi", file, frames + b"\0\0\1\0<")
    assert [each["name"] for each in messages] == [
        "ServiceRequest Login",
        "DeviceRequest Output",
        "frame",
    ]
    assert "no whole frame" in messages[-1]["error"]


def test_opi_shows_no_card_data(capsys: Capture, file: pathlib.Path) -> None:
    document = OPI["card_service_response_xml"]["xml"]
    track = f"<Track2>{TRACK_2}</Track2></CardServiceResponse>"
    leaking = re.sub('680533[^"<]+', PAN, document).replace("</CardServiceResponse>", track)
    assert leaking.count(PAN) == 2
    shown = repr(told(capsys, "opi", file, leaking.encode()))
    assert not [secret for secret in SECRETS if secret in shown]


def test_caisse_ap_answer_is_told_in_words(capsys: Capture, file: pathlib.Path) -> None:
    (message,) = told(capsys, "caisse-ap", file, CAISSE_AP["cap-debit-1.23"]["response"].encode())
    assert message["name"] == "answer"
    found = values(message["fields"])
    assert (found["AE"], found["CB"], found["CI"]) == ("10 (done)", "000000000123", "1 (contact)")


def test_caisse_ap_shows_no_card_data(capsys: Capture, file: pathlib.Path) -> None:
    data = f"CZ0040300AA0{len(PAN)}{PAN}AB0043012ZZ0{len(TRACK_2)}{TRACK_2}".encode()
    (message,) = told(capsys, "caisse-ap", file, data)
    found = values(message["fields"])
    assert (found["AA"], found["AB"]) == ("492984******5582", "****")
    assert not [secret for secret in SECRETS if secret in repr(message)]


@pytest.mark.parametrize("protocol", ["nexo", "opi", "caisse-ap"])
@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 400 Bad Request\r\n", b"{}", b"<a/>", b"CZ00"])
def test_what_is_no_message_is_exit_code_1(
    capsys: Capture, file: pathlib.Path, protocol: str, data: bytes
) -> None:
    file.write_bytes(data)
    assert main(["decode", protocol, str(file)]) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("protocol", ["nexo", "opi", "caisse-ap"])
def test_people_read_names_and_values(capsys: Capture, file: pathlib.Path, protocol: str) -> None:
    text = {
        "nexo": json.dumps(NEXO["payment-success"]),
        "opi": OPI["card_service_response_xml"]["xml"],
        "caisse-ap": CAISSE_AP["cap-debit-1.23"]["response"],
    }[protocol]
    file.write_text(text)
    assert main(["decode", protocol, str(file)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    expected = {
        "nexo": ["Result", "Success"],
        "opi": ["OverallResult", "Success"],
        "caisse-ap": ["AE", "outcome", "10", "(done)"],
    }[protocol]
    assert expected in rows
