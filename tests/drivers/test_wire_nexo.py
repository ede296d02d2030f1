import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.payment_terminal import PaymentRequest, RefundRequest, ReversalRequest
from drivers.payment_terminal.nexo import requests
from drivers.wire import WireError
from drivers.wire.nexo import payments, services
from drivers.wire.nexo.amounts import decimal_amount, minor_amount
from drivers.wire.nexo.envelope import Body, Message, decode, encode
from drivers.wire.nexo.members import UnreadableAmountError, read
from drivers.wire.nexo.pairs import lines_of, pairs_of, receipt_text
from drivers.wire.nexo.parts import MessageHeader, OutputContent, OutputText
from drivers.wire.nexo.protection import Protection, ProtectionError, derive_keys, encrypt
from drivers.wire.nexo.words import Category, DocumentQualifier

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "nexo.json").read_text())
SCHEMA = json.loads((FOLDER / "nexo_schema.json").read_text())
PARTIES = requests.Parties("till-1", "P400Plus-275839201")
PROTECTION = Protection(derive_keys("p@ssw0rd123456"), "CryptoKeyIdentifier12345", 1)
TENDER = "oLkO001532420683001.8815324206896964"


def vector(name: str) -> Any:
    return next(each["json"] for each in VECTORS if each["name"] == name)


def of(protocol: str) -> list[Any]:
    found = [each for each in VECTORS if each["protocol"] == protocol]
    return [pytest.param(each["json"], id=each["name"]) for each in found]


def valid(data: bytes) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(data)
    (side,) = plain
    reference = {"$ref": f"#/components/schemas/{side}"}
    jsonschema.Draft202012Validator({**SCHEMA, **reference}).validate(plain[side])
    return plain


# --- what is read ---


@pytest.mark.parametrize("keys", of("nexo-adyen-crypto")[:2])
def test_keys_are_derived_as_adyens_library_derives_them(keys: dict[str, str]) -> None:
    derived = derive_keys(keys["passphrase"])
    assert derived.hmac.hex() == keys["hmac_key"]
    assert derived.cipher.hex() == keys["cipher_key"]
    assert derived.iv.hex() == keys["iv"]


def test_message_is_encrypted_as_adyens_library_encrypts_it() -> None:
    expected = vector("encrypt-fixed-nonce")
    keys, plain = derive_keys(expected["passphrase"]), expected["plaintext"].encode()
    nonce = base64.b64decode(expected["nonce"])
    assert base64.b64encode(encrypt(keys, plain, nonce)).decode() == expected["NexoBlob"]
    header = MessageHeader(
        message_class="Service",
        message_category="Payment",
        message_type="Request",
        sale_id="till",
        poi_id="terminal",
    )
    sealed = json.loads(PROTECTION.seal(header, plain, nonce))["SaleToPOIRequest"]
    assert sealed["SecurityTrailer"]["Hmac"] == expected["Hmac"]


@pytest.mark.parametrize("recorded", of("nexo-adyen-secured"))
def test_recorded_message_opens_and_is_authentic(recorded: dict[str, Any]) -> None:
    message = PROTECTION.open(json.dumps({"SaleToPOIResponse": recorded["message"]}))
    answer = message.expect(payments.PaymentResponse)
    assert answer.response.result == "Success"
    assert message.header.poi_id == recorded["message"]["MessageHeader"]["POIID"]


def test_recorded_payment_holds_what_the_terminal_said() -> None:
    message = PROTECTION.open(json.dumps({"SaleToPOIResponse": vector("recorded-java")["message"]}))
    answer = message.expect(payments.PaymentResponse)
    result = answer.payment_result
    assert result is not None
    assert result.amounts_resp is not None
    assert result.amounts_resp.authorized_amount == Decimal(1)
    assert result.amounts_resp.currency == "EUR"
    assert result.payment_instrument_data is not None
    card = result.payment_instrument_data.card_data
    assert card is not None
    assert (card.entry_mode, card.payment_brand) == (("Contactless",), "mc")
    assert (card.card_country_code, card.masked_pan) == ("056", "541333 **** 0010")
    assert answer.poi_data is not None
    assert answer.poi_data.poi_reconciliation_id == 1000
    assert answer.poi_data.poi_transaction_id.transaction_id == (
        "4r7i001557325515012.8815573255107661"
    )
    receipt = receipt_text(answer.payment_receipt, DocumentQualifier.CUSTOMER_RECEIPT)
    assert receipt is not None
    assert receipt.splitlines()[0] == "CARDHOLDER COPY"
    assert "TOTAL                     € 1.00" in receipt.splitlines()
    assert "Card            ************0010" in receipt.splitlines()


