import msgspec
import pytest

from drivers.payment_terminal import (
    CancelPreAuthorisationRequest,
    NotProcessed,
    PaymentRequest,
    PaymentResult,
    Processed,
    ReversalRequest,
    Reversed,
    Unknown,
)
from drivers.payment_terminal.zvt.recovery import following, resolve

REQUEST = PaymentRequest(
    payment_id="01JD0000000000000000000000",
    amount=1234,
    currency="EUR",
    last_receipt_number="0041",
    last_trace_number="000090",
    terminal_id="52500245",
    sent_at="2026-11-22T14:00:00",
)
OURS = PaymentResult(
    approved=True,
    result_code="00",
    requested_amount=1234,
    authorised_amount=1234,
    currency="EUR",
    terminal_id="52500245",
    receipt_number="0042",
    trace_number="000091",
    terminal_time="11-22T14:00:20",
)


def like_ours(**changes: object) -> PaymentResult:
    return msgspec.structs.replace(OURS, **changes)


def test_next_number_with_the_same_money_is_ours() -> None:
    assert resolve(REQUEST, None, OURS) == Processed(OURS)


def test_next_number_that_was_declined_is_ours_and_declined() -> None:
    declined = like_ours(approved=False, result_code="05", authorised_amount=None)
    assert resolve(REQUEST, None, declined) == Processed(declined)


def test_same_number_as_before_means_nothing_was_booked() -> None:
    before = like_ours(
        receipt_number="0041",
        trace_number="000090",
        requested_amount=500,
        terminal_time="11-22T13:00:00",
    )
    assert resolve(REQUEST, None, before) == NotProcessed()


def test_same_number_with_another_trace_is_a_new_one() -> None:
    anew = like_ours(receipt_number="0041", trace_number="000099")
    assert isinstance(resolve(REQUEST, None, anew), Unknown)


def test_part_of_it_is_ours_where_the_rest_is_told_and_was_allowed() -> None:
    part = like_ours(requested_amount=1000, authorised_amount=1000, remaining_amount=234)
    assert isinstance(resolve(REQUEST, None, part), Unknown)
    allowed = PaymentRequest(**msgspec.structs.asdict(REQUEST) | {"allow_partial": True})
    status = resolve(allowed, None, part)
    assert isinstance(status, Processed)
    assert (status.result.requested_amount, status.result.authorised_amount) == (1234, 1000)
    received = like_ours(requested_amount=1234, authorised_amount=1000)
    assert isinstance(resolve(allowed, received, part), Processed)


def reversal(**changes: object) -> ReversalRequest:
    known = {
        **{name: getattr(REQUEST, name) for name in REQUEST.__struct_fields__},
        "original_receipt_number": "0040",
        "original_trace_number": "000089",
    }
    del known["allow_partial"]
    return ReversalRequest(**known | changes)


def test_reversal_is_found_by_what_it_takes_back() -> None:
    assert isinstance(resolve(reversal(), None, like_ours(original_trace="000089")), Processed)
    unnamed = reversal(original_trace_number=None)
    assert isinstance(resolve(unnamed, None, like_ours(original_trace="000089")), Processed)


@pytest.mark.parametrize("trace", [None, "000088"])
def test_what_takes_back_something_else_is_not_our_reversal(trace: str | None) -> None:
    assert isinstance(resolve(reversal(), None, like_ours(original_trace=trace)), Unknown)


def test_cancelled_pre_authorisation_may_show_zero() -> None:
    known = {name: getattr(REQUEST, name) for name in REQUEST.__struct_fields__}
    del known["allow_partial"]
    cancel = CancelPreAuthorisationRequest(**known, original_receipt_number="0040")
    nothing = like_ours(requested_amount=0, authorised_amount=0)
    assert isinstance(resolve(cancel, None, nothing), Processed)


@pytest.mark.parametrize(
    "changes",
    [
        {"requested_amount": 1235},
        {"currency": "CHF"},
        {"receipt_number": "0043"},
        {"receipt_number": "0040"},
        {"receipt_number": "0001"},
        {"terminal_id": "99999999"},
        {"original_trace": "000080"},
        {"terminal_time": "11-22T13:50:00"},
        {"receipt_number": None},
    ],
)
def test_anything_else_is_for_a_person(changes: dict[str, object]) -> None:
    status = resolve(REQUEST, None, like_ours(**changes))
    assert isinstance(status, Unknown)
    assert status.reason


