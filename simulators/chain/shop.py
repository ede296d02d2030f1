"""One shop and its days: staff, tills, customers, deliveries, counts.

Everything is drawn from the shop's own random numbers, so a shop is the same whatever the others
do; only transfers and gift cards connect it with them.
"""

import collections
import datetime as dt
import math
import random
from collections.abc import Sequence
from typing import NamedTuple

from edge_daemon.records import request_hash
from edge_daemon.records.payloads import (
    DeviceEvent,
    DrawerEvent,
    Intent,
    InventoryControl,
    InventoryControlKind,
    LineItem,
    Link,
    OperatorEvent,
    OperatorEventKind,
    OperatorMethod,
    PaymentEvent,
    PaymentState,
    ReceiptEvent,
    ReceiptState,
    RetailTransaction,
    TenderControl,
    TenderControlKind,
    TillCount,
    TillCountKind,
    TillSession,
    TillSessionEvent,
    TransactionStatus,
)
from simulators.chain import baskets
from simulators.chain.baskets import CURRENCY, Heading, Payment
from simulators.chain.goods import GIFT_CARD_AMOUNTS, PRODUCTS, Product
from simulators.chain.journal import ORGANIZATION, Journal, Moment, Who
from simulators.chain.sums import Sums

UTC_OFFSET_MIN = 60
_SECOND = 1_000_000
_FLOAT = 20_000
_WEEK = (0.8, 0.85, 0.9, 1.0, 1.3, 1.6, 0.7)
"""Monday to Sunday."""
_BRANDS = ("Maestro", "VISA", "Mastercard", "V PAY")
RETURN_SHARE, VOID_SHARE, GIFT_SHARE, DISCOUNT_SHARE = 0.03, 0.004, 0.01, 0.06
SUNDAY_SHARE = 0.5
"""Of the shops: open on Sundays."""
REMEMBERED = 200
"""Receipts that customers still have in their pockets."""
DELIVERY_DAYS, COUNT_DAYS = 7, 28


class Transfer(NamedTuple):
    """Goods on their way from one shop to another."""

    document_id: str
    sender: str
    receiver: str
    item_id: str
    quantity_milli: int


class GiftCard(NamedTuple):
    """A card that somebody has in their pocket."""

    ref: str
    amount: int


class _Till:
    def __init__(self, name: str) -> None:
        self.name = name
        self.sums = Sums(name)
        self.session: str | None = None
        self.number = 0
        self.first = ""