@pytest.mark.parametrize("plain", of("nexo-json"))
def test_recorded_message_is_read(plain: dict[str, Any]) -> None:
    if "MessageHeader" in plain:
        plain = {"SaleToPOIResponse": plain}
    if not {"SaleToPOIRequest", "SaleToPOIResponse"} & plain.keys():
        plain = {"SaleToPOIRequest": {**ANY_HEADER, _kind_of(plain): plain}}
    message = decode(json.dumps(plain))
    if message.header.message_category == "StoredValue":
        assert message.body is None
    else:
        assert type(message.body).__name__ in next(iter(plain.values()))


ANY_HEADER = {
    "MessageHeader": {
        "MessageClass": "Service",
        "MessageCategory": "Login",
        "MessageType": "Request",
        "SaleID": "till",
        "POIID": "terminal",
    }
}


def _kind_of(plain: dict[str, Any]) -> str:
    members = {
        "AbortReason": "AbortRequest",
        "SaleSoftware": "LoginRequest",
        "DisplayOutput": "DisplayRequest",
    }
    return next(kind for member, kind in members.items() if member in plain)


def test_rejection_holds_the_message_that_was_rejected() -> None:
    event = decode(json.dumps(vector("event-reject"))).expect(services.EventNotification)
    assert event.event_to_notify == "Reject"
    assert pairs_of(event.event_details)["message"].startswith("Failed to send message to POI.")
    rejected = decode(base64.b64decode(event.rejected_message or ""))
    request = rejected.expect(payments.PaymentRequest)
    assert request.payment_transaction.amounts_req.requested_amount == Decimal("14.90")


def changed(**members: Any) -> bytes:
    plain = json.loads(json.dumps(vector("payment-success")))
    plain["SaleToPOIResponse"]["PaymentResponse"] |= members
    return json.dumps(plain).encode()


def test_numbers_may_come_as_texts_and_texts_as_numbers() -> None:
    data = {"POITransactionID": {"TransactionID": 4711, "TimeStamp": "x"}}
    body = decode(changed(POIData=data | {"POIReconciliationID": "1000"})).body
    assert isinstance(body, payments.PaymentResponse)
    assert body.poi_data is not None
    assert body.poi_data.poi_reconciliation_id == 1000
    assert body.poi_data.poi_transaction_id.transaction_id == "4711"


def test_amount_may_come_as_a_text() -> None:
    result = {"AmountsResp": {"AuthorizedAmount": "10.99", "Currency": "EUR"}}
    body = decode(changed(PaymentResult=result)).body
    assert isinstance(body, payments.PaymentResponse)
    assert body.payment_result is not None
    assert body.payment_result.amounts_resp is not None
    assert body.payment_result.amounts_resp.authorized_amount == Decimal("10.99")


@pytest.mark.parametrize("amount", ["ten", "1e99", "NaN", True, [], {}, "9" * 50])
def test_amount_that_is_none_makes_the_message_unreadable(amount: object) -> None:
    with pytest.raises(UnreadableAmountError):
        decode(changed(PaymentResult={"AmountsResp": {"AuthorizedAmount": amount}}))


def test_unknown_words_and_members_are_taken_as_they_come() -> None:
    response = {"Result": "Failure", "ErrorCondition": "Communication timeout", "Since": 2031}
    body = decode(changed(Response=response)).body
    assert isinstance(body, payments.PaymentResponse)
    assert body.response.error_condition == "Communication timeout"


