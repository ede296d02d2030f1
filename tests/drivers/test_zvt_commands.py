"""What the till sends, byte by byte, as the manual's tables have it."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from drivers.errors import LocalProtocolError, UnsupportedError
from drivers.payment_terminal import (
    CancelPreAuthorisationRequest,
    CompletionRequest,
    MaintenanceTask,
    PaymentRequest,
    RefundRequest,
    ReversalRequest,
)
from drivers.payment_terminal.zvt.commands import Commands
from drivers.payment_terminal.zvt.settings import Settings
from drivers.wire import WireError
from drivers.wire.zvt import requests
from drivers.wire.zvt.apdu import Apdu, decode_apdu
from drivers.wire.zvt.codes import result_text
from drivers.wire.zvt.message_ids import MessageIds, number_of
from drivers.wire.zvt.vendors import VENDORS
from tests.drivers.zvt_vectors import apdu

PAYMENT = PaymentRequest(payment_id="p", amount=11000, currency="EUR")
ABOUT: dict[str, Any] = {
    "payment_id": "p",
    "amount": 2500,
    "currency": "EUR",
    "original_receipt_number": "0231",
}


def commands(**changes: Any) -> Commands:
    return Commands("counter", Settings(host="terminal", password="123456", **changes))  # noqa: S106 - a till's, made up


def sent(command: Apdu) -> str:
    return command.encode().hex()


def test_payment() -> None:
    assert sent(commands().payment(PAYMENT)) == "06010c040000000110004909781940"


def test_payment_that_may_be_approved_in_part() -> None:
    partial = msgspec.structs.replace(PAYMENT, allow_partial=True)
    assert sent(commands().payment(partial)) == "060112" + "04000000011000" + "490978" + "1940" + (
        "06041f700101"
    )


def test_refund_begins_with_the_password() -> None:
    refund = RefundRequest(payment_id="p", amount=2500, currency="EUR")
    assert sent(commands().refund(refund)) == "06310d" + "123456" + "04000000002500" + "490978"


def test_reversal_names_the_receipt() -> None:
    reversal = ReversalRequest(**ABOUT)
    assert sent(commands().reversal(reversal)) == "063010" + "123456" + "870231" + (
        "04000000002500" + "490978"
    )


def test_pre_authorisation() -> None:
    assert sent(commands().pre_authorisation(PAYMENT)) == "06220c040000000110004909781940"


def test_booking_all_of_it_is_book_total() -> None:
    completion = CompletionRequest(**ABOUT, original_amount=2500)
    assert sent(commands().completion(completion)) == "06240d" + "870231" + "04000000002500490978"


def test_booking_a_part_releases_the_rest() -> None:
    completion = CompletionRequest(**ABOUT, original_amount=10000)
    assert sent(commands().completion(completion)) == "06230d" + "870231" + "04000000007500490978"


def test_setting_free_names_the_receipt() -> None:
    cancel = CancelPreAuthorisationRequest(**ABOUT)
    assert sent(commands().cancel_pre_authorisation(cancel)) == "062506" + "870231" + "490978"


def test_question_for_what_is_set_aside() -> None:
    assert sent(requests.open_pre_authorisations()) == "06230387ffff"


def test_card_is_read_with_a_bare_time_out() -> None:
    assert sent(commands().read_card()) == "06c007" + "1e" + "06041f1501c0"
    recorded = decode_apdu(apdu("ecrterm-readcard"))
    assert recorded.head == b"\x01"


def test_card_is_polled_where_a_terminal_has_only_that() -> None:
    polled = commands(card_reading="card_poll").read_card()
    assert sent(polled) == "06e60a" + "0608" + "1f1501c0" + "1f5b011e"


def test_text_is_shown_for_some_seconds() -> None:
    shown = commands(display_seconds=9).display(("Hé", ""))
    assert sent(shown) == "06e00a" + "f009" + "f1f0f24882" + "f2f0f0"


def test_more_lines_than_a_display_has_are_not_sent() -> None:
    with pytest.raises(UnsupportedError):
        commands().display(("",) * 9)


def test_maintenance() -> None:
    moment = dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    assert sent(commands().maintenance(MaintenanceTask.DIAGNOSIS, None)) == "067000"
    assert sent(commands().maintenance(MaintenanceTask.INITIALISATION, None)) == "069303123456"
    clock = commands().maintenance(MaintenanceTask.SET_CLOCK, moment)
    assert sent(clock) == "06910b" + "123456" + "aa260203" + "0c040506"


@pytest.mark.parametrize(
    ("exclusive", "last", "tag"),
    [
        (True, "0041", "06051f1f020041"),
        (True, "9999", "06051f1f029999"),
        (True, None, ""),
        (True, "0000", ""),
        (True, "0", ""),
        (True, "none", ""),
        (False, "0041", ""),
    ],
)
def test_last_booked_number_goes_to_exclusive_terminals_alone(
    *, exclusive: bool, last: str | None, tag: str
) -> None:
    till = commands(exclusive=exclusive)
    asked: dict[str, Any] = {"last_receipt_number": last}
    for command in (
        till.payment(msgspec.structs.replace(PAYMENT, **asked)),
        till.pre_authorisation(msgspec.structs.replace(PAYMENT, **asked)),
        till.refund(RefundRequest(payment_id="p", amount=1, currency="EUR", **asked)),
        till.reversal(ReversalRequest(**ABOUT, **asked)),
        till.completion(CompletionRequest(**ABOUT, original_amount=2500, **asked)),
        till.completion(CompletionRequest(**ABOUT, original_amount=9999, **asked)),
        till.cancel_pre_authorisation(CancelPreAuthorisationRequest(**ABOUT, **asked)),
    ):
        assert sent(command).endswith(tag)
        assert ("1f1f" in sent(command)) is bool(tag)


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_is_asked_for_without_an_amount(amount: int) -> None:
    with pytest.raises(LocalProtocolError):
        commands().refund(RefundRequest(payment_id="p", amount=amount, currency="EUR"))


@pytest.mark.parametrize("number", ["", "12345", "1a"])
def test_receipt_number_that_is_none_is_not_sent(number: str) -> None:
    about = ABOUT | {"original_receipt_number": number}
    with pytest.raises(UnsupportedError):
        commands().reversal(ReversalRequest(**about))


def test_card_is_not_awaited_for_ever() -> None:
    with pytest.raises(WireError):
        requests.read_card(256)


def test_makers_own_codes_are_asked_first() -> None:
    feig = Settings(host="terminal", vendor="feig").vendor_codes
    assert "PIN is needed" in result_text(0x33, feig)
    assert "not enough money" in result_text(0x33)
    assert result_text(0x6C, feig) == result_text(0x6C)
    assert set(VENDORS["feig"]) == {0x02, 0x05, 0x13, 0x21, 0x33, 0x3A, 0x3D, 0x41}


def test_messages_are_numbered_as_in_the_manuals_example() -> None:
    ids = MessageIds()
    payment = requests.authorization(100, "EUR")
    assert ids.next_message(payment) == payment
    ids.begin()
    first = ids.next_message(payment)
    assert sent(first) == "060114" + "04000000000100" + "490978" + "1940" + "06061f7303000001"
    ids.hear(decode_apdu(apdu("spec-msgseq-interstatus-timeout")))
    assert number_of(ids.next_message(payment)) == 9
    heard = decode_apdu(apdu("spec-msgseq-ack"))
    assert ids.answer(requests.acknowledge(), heard) == heard


def test_numbers_are_decimal_and_wrap_to_one() -> None:
    ids = MessageIds()
    ids.begin()
    numbers = [number_of(ids.next_message(requests.log_off())) for _ in range(10)]
    assert numbers == list(range(1, 11))
    ids.hear(decode_apdu(bytes.fromhex("80000806061f7303999999")))
    assert sent(ids.next_message(requests.log_off())) == "06020806061f7303000001"


def test_number_that_cannot_be_read_is_none() -> None:
    ids = MessageIds()
    ids.begin()
    ids.hear(decode_apdu(bytes.fromhex("80000806061f730300000a")))
    assert number_of(ids.next_message(requests.log_off())) == 1


def test_ids_end_with_the_registration() -> None:
    ids = MessageIds()
    ids.begin()
    ids.end()
    assert not ids.in_use
    assert sent(ids.next_message(requests.log_off())) == "060200"
