"""The states of a payment: a table that reads like a drawing.

Only CONFIRMED and APPROVED mean money. There is no way from IN_DOUBT back to SENT. Every step is
a journal entry before its effect, so after a crash the table says what may follow: CREATED was
never sent; MANUAL_REVIEW waits for a person; every other state that is not final is in doubt and
is asked for, RESULT_RECEIVED too, whatever it says.

An honest doubt: a terminal that forgets its last booking, or shares its numbers with another
till, cannot be asked. Such a payment ends in MANUAL_REVIEW, and a person reads its slip.
"""

from edge_daemon.records.payloads import PaymentState

S = PaymentState

TRANSITIONS: dict[PaymentState | None, frozenset[PaymentState]] = {
    None: frozenset({S.CREATED}),
    S.CREATED: frozenset({S.SENT, S.NOT_PROCESSED}),
    S.SENT: frozenset(
        {S.IN_PROGRESS, S.NOT_PROCESSED, S.RESULT_RECEIVED, S.DECLINED, S.ABORTING, S.IN_DOUBT}
    ),
    S.IN_PROGRESS: frozenset(
        {S.RESULT_RECEIVED, S.DECLINED, S.ABORTING, S.AWAITING_SIGNATURE, S.IN_DOUBT}
    ),
    S.ABORTING: frozenset({S.NOT_PROCESSED, S.RESULT_RECEIVED, S.DECLINED, S.IN_DOUBT}),
    S.RESULT_RECEIVED: frozenset(
        {
            S.RESULT_RECEIVED,  # a wrong PIN is one result, the next try another
            S.AWAITING_SIGNATURE,
            S.CONFIRMED,
            S.DECLINED,
            S.REVERSED,
            S.IN_DOUBT,
        }
    ),
    S.AWAITING_SIGNATURE: frozenset({S.IN_PROGRESS, S.CONFIRMED, S.REVERSED, S.IN_DOUBT}),
    S.IN_DOUBT: frozenset({S.RESOLVING, S.MANUAL_REVIEW}),
    S.RESOLVING: frozenset(
        {S.APPROVED, S.DECLINED, S.NOT_PROCESSED, S.REVERSED, S.MANUAL_REVIEW, S.IN_DOUBT}
    ),
    S.MANUAL_REVIEW: frozenset({S.APPROVED, S.DECLINED, S.NOT_PROCESSED, S.REVERSED}),
    S.CONFIRMED: frozenset({S.REVERSED}),
    S.APPROVED: frozenset({S.REVERSED}),
    S.DECLINED: frozenset(),
    S.NOT_PROCESSED: frozenset(),
    S.REVERSED: frozenset(),
}
"""From each state, where a payment may go. None: it does not exist yet."""

MONEY = frozenset({S.CONFIRMED, S.APPROVED})
"""The only states in which the customer has paid."""

FINAL = frozenset({S.CONFIRMED, S.APPROVED, S.DECLINED, S.NOT_PROCESSED, S.REVERSED})
"""Nothing more is expected. (A reversal of its own may still turn money into REVERSED.)"""

WAITS_FOR_A_PERSON = frozenset({S.MANUAL_REVIEW, S.AWAITING_SIGNATURE})
"""Nothing moves by itself: somebody has to look."""

IN_FLIGHT = frozenset(
    {S.SENT, S.IN_PROGRESS, S.ABORTING, S.RESULT_RECEIVED, S.AWAITING_SIGNATURE, S.RESOLVING}
)
"""What a restart finds in one of these is in doubt."""

CARD_OUTCOMES: dict[PaymentState, str] = {
    S.CONFIRMED: "Approved",
    S.APPROVED: "Approved",
    S.DECLINED: "Declined",
    S.NOT_PROCESSED: "Cancelled",
    S.REVERSED: "Reversed",
}
"""The tender's `card.outcome`; every other state is `Unknown`."""


def may_follow(before: PaymentState | None, after: PaymentState) -> bool:
    """Whether a payment in `before` may become `after`."""
    return after in TRANSITIONS[before]