def test_optional_member_that_cannot_be_read_is_not_there() -> None:
    body = decode(changed(POIData=[1], PaymentReceipt=["", {"DocumentQualifier": 3}])).body
    assert isinstance(body, payments.PaymentResponse)
    assert (body.poi_data, body.payment_receipt) == (None, ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ok",
        b"[]",
        b"{}",
        b'"ok"',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"SaleToPOIResponse": []}',
        b'{"SaleToPOIResponse": {"MessageHeader": {}}}',
        b'{"SaleToPOIResponse": NaN}',
        b'{"a": 1e99999999999999999999}',
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)
    with pytest.raises(WireError):
        PROTECTION.open(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_garbage_raises_nothing_else(data: bytes | str) -> None:
    for open_message in (decode, PROTECTION.open):
        with pytest.raises(WireError):
            open_message(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    plain = json.loads(json.dumps(vector("payment-success")))
    place = plain["SaleToPOIResponse"]
    for _ in range(draw(st.integers(0, 4))):
        inner = [key for key, value in place.items() if isinstance(value, dict)]
        if inner:
            place = place[draw(st.sampled_from(sorted(inner)))]
    if place:
        place[draw(st.sampled_from(sorted(place)))] = draw(JSON)
    return json.dumps(plain).encode()


@settings(max_examples=300, deadline=None)
@given(damaged())
def test_damaged_message_is_read_or_refused(data: bytes) -> None:
    try:
        decode(data)
    except WireError:
        return


# --- what cannot be trusted ---


def sealed() -> dict[str, Any]:
    message = PARTIES.message(Category.DIAGNOSIS, "0123456789", services.DiagnosisRequest())
    plain: dict[str, Any] = json.loads(PROTECTION.close(message, bytes(range(16))))
    return plain


def flip(text: str, place: int) -> str:
    data = bytearray(base64.b64decode(text))
    data[place] ^= 1
    return base64.b64encode(data).decode()


def tampered(member: str, value: object) -> bytes:
    plain = sealed()
    inside = plain["SaleToPOIRequest"]
    trailer = inside["SecurityTrailer"]
    (inside if member in inside else trailer)[member] = value
    return json.dumps(plain).encode()


INSIDE = sealed()["SaleToPOIRequest"]
TRAILER = INSIDE["SecurityTrailer"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Hmac", flip(TRAILER["Hmac"], 0)),
        ("Hmac", flip(TRAILER["Hmac"], 31)),
        ("Hmac", base64.b64encode(base64.b64decode(TRAILER["Hmac"])[:16]).decode()),
        ("Hmac", base64.b64encode(base64.b64decode(TRAILER["Hmac"]) + b"0").decode()),
        ("Hmac", ""),
        ("Hmac", "not base64"),
        ("NexoBlob", flip(INSIDE["NexoBlob"], 0)),
        ("NexoBlob", flip(INSIDE["NexoBlob"], -1)),
        ("NexoBlob", base64.b64encode(base64.b64decode(INSIDE["NexoBlob"])[:-16]).decode()),
        ("NexoBlob", base64.b64encode(base64.b64decode(INSIDE["NexoBlob"])[:-1]).decode()),
        ("NexoBlob", ""),
        ("NexoBlob", 7),
        ("Nonce", flip(TRAILER["Nonce"], 0)),
        ("Nonce", "AAAA"),
        ("KeyIdentifier", "another"),
        ("KeyVersion", 2),
        ("AdyenCryptoVersion", 2),
        ("MessageHeader", INSIDE["MessageHeader"] | {"ServiceID": "another"}),
        ("MessageHeader", INSIDE["MessageHeader"] | {"SaleID": "another"}),
        ("MessageHeader", INSIDE["MessageHeader"] | {"MessageType": "Response"}),
    ],
)
def test_whatever_does_not_fit_is_one_and_the_same_error(member: str, value: object) -> None:
    with pytest.raises(ProtectionError) as raised:
        PROTECTION.open(tampered(member, value))
    assert str(raised.value) == "The message cannot be opened with this key."
    assert raised.value.__cause__ is None


def test_another_passphrase_opens_nothing() -> None:
    other = Protection(derive_keys("another"), PROTECTION.key_identifier, 1)
    with pytest.raises(ProtectionError):
        other.open(json.dumps(sealed()))


def test_two_messages_of_the_same_words_look_different() -> None:
    message = PARTIES.message(Category.DIAGNOSIS, "0123456789", services.DiagnosisRequest())
    first, second = (PROTECTION.close(message, bytes([n]) * 16) for n in (1, 2))
    assert first != second
    assert PROTECTION.open(first) == PROTECTION.open(second) == message


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=16, max_size=16), st.text(min_size=1, max_size=300))
def test_what_is_closed_opens(nonce: bytes, text: str) -> None:
    body = services.EventNotification(event_to_notify="Abort", event_details=text)
    message = PARTIES.message(Category.EVENT, "0123456789", body)
    if any(0xD800 <= ord(character) < 0xE000 for character in text):
        return
    assert PROTECTION.open(PROTECTION.close(message, nonce)) == message


