"""Tenders: what a register may send, and what becomes of it in the record."""

import sqlite3
from collections.abc import Callable, Sequence

import msgspec

from drivers.wire.redaction import redact_text
from edge_daemon.config import Workstation
from edge_daemon.config.lookup import device_of
from edge_daemon.errors import InvalidRequestError
from edge_daemon.payments import payments_of_transaction
from edge_daemon.payments.projection import Payment
from edge_daemon.records.payloads import CardDetails, Tender
from edge_daemon.sales.arithmetic import round_cash
from edge_daemon.sales.projection import find_sale
from edge_daemon.sales.requests import CardTender, CashTender, SaleRequest, TenderRequest


def check_tenders(request: SaleRequest, gross: int, workstation: Workstation, step: int) -> None:
    """Check a sale's tenders before anything is written.

    Raises:
        InvalidRequestError: They do not cover what is due, are more than is due without being
            cash, or one of them cannot be taken here.
    """
    paid = 0
    for index, tender in enumerate(request.tenders):
        path = f"$.tenders[{index}]"
        check_tender(
            tender,
            workstation,
            training=request.training,
            operator_id=request.operator_id,
            path=path,
        )
        last = index == len(request.tenders) - 1
        rest = gross - paid
        if last and isinstance(tender, CashTender):
            rest = round_cash(rest, step)
            gross = paid + rest
        paid += _checked_amount(tender, rest, path, may_be_more=last)
    if paid < gross:
        raise InvalidRequestError(
            f"The tenders come to {paid} minor units; {gross} are due.", "$.tenders"
        )
    _refuse_one_id_twice(request.tenders)


def check_tender(
    tender: TenderRequest,
    workstation: Workstation,
    *,
    training: bool,
    operator_id: str | None,
    path: str = "$",
) -> None:
    """Check that one tender can be taken at this workstation.

    Raises:
        InvalidRequestError: A card needs a terminal, a standalone one its slip and its operator.
    """
    if isinstance(tender, CashTender):
        return
    if not tender.standalone:
        if tender.slip_number is not None:
            raise InvalidRequestError(
                "A slip number belongs to a tender with standalone = true.", f"{path}.slip_number"
            )
        if not training:
            device_of(workstation, "payment_terminal")
    elif tender.slip_number is None or operator_id is None:
        raise InvalidRequestError(
            "A card keyed by hand needs the number on the terminal's slip, and the operator who"
            " vouches for it.",
            f"{path}.slip_number",
        )


def _checked_amount(tender: TenderRequest, rest: int, path: str, *, may_be_more: bool) -> int:
    amount = rest if tender.amount is None else tender.amount
    too_much = amount > rest and not (isinstance(tender, CashTender) and may_be_more)
    if too_much or (amount == 0 and isinstance(tender, CardTender)):
        raise InvalidRequestError(
            f"{rest} minor units are left to pay here; only cash, as the last tender, may be more.",
            f"{path}.amount",
        )
    return amount


def _refuse_one_id_twice(tenders: Sequence[TenderRequest]) -> None:
    ids = [tender.tender_id for tender in tenders if tender.tender_id is not None]
    for index, tender in enumerate(tenders):
        if tender.tender_id is not None and ids.count(tender.tender_id) > 1:
            raise InvalidRequestError(
                "Each tender has an id of its own.", f"$.tenders[{index}].tender_id"
            )


def cash_tender(tender_id: str, request: CashTender, currency: str) -> Tender:
    """Cash as it was handed over."""
    return Tender(
        tender_id=tender_id,
        tender_type="Cash",
        amount=request.amount,
        is_change=False,
        currency=currency,
    )


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
    paid = tuple(
        _paid_by(payment, currency or payment.currency)
        for payment in payments
        if payment.kind == "Payment" and payment.approved and payment.id not in in_question
    )
    return (*paid, *kept)


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
        payment.held_amount,
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