class Shop:
    """A shop with one box and some tills.

    Args:
        number: From 1; 0 to 999.
        seed: Of the chain.
        receipts: On an average day.
        organization: Whose shop it is.
    """

    def __init__(
        self, number: int, seed: int, receipts: int, organization: str = ORGANIZATION
    ) -> None:
        self.name = f"store-{number:03d}"
        self.journal = Journal(self.name, number, organization)
        self._chance = random.Random(f"{seed} {number}")  # noqa: S311 - no secret is made
        self._size = self._chance.uniform(0.4, 1.8) * receipts
        self._tills = [_Till(f"till-{n}") for n in range(1, 2 + round(self._size / receipts))]
        self._staff = [f"op-{number:03d}-{n}" for n in range(1, 2 + 2 * len(self._tills))]
        self._opens = self._chance.choice((8, 9, 10))
        self._closes = self._chance.choice((17, 18, 20))
        self._sundays = self._chance.random() < SUNDAY_SHARE
        self._weights = [self._chance.uniform(0.2, 1) ** 2 for _ in PRODUCTS]
        self._held: collections.deque[RetailTransaction] = collections.deque(maxlen=REMEMBERED)
        self._shelf = dict.fromkeys((one.item_id for one in PRODUCTS), 0)
        self._age = 0

    def live(
        self, day: dt.date, incoming: list[Transfer], cards: list[GiftCard], others: Sequence[str]
    ) -> list[Transfer]:
        """Live through a day and return what is sent to other shops."""
        if day.weekday() == 6 and not self._sundays:  # noqa: PLR2004 - Sunday
            return []
        now = self._at(day, self._opens * 3600 - 1800)
        shift = self._staff[: 1 + len(self._tills)]
        for person in shift:
            self._clock(person, OperatorEventKind.CLOCK_IN, now)
        sent = self._stock(now, incoming, others)
        for till in self._tills:
            self._open(till, self._at(day, self._opens * 3600 - 600), shift)
        for second in self._customers(day):
            self._serve(self._at(day, second), shift, cards)
        closing = self._at(day, self._closes * 3600 + 600)
        if self._chance.random() < 0.05:  # noqa: PLR2004 - now and then
            self._device("offline", closing)
            self._device("online", closing)
        for till in self._tills:
            self._close(till, closing, shift)
        for person in shift:
            self._clock(person, OperatorEventKind.CLOCK_OUT, closing)
        self._age += 1
        return sent

    # --- the day ---

    def _at(self, day: dt.date, second: float) -> Moment:
        midnight = dt.datetime.combine(day, dt.time(), dt.timezone(dt.timedelta(hours=1)))
        return Moment(int((midnight.timestamp() + second) * _SECOND), day, UTC_OFFSET_MIN)

    def _customers(self, day: dt.date) -> list[float]:
        """Seconds since midnight at which somebody pays: busy at noon and before closing."""
        season = 1 + 0.25 * math.sin((day.timetuple().tm_yday - 80) / 58) + (day.month == 12) * 0.5  # noqa: PLR2004
        expected = self._size * _WEEK[day.weekday()] * season
        count = max(0, round(self._chance.gauss(expected, math.sqrt(expected))))
        hours = self._closes - self._opens
        return sorted(
            (self._opens + hours * self._chance.choice((_noon, _late))(self._chance)) * 3600
            for _ in range(count)
        )

    def _clock(self, person: str, event: OperatorEventKind, now: Moment) -> None:
        payload = OperatorEvent(
            event=event, subject_operator_id=person, method=OperatorMethod.BADGE
        )
        self.journal.write(payload, now, Who(operator=person))

    def _device(self, state: str, now: Moment) -> None:
        self.journal.write(DeviceEvent(device_id="printer", family="pos_printer", state=state), now)

    def _open(self, till: _Till, now: Moment, shift: list[str]) -> None:
        till.session = self.journal.new_id(now)
        who = Who(till.name, shift[0], till.session)
        opened = TillSession(
            event=TillSessionEvent.OPEN, session_id=till.session, drawer_id=till.name
        )
        self.journal.write(opened, now, who)
        till.first = self.journal.position[0]
        till.sums.float = _FLOAT
        self.journal.write(self._control(TenderControlKind.OPENING_FLOAT, _FLOAT), now, who)

    def _control(self, kind: TenderControlKind, amount: int) -> TenderControl:
        return TenderControl(
            kind=kind, tender_type="Cash", amount=amount, currency=CURRENCY, reason_code="day"
        )

    def _close(self, till: _Till, now: Moment, shift: list[str]) -> None:
        who = Who(till.name, self._chance.choice(shift), till.session)
        expected = till.sums.cash
        wrong = self._chance.choice((-500, -100, -20, 5, 100)) if self._chance.random() < 0.2 else 0  # noqa: PLR2004
        till.sums.expected, till.sums.counted = expected, expected + wrong
        count = TillCount(
            kind=TillCountKind.SETTLE,
            blind=True,
            tender_type="Cash",
            currency=CURRENCY,
            counted=expected + wrong,
            expected=expected,
            difference=wrong,
            reason="miscounted" if wrong else None,
        )
        self.journal.write(count, now, who)
        closed = TillSession(
            event=TillSessionEvent.CLOSE, session_id=till.session or "", drawer_id=till.name
        )
        self.journal.write(closed, now, who)
        report = till.sums.report(self.journal, now, till.first)
        self.journal.write(report, now, Who(till.name, shift[0]))
        till.session = None

    # --- customers ---

    def _serve(self, now: Moment, shift: list[str], cards: list[GiftCard]) -> None:
        till, dice = self._chance.choice(self._tills), self._chance.random()
        operator = self._chance.choice(shift)
        if dice < RETURN_SHARE and self._held:
            self._take_back(till, now, operator)
            return
        payment, issued = self._payment(), self._chance.random() < GIFT_SHARE
        lines = [self._line(number) for number in range(1, 1 + self._items())]
        if issued:
            amount = self._chance.choice(GIFT_CARD_AMOUNTS)
            ref = f"gc-{self.journal.new_id(now)}"
            lines.append(baskets.gift_card_line(len(lines) + 1, amount, ref))
            cards.append(GiftCard(ref, amount))
        elif cards and self._chance.random() < GIFT_SHARE:
            due = sum(one.extended_amount for one in lines)
            fitting = next((card for card in cards if card.amount >= due), None)
            if fitting is not None:
                cards.remove(fitting)
                payment = Payment("GiftCard", gift_card_ref=fitting.ref)
        sale = baskets.transaction(self._heading(till, now, operator), lines, payment)
        self._ring_up(till, now, operator, sale)
        if self._chance.random() < VOID_SHARE and not issued:
            void = baskets.undone(self._heading(till, now, operator), sale)
            self._ring_up(till, now, operator, void)
        elif not issued:
            self._held.append(sale)

    def _items(self) -> int:
        return min(12, 1 + int(self._chance.expovariate(0.6)))

    def _line(self, number: int) -> LineItem:
        product = self._chance.choices(PRODUCTS, self._weights)[0]
        pieces = self._chance.choice((1, 1, 1, 2, 3))
        cheaper = self._chance.random() < DISCOUNT_SHARE
        discount = product.price * pieces // 10 if cheaper else 0
        return baskets.line(number, product, pieces * 1000, discount=discount)

    def _payment(self) -> Payment:
        if self._chance.random() < 0.2:  # noqa: PLR2004 - a fifth pays in cash
            return Payment("Cash")
        mode = "Contactless" if self._chance.random() < 0.85 else "Chip"  # noqa: PLR2004
        return Payment("CreditDebit", mode, self._chance.choice(_BRANDS))

    def _take_back(self, till: _Till, now: Moment, operator: str) -> None:
        index = self._chance.randrange(len(self._held))
        sale = self._held[index]
        del self._held[index]
        line = sale.line_items[0]
        product = Product(
            line.item_id,
            line.description,
            line.merchandise_hierarchy,
            line.actual_unit_price,
            line.tax_code,
            line.tax_rate_bp,
        )
        link = Link(kind="ReturnOf", transaction_id=sale.transaction_id, line_id=line.line_id)
        back = baskets.line(1, product, -line.quantity_milli, link=link)
        if line.modifiers:
            back = baskets.cheaper(back, -line.extended_amount)
        heading = self._heading(till, now, operator)
        kept = Link(kind="ReturnOf", transaction_id=sale.transaction_id)
        heading = heading._replace(links=(kept,))
        self._ring_up(till, now, operator, baskets.transaction(heading, [back], Payment("Cash")))

    def _heading(self, till: _Till, now: Moment, operator: str) -> Heading:
        till.number += 1
        transaction_id = self.journal.new_id(now)
        request = {"lines": till.number}
        intent = Intent(
            verb="sale",
            resource_kind="sales",
            resource_id=transaction_id,
            workstation=till.name,
            request=request,
            request_hash=request_hash(request),
        )
        intent_id = self.journal.write(intent, now, Who(till.name, operator, till.session))
        return Heading(
            transaction_id=transaction_id,
            intent_id=intent_id,
            sequence_number=till.number,
            at=now.us,
            tender_id=self.journal.new_id(now),
            terminal_id=f"{self.name}-{till.name}",
        )

    def _ring_up(self, till: _Till, now: Moment, operator: str, sale: RetailTransaction) -> None:
        who = Who(till.name, operator, till.session)
        tender = sale.tenders[0]
        if tender.card is not None:
            self.journal.write(self._card_payment(sale), now, who)
        self.journal.write(sale, now, who)
        till.sums.add(sale)
        for line in sale.line_items:
            if line.stock_effect:
                self._shelf[line.item_id] -= line.quantity_milli
        intent_id = sale.intent_id or ""
        if tender.tender_type == "Cash":
            opened = DrawerEvent(
                event="Opened",
                intent_id=intent_id,
                cause="Sale",
                drawer_id=till.name,
                transaction_id=sale.transaction_id,
            )
            self.journal.write(opened, now, who)
        voids = sale.status is TransactionStatus.POST_VOIDED
        printed = ReceiptEvent(
            print_id=self.journal.new_id(now),
            intent_id=intent_id,
            state=ReceiptState.PRINTED,
            document="Void" if voids else sale.transaction_type.value,
            transaction_id=sale.transaction_id,
            amount=sale.totals.gross,
        )
        self.journal.write(printed, now, who)

    def _card_payment(self, sale: RetailTransaction) -> PaymentEvent:
        tender = sale.tenders[0]
        return PaymentEvent(
            payment_id=tender.tender_id,
            intent_id=sale.intent_id or "",
            transaction_id=sale.transaction_id,
            tender_id=tender.tender_id,
            kind="Payment" if tender.amount >= 0 else "Reversal",
            state=PaymentState.CONFIRMED,
            requested_amount=abs(tender.amount),
            authorised_amount=abs(tender.amount),
            currency=CURRENCY,
            device_id="terminal",
        )

    # --- stock ---

    def _stock(
        self, now: Moment, incoming: list[Transfer], others: Sequence[str]
    ) -> list[Transfer]:
        for transfer in incoming:
            self._move(
                InventoryControlKind.TRANSFER_IN,
                now,
                transfer.item_id,
                transfer.quantity_milli,
                document=transfer.document_id,
                other=transfer.sender,
            )
        if self._age % DELIVERY_DAYS == 0:
            self._receive(now)
        if self._age % COUNT_DAYS == COUNT_DAYS - 1:
            self._count(now)
        if not others or self._chance.random() > 0.1:  # noqa: PLR2004 - a tenth of the days
            return []
        item, receiver = self._chance.choice(PRODUCTS).item_id, self._chance.choice(others)
        document, quantity = self.journal.new_id(now), 2000
        out = InventoryControlKind.TRANSFER_OUT
        self._move(out, now, item, -quantity, document=document, other=receiver)
        return [Transfer(document, self.name, receiver, item, quantity)]

    def _receive(self, now: Moment) -> None:
        document = self.journal.new_id(now)
        wanted = round(self._size * DELIVERY_DAYS / 6) * 1000
        for item, there in self._shelf.items():
            if there < wanted:
                more = wanted - there
                self._move(InventoryControlKind.RECEIPT, now, item, more, document=document)

    def _count(self, now: Moment) -> None:
        document = self.journal.new_id(now)
        for item in self._shelf:
            if self._chance.random() < 0.2:  # noqa: PLR2004 - something is gone
                self._shelf[item] -= 1000
            found = max(self._shelf[item], 0)
            self._shelf[item] = found
            kind = InventoryControlKind.COUNT_LINE
            self.journal.write(self._control_of(kind, item, found, document, None), now)

    def _move(  # noqa: PLR0913 - the parts of one movement
        self,
        kind: InventoryControlKind,
        now: Moment,
        item: str,
        milli: int,
        *,
        document: str,
        other: str | None = None,
    ) -> None:
        self._shelf[item] += milli
        self.journal.write(self._control_of(kind, item, milli, document, other), now)

    def _control_of(
        self, kind: InventoryControlKind, item: str, milli: int, document: str, other: str | None
    ) -> InventoryControl:
        return InventoryControl(
            kind=kind,
            document_id=document,
            item_id=item,
            quantity_milli=milli,
            uom="C62",
            location_id=self.name,
            counterpart_location_id=other,
            reason_code="chain",
        )


def _noon(chance: random.Random) -> float:
    return chance.triangular(0, 1, 0.4)


def _late(chance: random.Random) -> float:
    return chance.triangular(0, 1, 0.85)
