"""ZVT: the terminal names its bookings by numbers, and shows its last one."""

import pathlib
import random
from collections.abc import Iterator, Sequence
from typing import Literal

from edge_daemon.records.payloads import PaymentState
from simulators import payment_terminal as zvt
from simulators.payment_terminal import State
from simulators.payment_terminal.ledger import HIGHEST_RECEIPT_NUMBER
from simulators.payment_terminal.model import CommitPolicy
from tests.stories.ledger.till import Paid
from tests.stories.ledger.under_test import Booking, TerminalUnderTest
from tests.stories.ledger.wire import HOST, Ends, to_line

T4 = 20
"""Seconds; shorter than the manual's, so that a silent terminal is given up sooner."""
FIRST_NUMBERS = (1, 1, 1, 9990)
"""Of an evening; one in four sees the numbers wrap."""
OUTAGES = ("end_of_day_while_down", "swapped_while_down")
STRANGERS = (
    *OUTAGES,
    "keyed_equal",
    "keyed_other",
    "keyed_equal_instead",
    "keyed_other_instead",
    "second_till",
)
KEPT = frozenset({State.BOOKED, State.COMPLETED})
_KINDS = {
    "payment": "Payment",
    "refund": "Refund",
    "reversal": "Reversal",
    "pre_authorisation": "PreAuthorisation",
    "completion": "Completion",
    "cancellation": "Reversal",
}


