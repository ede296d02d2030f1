"""Both ledgers side by side: what every payment really became, and what may differ by then.

A till that says less than the terminal knows is wrong, and so is one that says more. Asking a
person is allowed only where the terminal itself hides the truth from the wire (`hides`).
"""

import dataclasses
from collections.abc import Iterable

from edge_daemon.records.payloads import PaymentState, RetailTransaction, TransactionStatus
from tests.stories.ledger.till import MONEY, NO_MONEY, Paid, Till
from tests.stories.ledger.under_test import Booking, TerminalUnderTest


@dataclasses.dataclass(slots=True)
class Verdict:
    """What the oracle found in a step.

    Attributes:
        wrong: Sentences, each one a lie of the till or a needless question to a person.
        reasons: Why the wire hid the truth, once per question that had to be.
    """

    wrong: list[str] = dataclasses.field(default_factory=list)
    reasons: list[str] = dataclasses.field(default_factory=list)


class Oracle:
    """Holds the till's books against the terminal's.

    Attributes:
        mistaken: Payments that are counted for money that a stranger paid: the same amount in
            exactly the next place of a terminal that others use as well. Nothing on the wire
            tells them apart; the day's reconciliation shows the difference.
    """

    def __init__(self, terminal: TerminalUnderTest) -> None:
        self.mistaken: set[str] = set()
        self._terminal = terminal
        self._owned: dict[str, list[int]] = {}
        self._others: set[int] = set()
        self._mark = 0
        self._judged: set[str] = set()

    def begin_step(self) -> None:
        """Remember how far the terminal's books are."""
        self._mark = max((each.id for each in self._terminal.bookings()), default=0)

    def end_step(self, till: Till) -> Verdict:
        """Match the step's bookings with its payments, and judge all there is so far."""
        everything = self._terminal.bookings()
        verdict = Verdict()
        new = [each for each in everything if each.id > self._mark and not each.by_hand]
        self._match(new, till.of_step(till.step), verdict)
        self._look_after_others(everything, till, verdict)
        asked = {
            paid.original
            for paid in till.payments.values()
            if paid.state is PaymentState.MANUAL_REVIEW
        }
        for paid in till.payments.values():
            if paid.id not in asked:  # the reversal of it is asked about
                self._judge(paid, everything, verdict)
        for sale in till.sales.values():
            verdict.wrong += judge_sale(sale, till)
        verdict.wrong += till.out_of_turn
        return verdict

    def truth(self, paid: Paid) -> PaymentState:
        """The state that a person decides for who reads the terminal's journal.

        Money that nobody asked for in this amount is given back first, at the terminal.
        """
        standing = [each for each in self._bookings(paid) if each.stands]
        if standing and standing[0].amount == paid.requested:
            return PaymentState.APPROVED
        for each in standing:
            self._terminal.give_back_by_hand(each)
        return PaymentState.REVERSED if self._bookings(paid) else PaymentState.NOT_PROCESSED

    def compare_sums(self, till: Till) -> Verdict:
        """Compare what both sides count: they differ by what waits for a person, and no more."""
        bookings = self._terminal.bookings()
        strangers = sum(each.money for each in bookings if each.by_hand)
        terminal = sum(each.money for each in bookings) - strangers
        mistaken = sum(till.payments[one].money for one in self.mistaken)
        waiting = sum(self._waits_for_a_person(paid, till) for paid in till.payments.values())
        verdict = Verdict()
        if till.money - mistaken != terminal - waiting:
            verdict.wrong.append(
                f"the till counts {till.money} ({mistaken} of it a stranger's), the terminal"
                f" {terminal} ({waiting} of it waits for a person)"
            )
        return verdict

    def _waits_for_a_person(self, paid: Paid, till: Till) -> int:
        """By how much the terminal counts more than the till, for one question to a person."""
        if paid.state is not PaymentState.MANUAL_REVIEW:
            return 0
        mine = self._bookings(paid)
        taken_back = sum(
            till.payments[paid.original or ""].money
            for each in mine
            if each.stands and paid.kind == "Reversal"
        )
        return sum(each.money for each in mine) - taken_back

    def tell(self, paid: Paid) -> str:
        """A payment in one line: what each side says."""
        states = " ".join(state.value for state in paid.states)
        mine = "; ".join(
            f"{each.number} over {each.amount} {'stands' if each.stands else 'does not stand'}"
            for each in self._bookings(paid)
        )
        return f"{paid.kind} {paid.id} over {paid.requested}: {states} | terminal: {mine or '-'}"

    def _bookings(self, paid: Paid) -> list[Booking]:
        owned = self._owned.get(paid.id, ())
        return [each for each in self._terminal.bookings() if each.id in owned]

    def _match(self, new: Iterable[Booking], payments: list[Paid], verdict: Verdict) -> None:
        for booking in new:
            owner = next((paid for paid in payments if self._fits(booking, paid)), None)
            if owner is not None:
                self._owned.setdefault(owner.id, []).append(booking.id)
            elif booking.money:
                verdict.wrong.append(f"money without a record: {booking}")

    def _look_after_others(self, everything: list[Booking], till: Till, verdict: Verdict) -> None:
        """What others were paid stays theirs; only what we count for ours may be given back."""
        standing = {each.id for each in everything if each.by_hand and each.stands}
        taken = [each for each in everything if each.id in self._others - standing]
        numbers = {till.payments[one].receipt_number for one in self.mistaken}
        verdict.wrong += [
            f"a stranger's money is taken back: {each}"
            for each in taken
            if each.number not in numbers
        ]
        self._others = standing

    def _fits(self, booking: Booking, paid: Paid) -> bool:
        """True when a booking of this step can only be this payment's."""
        if booking.kind != paid.kind or PaymentState.SENT not in paid.states:
            return False
        return self._terminal.is_of(booking, paid, self._owned.get(paid.original or "", ()))

    def _judge(self, paid: Paid, everything: list[Booking], verdict: Verdict) -> None:
        owned = self._owned.get(paid.id, ())
        mine = [each for each in everything if each.id in owned]
        wrong = self._lies(paid, [each for each in mine if each.stands], everything)
        if paid.asked_a_person and paid.id not in self._judged:
            self._judged.add(paid.id)
            reason = self._terminal.hides(paid, mine)
            if reason is None:
                wrong.append(f"a needless question ({paid.resolution})")
            else:
                verdict.reasons.append(reason)
        verdict.wrong += [f"{each}: {self.tell(paid)}" for each in wrong]

    def _lies(self, paid: Paid, standing: list[Booking], everything: list[Booking]) -> list[str]:
        wrong = []
        if paid.state not in SETTLED:
            wrong.append("never settled")
        if len(standing) > 1:
            wrong.append("charged twice")
        if paid.has_money and not standing and not self._is_mistaken(paid, everything):
            wrong.append("confirmed without money")
        if paid.has_money and standing and standing[0].amount != paid.amount:
            wrong.append(f"counted as {paid.amount}")
        if paid.has_money and standing and not self._terminal.is_named(standing[0], paid):
            wrong.append(f"known as {paid.receipt_number}")
        if paid.has_money and paid.amount > paid.requested:
            wrong.append("more than was asked for")
        if paid.state in NO_MONEY and standing:
            wrong.append("money that the till denies")
        return wrong

    def _is_mistaken(self, paid: Paid, everything: list[Booking]) -> bool:
        """True when a stranger's booking stands just where this payment would be.

        To reverse such a payment gives the stranger's money back.
        """
        if paid.id in self.mistaken or paid.original in self.mistaken:
            return True
        if self._terminal.exclusive or PaymentState.RESULT_RECEIVED in paid.states:
            return False
        found = any(
            each.by_hand
            and each.stands
            and each.amount == paid.requested
            and self._terminal.is_in_the_place_of(each, paid)
            for each in everything
        )
        if found:
            self.mistaken.add(paid.id)
        return found


