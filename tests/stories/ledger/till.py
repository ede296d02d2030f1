"""What the journal says of every payment and sale: read entry by entry, not from projections.

So the daemon's own tables have a second witness here.
"""

import dataclasses
from collections.abc import Iterable

from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    PaymentEvent,
    PaymentState,
    RetailTransaction,
    TransactionStatus,
)

MONEY = frozenset({PaymentState.CONFIRMED, PaymentState.APPROVED})
NO_MONEY = frozenset({PaymentState.DECLINED, PaymentState.NOT_PROCESSED, PaymentState.REVERSED})
SIGNS = {"Payment": 1, "Completion": 1, "Refund": -1}
"""What the shop gets for one unit of money; what is set aside is none yet."""


@dataclasses.dataclass(slots=True)
class Paid:
    """One payment, refund, reversal, … with all that was written of it.

    Attributes:
        step: The evening's step in which it was created.
        last_terminal_id, last_receipt_number: What was known of the terminal before it was sent.
        receipt_number: Of its result, if one was heard.
        states: Every state in its order.
        automatic: No person has decided.
    """

    id: str
    kind: str
    step: int
    requested: int
    transaction_id: str | None
    original: str | None
    last_terminal_id: str | None
    last_receipt_number: str | None
    authorised: int | None = None
    receipt_number: str | None = None
    states: list[PaymentState] = dataclasses.field(default_factory=list)
    resolution: str | None = None
    automatic: bool = True

    @property
    def state(self) -> PaymentState:
        """The last one."""
        return self.states[-1]

    @property
    def has_money(self) -> bool:
        """True when the till counts on it."""
        return self.state in MONEY

    @property
    def amount(self) -> int:
        """What was authorised, or asked for where the terminal said nothing else."""
        return self.requested if self.authorised is None else self.authorised

    @property
    def money(self) -> int:
        """What the shop gets by it, as the till sees it."""
        return SIGNS.get(self.kind, 0) * self.amount if self.has_money else 0

    @property
    def was_in_doubt(self) -> bool:
        """True when its end was not known for a while."""
        return PaymentState.IN_DOUBT in self.states

    @property
    def asked_a_person(self) -> bool:
        """True when the terminal could not tell."""
        return PaymentState.MANUAL_REVIEW in self.states


class Till:
    """The journal, folded.

    Attributes:
        step: The evening's step in which the next entries are written.
        out_of_turn: What was sent to the terminal while it had another payment without an end.
    """

    def __init__(self) -> None:
        self.step = 0
        self.out_of_turn: list[str] = []
        self.payments: dict[str, Paid] = {}
        self.reconciliations: dict[str, PaymentEvent] = {}
        self.sales: dict[str, RetailTransaction] = {}

    def read(self, entries: Iterable[JournalEntry]) -> None:
        """Take further entries."""
        for entry in entries:
            match entry.payload:
                case PaymentEvent(kind="Reconciliation") as event:
                    self.reconciliations[event.payment_id] = event
                case PaymentEvent() as event:
                    self._take(event)
                case RetailTransaction() as sale:
                    self.sales[sale.transaction_id] = sale

    @property
    def money(self) -> int:
        """What the shop gets, in minor units."""
        return sum(paid.money for paid in self.payments.values())

    def of_step(self, step: int) -> list[Paid]:
        """The payments of one step, in their order."""
        return [paid for paid in self.payments.values() if paid.step == step]

    def of_sale(self, sale_id: str) -> list[Paid]:
        """The payments of one sale, reversals aside."""
        return [
            paid
            for paid in self.payments.values()
            if paid.transaction_id == sale_id and paid.kind == "Payment"
        ]

    def held(self, sale_id: str) -> int:
        """What a sale's cards have paid, without those that are just being given back."""
        in_question = {
            paid.original
            for paid in self.payments.values()
            if paid.kind == "Reversal" and paid.state not in MONEY | NO_MONEY
        }
        paid = [each for each in self.of_sale(sale_id) if each.has_money]
        return sum(each.amount for each in paid if each.id not in in_question)

    def counted(self) -> set[str]:
        """The payments that finished sales count on."""
        return {
            tender.card.payment_id
            for sale in self.sales.values()
            if sale.status is TransactionStatus.COMPLETED
            for tender in sale.tenders
            if tender.card is not None and tender.card.payment_id is not None
        }

    def refunds_due(self) -> list[Paid]:
        """What cards paid for sales that ended without it."""
        counted = self.counted()
        ended = {
            sale.transaction_id
            for sale in self.sales.values()
            if sale.status in (TransactionStatus.COMPLETED, TransactionStatus.CANCELLED)
        }
        return [
            paid
            for paid in self.payments.values()
            if paid.kind == "Payment"
            and paid.has_money
            and paid.transaction_id in ended
            and paid.id not in counted
        ]

    def _take(self, event: PaymentEvent) -> None:
        paid = self.payments.get(event.payment_id)
        if paid is None:
            paid = self.payments[event.payment_id] = Paid(
                id=event.payment_id,
                kind=event.kind,
                step=self.step,
                requested=event.requested_amount,
                transaction_id=event.transaction_id,
                original=event.original_payment_id,
                last_terminal_id=event.terminal_id,
                last_receipt_number=event.last_receipt_number,
            )
        paid.states.append(event.state)
        if event.state is PaymentState.SENT:
            self.out_of_turn += [
                f"{paid.id} was sent while {each.id} was {each.state}"
                for each in self.payments.values()
                if each.id not in {paid.id, paid.original} and each.state not in MONEY | NO_MONEY
            ]
        paid.resolution = event.resolution or paid.resolution
        if event.authorised_amount is not None:
            paid.authorised = event.authorised_amount
        if event.receipt_number is not None:
            paid.receipt_number = event.receipt_number
        if event.resolved_by not in (None, "automatic"):
            paid.automatic = False
        if event.kind == "Reversal" and event.state in MONEY and event.original_payment_id:
            self.payments[event.original_payment_id].states.append(PaymentState.REVERSED)