def test_terminal_that_shows_nothing_is_for_a_person() -> None:
    assert isinstance(resolve(REQUEST, None, None), Unknown)


def test_without_earlier_numbers_a_person_has_to_look() -> None:
    fresh = msgspec.structs.replace(REQUEST, last_receipt_number=None)
    assert isinstance(resolve(fresh, None, OURS), Unknown)


@pytest.mark.parametrize(
    ("number", "next_number"), [("0041", "0042"), ("9998", "9999"), ("9999", "0001")]
)
def test_receipt_numbers_wrap(number: str, next_number: str) -> None:
    assert following(number) == next_number


def test_wrap_between_sending_and_asking_is_followed() -> None:
    request = msgspec.structs.replace(REQUEST, last_receipt_number="9999")
    assert resolve(request, None, like_ours(receipt_number="0001")) == Processed(
        like_ours(receipt_number="0001")
    )


@pytest.mark.parametrize(
    ("sent_at", "terminal_time", "ours"),
    [
        ("2026-12-31T23:59:50", "01-01T00:00:10", True),
        ("2027-01-01T00:00:05", "12-31T23:59:58", True),
        ("2027-01-01T00:10:00", "12-31T23:50:00", False),
        ("2027-02-28T23:59:50", "03-01T00:00:01", True),
        ("2028-02-29T12:00:00", "02-29T12:00:30", True),
        ("2026-11-22T14:00:00", "11-22T13:56:00", True),
        ("2026-11-22T14:00:00", None, True),
    ],
)
def test_time_without_a_year_is_compared_across_new_year(
    sent_at: str,
    terminal_time: str | None,
    ours: bool,  # noqa: FBT001 - a column of the table
) -> None:
    request = msgspec.structs.replace(REQUEST, sent_at=sent_at)
    status = resolve(request, None, like_ours(terminal_time=terminal_time))
    assert isinstance(status, Processed) is ours


def test_received_result_that_is_still_there_stands() -> None:
    assert resolve(REQUEST, OURS, OURS) == Processed(OURS)


def test_received_result_that_is_gone_was_reversed() -> None:
    before = like_ours(receipt_number="0041", requested_amount=500, trace_number="000090")
    assert resolve(REQUEST, OURS, before) == Reversed()


def test_received_decline_that_is_gone_was_never_money() -> None:
    declined = like_ours(approved=False, authorised_amount=None)
    before = like_ours(receipt_number="0041", trace_number="000090", requested_amount=500)
    assert resolve(REQUEST, declined, before) == NotProcessed()


def test_reversal_that_names_our_trace_reversed_us() -> None:
    reversal = like_ours(receipt_number="0043", trace_number="000092", original_trace="000091")
    assert resolve(REQUEST, OURS, reversal) == Reversed(reversal)


def test_received_result_behind_another_booking_is_for_a_person() -> None:
    other = like_ours(receipt_number="0043", trace_number="000092")
    assert isinstance(resolve(REQUEST, OURS, other), Unknown)


DECLINED = PaymentResult(
    approved=False,
    result_code="05",
    requested_amount=1234,
    currency="EUR",
    terminal_id="52500245",
    trace_number="000091",
)


def test_equal_booking_after_a_received_no_is_somebody_else_s() -> None:
    assert isinstance(resolve(REQUEST, DECLINED, OURS), Unknown)


def test_after_a_wrong_pin_the_next_try_is_ours() -> None:
    wrong_pin = msgspec.structs.replace(DECLINED, result_code="37")
    assert resolve(REQUEST, wrong_pin, OURS) == Processed(OURS)


def test_no_that_was_received_and_booked_nothing_stays_one() -> None:
    before = like_ours(receipt_number="0041", trace_number="000090")
    assert resolve(REQUEST, DECLINED, before) == NotProcessed()


def test_kept_result_over_another_amount_is_for_a_person() -> None:
    kept = like_ours(requested_amount=1334, authorised_amount=1334)
    received = msgspec.structs.replace(kept, approved=False)
    assert isinstance(resolve(REQUEST, received, kept), Unknown)


def test_kept_reversal_of_another_payment_is_for_a_person() -> None:
    refused = like_ours(approved=False, original_trace="000088")
    assert isinstance(resolve(reversal(), refused, like_ours(original_trace="000088")), Unknown)
    assert isinstance(resolve(reversal(), OURS, like_ours(original_trace="000089")), Processed)
