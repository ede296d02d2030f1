"""Tenders: what a register may send, and what becomes of it in the record."""

import dataclasses
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from drivers.wire.redaction import redact_text
from edge_daemon.config import Configuration, ForeignCurrency, Workstation
from edge_daemon.config.lookup import device_of
from edge_daemon.errors import InvalidRequestError
from edge_daemon.payments import payments_of_transaction
from edge_daemon.payments.projection import Payment
from edge_daemon.records.payloads import CardDetails, Tender
from edge_daemon.sales.arithmetic import Rounding, round_cash
from edge_daemon.sales.balances import Find
from edge_daemon.sales.basket import Basket
from edge_daemon.sales.gift_cards import gift_card_ref
from edge_daemon.sales.projection import find_sale
from edge_daemon.sales.requests import (
    CardTender,
    CashTender,
    GiftCardTender,
    OtherTender,
    TenderRequest,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where somebody pays, and what may be taken there.

    Attributes:
        gross: What the lines come to; negative where money is paid out.
        rounding: Of what is paid.
        rates: Of foreign cash, by currency.
    """

    workstation: Workstation
    currency: str
    gross: int
    operator_id: str | None
    customer_ref: str | None
    training: bool
    rounding: Rounding
    rates: Mapping[str, ForeignCurrency]
    on_account: bool

    @property
    def pays_out(self) -> bool:
        """True where the customer is given money."""
        return self.gross < 0

    def rest(self, tender: TenderRequest, rest: int, taken: Iterable[Tender] = ()) -> int:
        """What `rest` comes to, paid like that: rounded, together with what was taken, or exact."""
        if self.tender_type(tender) not in self.rounding.tender_types:
            return rest
        before = sum(
            each.amount for each in taken if each.tender_type in self.rounding.tender_types
        )
        return self.rounded(rest, before)

    def rounded(self, rest: int, before: int) -> int:
        """What is left of a rounded sum of which `before` was paid."""
        return round_cash(rest + before, self.rounding.step) - before

    def tender_type(self, tender: TenderRequest) -> str:
        """In the record's words, as far as rounding asks."""
        match tender:
            case CashTender():
                return "Cash"
            case CardTender():
                return "CreditDebit"
            case _:
                return "Other"


def rounding_of(configuration: Configuration) -> Rounding:
    """How this shop rounds."""
    return Rounding(configuration.shop.cash_rounding, configuration.shop.card_rounding)


def counter_of(
    configuration: Configuration,
    basket: Basket,
    workstation: Workstation,
    *,
    operator_id: str | None,
    training: bool,
) -> Counter:
    """The counter of a call."""
    return Counter(
        workstation=workstation,
        currency=basket.currency,
        gross=basket.gross,
        operator_id=operator_id,
        customer_ref=basket.customer_ref,
        training=training,
        rounding=rounding_of(configuration),
        rates={one.code: one for one in configuration.foreign_currencies},
        on_account=configuration.sales.on_account,
    )


def check_tenders(tenders: Sequence[TenderRequest], counter: Counter) -> None:
    """Check a sale's tenders before anything is written.

    Raises:
        InvalidRequestError: They do not cover what is due, are more than is due without being
            cash, or one of them cannot be taken here.
    """
    left, rounded = abs(counter.gross), 0
    for index, tender in enumerate(tenders):
        path = f"$.tenders[{index}]"
        check_tender(tender, counter, path)
        last = index == len(tenders) - 1
        rounds = counter.tender_type(tender) in counter.rounding.tender_types
        rest = left
        if rounds and (last or tender.amount is None):
            rest = counter.rounded(left, rounded)
        amount = _checked_amount(tender, rest, path, counter, may_be_more=last)
        rounded += amount if rounds else 0
        left = 0 if rounds and amount >= rest else left - amount
    if left > 0:
        raise InvalidRequestError(
            f"The tenders come to {abs(counter.gross) - left} minor units;"
            f" {abs(counter.gross)} are due.",
            "$.tenders",
        )
    _refuse_one_id_twice(tenders)


def check_tender(tender: TenderRequest, counter: Counter, path: str = "$") -> None:
    """Check that one tender can be taken at this counter.

    Raises:
        InvalidRequestError: A card needs a terminal, a standalone one its slip and its operator;
            foreign cash a rate; an account a customer.
    """
    match tender:
        case CashTender(currency=str(currency)) if currency != counter.currency:
            _check_foreign(tender, currency, counter, path)
        case CardTender():
            _check_card(tender, counter, path)
        case OtherTender(tender_type="CustomerAccount"):
            _check_account(counter, path)
        case _:
            pass


def _check_foreign(tender: CashTender, currency: str, counter: Counter, path: str) -> None:
    if currency not in counter.rates:
        known = ", ".join(counter.rates) or "none"
        raise InvalidRequestError(
            f"There is no rate for {currency}. Configured: {known}.", f"{path}.currency"
        )
    if counter.pays_out or tender.amount is None:
        raise InvalidRequestError(
            f"Foreign cash is taken as it is counted, and money is paid out in {counter.currency}.",
            f"{path}.amount",
        )


def _check_card(tender: CardTender, counter: Counter, path: str) -> None:
    if not tender.standalone:
        if tender.slip_number is not None:
            raise InvalidRequestError(
                "A slip number belongs to a tender with standalone = true.", f"{path}.slip_number"
            )
        if not counter.training:
            device_of(counter.workstation, "payment_terminal")
    elif tender.slip_number is None or counter.operator_id is None:
        raise InvalidRequestError(
            "A card keyed by hand needs the number on the terminal's slip, and the operator who"
            " vouches for it.",
            f"{path}.slip_number",
        )


def _check_account(counter: Counter, path: str) -> None:
    if not counter.on_account:
        raise InvalidRequestError(
            "This shop does not sell on account: set on_account = true in [sales] to do so.",
            f"{path}.tender_type",
        )
    if counter.customer_ref is None:
        raise InvalidRequestError(
            "What is paid later needs the sale's customer_ref.", "$.customer_ref"
        )


def _checked_amount(
    tender: TenderRequest, rest: int, path: str, counter: Counter, *, may_be_more: bool
) -> int:
    amount = rest if tender.amount is None else _worth(tender, counter)
    cash = isinstance(tender, CashTender)
    change = cash and may_be_more and not counter.pays_out
    if (amount > rest and not change) or (amount == 0 and not cash):
        raise InvalidRequestError(
            f"{rest} minor units are left to pay here; only cash, as the last tender, may be more.",
            f"{path}.amount",
        )
    return amount


def _worth(tender: TenderRequest, counter: Counter) -> int:
    """A tender's amount in our own minor units."""
    amount = tender.amount or 0
    if isinstance(tender, CashTender) and tender.currency is not None:
        rate = counter.rates.get(tender.currency)
        return amount if rate is None else rate.worth(amount)
    return amount


def _refuse_one_id_twice(tenders: Sequence[TenderRequest]) -> None:
    ids = [tender.tender_id for tender in tenders if tender.tender_id is not None]
    for index, tender in enumerate(tenders):
        if tender.tender_id is not None and ids.count(tender.tender_id) > 1:
            raise InvalidRequestError(
                "Each tender has an id of its own.", f"$.tenders[{index}].tender_id"
            )


def plain_tender(
    tender_id: str,
    request: CashTender | GiftCardTender | OtherTender,
    rest: int,
    counter: Counter,
    taken: Sequence[Tender] = (),
) -> Tender:
    """A tender that no device is asked for.

    Args:
        tender_id: Its ULID.
        request: What the register sent.
        rest: What is left to pay, or negative to be paid out.
        counter: Where.
        taken: What was taken before.
    """
    sign = -1 if counter.pays_out else 1
    amount = rest if request.amount is None else sign * _worth(request, counter)
    tender = Tender(
        tender_id=tender_id,
        tender_type="Cash",
        amount=amount,
        is_change=False,
        currency=counter.currency,
    )
    match request:
        case CashTender(currency=str(currency)) if currency in counter.rates:
            return msgspec.structs.replace(
                tender,
                exchange_rate=counter.rates[currency].rate,
                foreign_currency=currency,
                foreign_amount=request.amount,
            )
        case CashTender(amount=None):
            return msgspec.structs.replace(tender, amount=counter.rest(request, rest, taken))
        case CashTender():
            return tender
        case GiftCardTender(number=number):
            return msgspec.structs.replace(
                tender, tender_type="GiftCard", gift_card_ref=gift_card_ref(number)
            )
        case OtherTender(tender_type=kind, reference=reference):
            told = None if reference is None else redact_text(reference)
            return msgspec.structs.replace(tender, tender_type=kind, reference=told)


def standalone_tender(
    tender_id: str, request: CardTender, amount: int, operator_id: str | None, currency: str
) -> Tender:
    """A card keyed by hand: the operator vouches, the slip proves."""
    card = CardDetails(
        standalone=True,
        outcome="Approved",
        slip_number=redact_text(request.slip_number or ""),
        entered_by=operator_id,
    )
    return _card_tender(tender_id, amount, currency, card)


def training_tender(tender_id: str, amount: int, currency: str) -> Tender:
    """A card in training: no terminal is called, and the envelope says that it is training."""
    return _card_tender(
        tender_id, amount, currency, CardDetails(standalone=False, outcome="Approved")
    )


def held_tenders(connection: sqlite3.Connection, transaction_id: str) -> tuple[Tender, ...]:
    """What a sale holds now: its cash and slips, and the payments that mean money.

    Cards are read from the payments, never from an earlier state of the sale: so a reversal is
    out, and an approval that came late is in. A card that is being given back is out, too, until
    that has failed: whether its money is still here is not known.
    """
    row = find_sale(connection, transaction_id)
    currency = row.transaction.currency if row else ""
    kept = tuple(
        tender
        for tender in (row.transaction.tenders if row else ())
        if not tender.is_change and (tender.card is None or tender.card.payment_id is None)
    )
    payments = payments_of_transaction(connection, transaction_id)
    in_question = {
        payment.original_payment_id
        for payment in payments
        if payment.kind == "Reversal" and payment.approved is None
    }
    own = {payment.id for payment in payments}
    paid = tuple(
        _paid_by(payment, currency or payment.currency)
        for payment in payments
        if payment.approved and payment.id not in in_question and _counts(payment, own)
    )
    return (*paid, *kept)


def _counts(payment: Payment, own: AbstractSet[str]) -> bool:
    """A reversal counts where it undoes another sale's payment: its own is simply gone."""
    if payment.kind == "Reversal":
        return payment.original_payment_id not in own
    return payment.kind in ("Payment", "Refund")


def paying_out(connection: sqlite3.Connection, transaction_id: str) -> bool:
    """True while it is not known whether a card was paid: no other way may be taken."""
    return any(
        payment.approved is None and payment.kind in ("Refund", "Reversal")
        for payment in payments_of_transaction(connection, transaction_id)
    )


def covers(
    connection: sqlite3.Connection, tender: Tender, taken: Sequence[Tender], find: Find
) -> bool:
    """False for a gift card with less on it than all that is taken from it here."""
    if tender.gift_card_ref is None or tender.amount < 0:
        return True
    card = find(connection, tender.gift_card_ref)
    wanted = sum(each.amount for each in taken if each.gift_card_ref == tender.gift_card_ref)
    return card is not None and wanted <= card.balance and card.currency == tender.currency


def handed_back(tenders: Sequence[Tender], new_id: Callable[[], str]) -> list[Tender]:
    """The tenders that undo a finished sale's, without what a terminal has to do.

    Cash is handed back without the change that was given: nothing, where the sale was rounded to
    nothing, and the tender of nothing then says so.
    """
    others = [
        msgspec.structs.replace(tender, tender_id=new_id(), amount=-tender.amount)
        for tender in tenders
        if tender.tender_type != "Cash" and (tender.card is None or not tender.card.payment_id)
    ]
    cash = [tender for tender in tenders if tender.tender_type == "Cash"]
    if not cash:
        return others
    net = sum(tender.amount for tender in cash)
    back = Tender(
        tender_id=new_id(),
        tender_type="Cash",
        amount=-net,
        is_change=False,
        currency=cash[0].currency,
    )
    return [*others, back]


def given_back(held: Sequence[Tender], new_id: Callable[[], str]) -> tuple[Tender, ...]:
    """The tenders that take back what a cancelled sale held: with them it comes to nothing."""
    return tuple(
        msgspec.structs.replace(tender, tender_id=new_id(), amount=-tender.amount)
        for tender in held
    )


def _paid_by(payment: Payment, currency: str) -> Tender:
    details = payment.card or {"standalone": False, "outcome": payment.outcome}
    card = msgspec.convert(details, CardDetails)
    return _card_tender(
        payment.tender_id or payment.id,
        payment.held_amount if payment.kind == "Payment" else -payment.held_amount,
        currency,
        msgspec.structs.replace(card, payment_id=payment.id, outcome=payment.outcome),
    )


def _card_tender(tender_id: str, amount: int, currency: str, card: CardDetails) -> Tender:
    return Tender(
        tender_id=tender_id,
        tender_type="CreditDebit",
        amount=amount,
        is_change=False,
        currency=currency,
        card=card,
    )