# --- what is sent ---

PAYMENT = PaymentRequest(
    payment_id="01JD0000000000000000000000", amount=1234, currency="EUR", operator_id="op-7"
)
PARTIAL = PaymentRequest(payment_id="A", amount=1, currency="JPY", allow_partial=True)
REFUND = RefundRequest(payment_id="B", amount=99_999_999_00, currency="EUR")
REVERSAL = ReversalRequest(
    payment_id="C", amount=1099, currency="EUR", original_poi_transaction_id=TENDER
)
REFERENCE = PARTIES.reference(Category.PAYMENT, requests.service_id_of("A"))

SENT: list[tuple[Category, Body]] = [
    (Category.PAYMENT, requests.payment(PAYMENT)),
    (Category.PAYMENT, requests.payment(PARTIAL)),
    (Category.PAYMENT, requests.payment(REFUND)),
    (Category.REVERSAL, requests.reversal(REVERSAL)),
    (Category.ABORT, requests.abort(REFERENCE)),
    (Category.TRANSACTION_STATUS, requests.status(REFERENCE, reprint=True)),
    (Category.TRANSACTION_STATUS, requests.status(None, reprint=False)),
    (Category.DIAGNOSIS, services.DiagnosisRequest()),
    (Category.LOGIN, requests.login()),
    (Category.LOGOUT, services.LogoutRequest()),
    (Category.DISPLAY, requests.display(["Even geduld", "a.u.b."], 5)),
    (Category.RECONCILIATION, requests.reconciliation()),
    (Category.CARD_ACQUISITION, requests.card_acquisition("0123456789")),
    (Category.ENABLE_SERVICE, requests.end_acquisition()),
]


@pytest.mark.parametrize(("category", "body"), SENT, ids=lambda value: type(value).__name__)
def test_every_message_that_is_sent_is_valid_by_adyens_schema(
    category: Category, body: Body
) -> None:
    message = PARTIES.message(category, requests.any_service_id(), body)
    plain = valid(encode(message))["SaleToPOIRequest"]
    assert plain["MessageHeader"]["MessageCategory"] == category
    assert decode(encode(message)) == message
    (kind,) = plain.keys() - {"MessageHeader"}
    assert kind in SCHEMA["components"]["schemas"]["SaleToPOIRequest"]["properties"]


def test_schema_refuses_what_is_wrong() -> None:
    plain = json.loads(encode(PARTIES.message(*_first_sent())))
    plain["SaleToPOIRequest"]["PaymentRequest"]["SaleData"] = {}
    with pytest.raises(jsonschema.ValidationError):
        valid(json.dumps(plain).encode())


def _first_sent() -> tuple[Category, str, Body]:
    return SENT[0][0], "0123456789", SENT[0][1]


