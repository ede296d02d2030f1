import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.caisse_ap import (
    Answer,
    Direction,
    FieldReader,
    Outcome,
    Request,
    encode_fields,
    redact_fields,
)

FILE = Path(__file__).parents[1] / "vectors" / "caisse_ap.json"
EXCHANGES: dict[str, dict[str, str]] = {
    vector["name"]: vector["json"] for vector in json.loads(FILE.read_text())
}
PAID = EXCHANGES["cap-debit-1.23"]
RECORDED_REQUEST = Request(
    protocol_id="012345678901",
    till="01",
    currency="EUR",
    amount=123,
    direction=Direction.DEBIT,
)


def fields_of(message: str | bytes) -> dict[str, str]:
    reader = FieldReader()
    reader.receive_data(message.encode() if isinstance(message, str) else message)
    assert reader.whole
    return reader.fields


def test_recorded_request_decodes_and_encodes_to_the_same_bytes() -> None:
    assert Request.parse(fields_of(PAID["request"])) == RECORDED_REQUEST
    assert RECORDED_REQUEST.encode() == PAID["request"].encode()


def test_recorded_answer_decodes_to_what_the_terminal_said() -> None:
    answer = Answer.parse(fields_of(PAID["response"]))
    assert answer.request == RECORDED_REQUEST
    assert (answer.outcome, answer.failure) == (Outcome.DONE, None)
    assert (answer.payment_kind, answer.contact) == ("001", True)
    assert (answer.authorisation_number, answer.contract_number) == ("773806", "424242")
    assert answer.card_pan == "938286******6475"
    assert answer.application_id == "A00000000879928243578"


def test_recorded_messages_consist_of_whole_fields() -> None:
    for exchange in EXCHANGES.values():
        for message in exchange.values():
            assert encode_fields(fields_of(message)) == message.encode()


def test_card_number_of_nothing_but_a_track_is_none() -> None:
    answer = Answer.parse({**fields_of(PAID["response"]), "AA": "=382864756475"})
    assert answer.card_pan is None
    assert Answer.parse(fields_of(answer.encode())) == answer


def test_answer_that_took_the_request_into_account_is_no_outcome_yet() -> None:
    reader = FieldReader()
    reader.receive_data(EXCHANGES["cap-immediate"]["response"].encode())
    assert reader.whole
    assert not reader.answered
    assert Answer.parse(reader.fields).outcome is Outcome.TAKEN_INTO_ACCOUNT


def test_reader_tells_an_outcome_from_its_details() -> None:
    reader = FieldReader()
    reader.receive_data(PAID["request"].encode())
    assert (reader.asked, reader.answered, reader.whole) == (True, False, True)
    reader.receive_data(PAID["response"].encode()[len(PAID["request"]) : -1])
    assert (reader.answered, reader.whole) == (True, False)
    reader.receive_data(PAID["response"].encode()[-1:])
    assert (reader.answered, reader.whole) == (True, True)


def test_card_number_is_masked_and_the_expiry_date_hidden_in_recordings() -> None:
    clear = "CZ0040300AA0164761739001010119AB0042704"
    assert redact_fields(clear.encode()) == b"CZ0040300AA016476173******0119AB004****"
    assert b"4761739001010119" not in redact_fields(b"GET /4761739001010119")
    assert b"4761739001010119" not in redact_fields(b"CZ0040300AA0204761739001010119")


@pytest.mark.parametrize(
    "message",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"CZ00x0300",
        b"cz0040300",
        b"CJ012012345678901",
        b"CZ0040300CZ0040300",
        b"\x00\x00\x00\x04",
        b"CZ0040300\xff",
    ],
)
def test_what_is_no_row_of_fields_is_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        FieldReader().receive_data(message)


def test_message_that_does_not_end_is_refused() -> None:
    tags = (f"C{letter}" for letter in "ZABCDEFGHIJKLMNOPQ")
    message = encode_fields(dict.fromkeys(tags, "0" * 999))
    with pytest.raises(WireError):
        FieldReader().receive_data(message)


@pytest.mark.parametrize("change", [{"CB": "1.23"}, {"CE": "999"}, {"CD": "9"}, {"AE": "12"}])
def test_field_with_an_impossible_value_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(WireError):
        Answer.parse(fields_of(PAID["response"]) | change)


@pytest.mark.parametrize("tag", ["CJ", "CA", "CB", "CD", "CE", "AE"])
def test_answer_that_lacks_a_field_is_refused(tag: str) -> None:
    fields = fields_of(PAID["response"])
    del fields[tag]
    with pytest.raises(WireError):
        Answer.parse(fields)


@pytest.mark.parametrize("change", [{"currency": "XXX"}, {"amount": 10**12}, {"amount": -1}])
def test_request_that_has_no_place_in_the_fields_is_not_written(change: dict[str, Any]) -> None:
    request: dict[str, Any] = {"protocol_id": "0", "till": "01", "currency": "EUR", "amount": 1}
    with pytest.raises(WireError):
        Request(**request | change).encode()


@given(st.sampled_from(sorted(EXCHANGES)), st.data())
def test_fields_arrive_whole_however_the_stream_is_cut(name: str, data: st.DataObject) -> None:
    stream = EXCHANGES[name]["response"].encode()
    reader = FieldReader()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        reader.receive_data(stream[:size])
        stream = stream[size:]
    assert reader.fields == fields_of(EXCHANGES[name]["response"])


@given(st.binary(max_size=300) | st.sampled_from([PAID["response"].encode()]), st.data())
def test_garbage_raises_wire_errors_only(garbage: bytes, data: st.DataObject) -> None:
    damaged = bytearray(garbage)
    if damaged:
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    reader = FieldReader()
    try:
        reader.receive_data(bytes(damaged))
        Answer.parse(reader.fields)
    except WireError:
        pass
    redact_fields(bytes(damaged))


@given(
    st.integers(0, 10**12 - 1),
    st.sampled_from(["EUR", "CHF", "AUD"]),
    st.sampled_from(list(Direction)),
    st.sampled_from([None, "04", "99"]),
    st.sampled_from([None, True, False]),
)
def test_every_answer_is_read_as_it_was_written(
    amount: int,
    currency: str,
    direction: Direction,
    failure: str | None,
    contact: bool | None,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    request = Request(
        protocol_id="1", till="01", currency=currency, amount=amount, direction=direction
    )
    answer = Answer(
        request=request,
        outcome=Outcome.NOT_DONE if failure else Outcome.DONE,
        failure=failure,
        contact=contact,
    )
    assert Answer.parse(fields_of(answer.encode())) == answer