SETTLED = MONEY | NO_MONEY | {PaymentState.MANUAL_REVIEW}


def judge_sale(sale: RetailTransaction, till: Till) -> list[str]:
    """Say what is wrong with a sale: its sums, or what it believes of its cards."""
    wrong = []
    received = sum(tender.amount for tender in sale.tenders)
    if sale.status is TransactionStatus.COMPLETED:
        if received != sale.totals.due:
            wrong.append(f"sale {sale.transaction_id}: {received} for {sale.totals.due}")
        for tender in sale.tenders:
            if tender.card is None or tender.card.payment_id is None:
                continue
            paid = till.payments[tender.card.payment_id]
            if (paid.has_money, paid.amount) != (True, tender.amount):
                wrong.append(f"sale {sale.transaction_id} counts on {paid}")
    elif sale.status is TransactionStatus.CANCELLED and received != 0:
        wrong.append(f"cancelled sale {sale.transaction_id} keeps {received}")
    return wrong + judge_waiting(sale, till)


def judge_waiting(sale: RetailTransaction, till: Till) -> list[str]:
    """Say what is wrong with a sale that waits: it holds what its cards have paid."""
    if sale.status is not TransactionStatus.AWAITING_TENDER:
        return []
    said = sum(tender.amount for tender in sale.tenders if tender.tender_type != "Cash")
    paid = till.held(sale.transaction_id)
    if said == paid:
        return []
    return [f"waiting sale {sale.transaction_id} says {said}, its cards paid {paid}"]