class ZvtTerminal(TerminalUnderTest):
    """A terminal that treats in one of the known ways what nobody acknowledged.

    Args:
        directory: Where its books are; its name decides whether the receipt numbers wrap soon.
        policy: The way.
        repeats: It can tell its last transaction.
    """

    passages = 24
    kinds = frozenset({"Payment", "Refund", "Reversal", "PreAuthorisation", "Completion"})
    once = (
        "drop_before_ack",
        "drop_after_ack",
        "drop_after_intermediate",
        "drop_before_status_information",
        "drop_after_status_information",
        "drop_after_commit",
        "drop_mid_print",
        "drop_before_completion",
        "self_restart",
        "ack_beyond_t3",
        "result_beyond_t4",
        "wrong_pin_first",
        "wrong_amount",
        "wrong_currency",
        "partial_approval",
        "offline_approval",
        "signature_required",
        "abort_after_approval",
        "duplicate_status_information",
        "unknown_bitmap",
        "llvar_too_long",
    )
    lasting = (
        "silent",
        "hang_after_ack",
        "busy_9c",
        "not_ready_a0",
        "not_possible_83",
        "locked",
        "decline",
        "dribble",
        "coalesce",
        "shuffled_bitmaps",
        "unknown_tag",
        "extended_length",
    )

    def __init__(
        self,
        directory: pathlib.Path,
        policy: CommitPolicy,
        *,
        exclusive: bool = False,
        repeats: bool = True,
        line: Literal["tcp", "serial"] = "tcp",
    ) -> None:
        first = random.Random(directory.name).choice(FIRST_NUMBERS)  # noqa: S311 - no secret
        model = zvt.Model(commit_policy=policy, slips_as="blocks", first_receipt_number=first)
        super().__init__(
            zvt.PaymentTerminal(
                ledger=directory / "terminal.sqlite",
                auto=True,
                model=model,
                line=line,
                directory=directory,
            ),
            exclusive=exclusive,
        )
        self.strangers = OUTAGES if exclusive else STRANGERS
        if line == "serial":
            self.needs_its_plug_pulled = ("hang_after_ack",)
        self._line = line
        self._terminal_id = ""
        self._entries_before = 0
        self._shown_before: str | None = None
        if not repeats:
            self.faults.switch("no_repeat_receipt", on=True)

    async def connect(self) -> Ends:
        if self._line == "serial":
            return await to_line(self.simulator.toml().split('url = "')[1].split('"')[0])
        return await super().connect()

    def toml(self, port: int) -> str:
        table = super().toml(port)
        if self._line == "serial":
            head = table.split("url = ")[0]
            table = f'{head}url = "socket://{HOST}:{port}"\n'
        exclusive = str(self.exclusive).lower()
        return f"{table}completion_timeout = {T4}\nexclusive = {exclusive}\n"

    def bookings(self) -> list[Booking]:
        return [
            Booking(
                id=each.id,
                kind=_KINDS[each.kind],
                asked=each.asked_amount,
                amount=each.amount,
                stands=each.state in KEPT,
                by_hand=each.by_hand,
                original=each.original_id,
                money=each.money,
                number=f"{each.receipt_number:04d}",
            )
            for each in self.simulator.ledger.entries()
        ]

    def begin_step(self) -> None:
        ledger = self.simulator.ledger
        shown = ledger.last()
        self._terminal_id = ledger.terminal_id
        self._entries_before = len(ledger.entries())
        self._shown_before = f"{shown.receipt_number:04d}" if shown else None

    def is_of(self, booking: Booking, paid: Paid, originals: Sequence[int]) -> bool:
        if booking.original is not None:
            return booking.original in originals
        return booking.asked == paid.requested

    def is_in_the_place_of(self, booking: Booking, paid: Paid) -> bool:
        last = paid.last_receipt_number
        return last is not None and booking.number == following(last)

    def is_named(self, booking: Booking, paid: Paid) -> bool:
        return paid.receipt_number in {None, booking.number}

    def hides(self, paid: Paid, mine: Sequence[Booking]) -> str | None:
        return next(self._reasons(paid, mine), None)

    def _reasons(self, paid: Paid, mine: Sequence[Booking]) -> Iterator[str]:
        shown = self.simulator.ledger.last()
        if "no_repeat_receipt" in self.faults:
            yield "the terminal repeats nothing"
        elif shown is None:
            yield "the terminal's store is empty"
        elif shown.terminal_id != self._terminal_id:
            yield "another terminal stands there"
        if any(each.stands and each.amount != each.asked for each in mine):
            yield "another amount stands in its place"
        if self._is_shown(paid, mine):
            return
        if self._shown_before is None:
            yield "the terminal's first payment ever"
        if self._stranger_since(paid):
            yield "somebody else has used the terminal"
        if any(each.stands and self._leaves_a_gap(paid, each) for each in mine):
            yield "the terminal has skipped a number"

    def _is_shown(self, paid: Paid, mine: Sequence[Booking]) -> bool:
        """True when the till had heard the result, and the terminal still shows just that."""
        shown = self.simulator.ledger.last()
        if PaymentState.RESULT_RECEIVED not in paid.states or shown is None:
            return False
        return any(each.id == shown.id and each.number == paid.receipt_number for each in mine)

    def _stranger_since(self, paid: Paid) -> bool:
        """True when others booked after the last number that the till had heard of."""
        heard = 0
        for each in self.simulator.ledger.entries():
            if f"{each.receipt_number:04d}" == paid.last_receipt_number and not each.closed:
                heard = each.id
        return any(each.by_hand and each.id > heard for each in self.simulator.ledger.entries())

    def _leaves_a_gap(self, paid: Paid, booking: Booking) -> bool:
        """True when a till that knew the terminal's last number could not know the next one."""
        in_step = self.simulator.ledger.entries()[self._entries_before :]
        fresh = {self._shown_before, *(f"{each.receipt_number:04d}" for each in in_step)}
        last = paid.last_receipt_number
        return last in fresh and last is not None and booking.number != following(last)

    def give_back_by_hand(self, booking: Booking) -> None:
        ledger = self.simulator.ledger
        entry = next(each for each in ledger.entries() if each.id == booking.id)
        ledger.settle(entry, State.REVERSED)


def following(number: str) -> str:
    """The number after this one: 9999 is followed by 0001."""
    return f"{int(number) % HIGHEST_RECEIPT_NUMBER + 1:04d}"