def test_payment_says_what_is_to_be_paid_in_the_words_of_the_protocol() -> None:
    message = PARTIES.message(Category.PAYMENT, "0123456789", requests.payment(PAYMENT))
    request = json.loads(encode(message), parse_float=str)["SaleToPOIRequest"]["PaymentRequest"]
    amounts = request["PaymentTransaction"]["AmountsReq"]
    assert amounts == {"Currency": "EUR", "RequestedAmount": "12.34"}
    assert request["SaleData"]["SaleTransactionID"]["TransactionID"] == PAYMENT.payment_id
    assert request["SaleData"]["OperatorID"] == "op-7"


@pytest.mark.parametrize("service_id", ["", "01234567890"])
def test_message_that_breaks_the_protocol_is_not_encoded(service_id: str) -> None:
    message = PARTIES.message(Category.PAYMENT, service_id, requests.payment(PAYMENT))
    with pytest.raises(WireError):
        encode(message)
    with pytest.raises(WireError):
        encode(Message(message.header, None))


def test_service_id_of_a_payment_is_always_the_same_and_fits() -> None:
    first = requests.service_id_of("01JD0000000000000000000000")
    assert first == requests.service_id_of("01JD0000000000000000000000")
    assert first == "F0N1FKCY78"  # never another one: payments in doubt are asked for by it
    others = {requests.service_id_of(f"01JD00000{n:07d}0000000000") for n in range(1000)}
    assert len(others) == 1000
    assert {len(service_id) for service_id in others} == {10}


def test_moment_of_a_payment_is_found_in_its_reference() -> None:
    assert requests.tender_moment(TENDER) == "2018-07-24T08:24:43.001Z"
    assert requests.tender_moment("8515661234567890C") is None
    named = requests.reversal(REVERSAL).original_poi_transaction.poi_transaction_id
    assert named is not None
    assert (named.transaction_id, named.time_stamp) == (TENDER, "2018-07-24T08:24:43.001Z")


# --- amounts ---


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [(1234, "EUR", "12.34"), (5, "EUR", "0.05"), (500, "JPY", "500"), (1, "BHD", "0.001")],
)
def test_amounts_have_the_digits_of_their_currency(minor: int, currency: str, major: str) -> None:
    assert decimal_amount(minor, currency) == Decimal(major)
    assert minor_amount(Decimal(major), currency) == minor


@given(st.integers(0, 99_999_999_99), st.sampled_from(["EUR", "HUF"]))
def test_amounts_go_and_come_back(minor: int, currency: str) -> None:
    assert minor_amount(decimal_amount(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("value", "currency"),
    [
        ("0.001", "EUR"),
        ("0.5", "JPY"),
        ("-1", "EUR"),
        ("100000000", "EUR"),
        ("NaN", "EUR"),
        ("1", "XXX"),
    ],
)
def test_amount_that_cannot_be_one_is_refused(value: str, currency: str) -> None:
    with pytest.raises(WireError):
        minor_amount(Decimal(value), currency)


@pytest.mark.parametrize(("minor", "currency"), [(-1, "EUR"), (10**10, "EUR"), (1, "XXX")])
def test_amount_that_the_protocol_cannot_carry_is_refused(minor: int, currency: str) -> None:
    with pytest.raises(WireError):
        decimal_amount(minor, currency)


# --- texts ---


def test_receipt_never_shows_a_card_number() -> None:
    content = OutputContent(
        output_format="Text",
        output_text=(OutputText(text="name=Card&value=4111%201111%201111%201111&key=pan"),),
    )
    assert "1111 1111 1111" not in "\n".join(lines_of(content))


def test_pieces_of_a_line_stay_together() -> None:
    pieces = (
        OutputText(text="one ", end_of_line_flag=False),
        OutputText(text="two"),
        OutputText(text="key=header1"),
        OutputText(text="key=filler"),
        OutputText(text="three", end_of_line_flag=False),
    )
    content = OutputContent(output_format="Text", output_text=pieces)
    assert lines_of(content) == ["one two", "", "three"]


@given(st.text(max_size=50))
def test_texts_with_pairs_raise_nothing(text: str) -> None:
    pairs_of(text)
    lines_of(OutputContent(output_format="Text", output_text=(OutputText(text=text),)))


def test_struct_of_another_object_is_refused() -> None:
    with pytest.raises(WireError):
        read(MessageHeader, [])
