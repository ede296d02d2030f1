"""A payment as the terminal lives it: card, bank, booking, answer.

When the till is lost on the way, the terminal goes on by itself, as a real one does: the customer
stands there with the card.
"""

import dataclasses
import logging
from typing import Protocol

from drivers.wire.nexo.envelope import Message
from drivers.wire.nexo.payments import PaymentRequest, PaymentResponse
from drivers.wire.nexo.words import ErrorCondition
from simulators.control import Faults
from simulators.nexo_terminal import answers
from simulators.nexo_terminal.books import Books, Entry
from simulators.nexo_terminal.model import Model
from simulators.nexo_terminal.telling import Teller
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.customer import Customer, Gone, Presented
from simulators.payment_terminal.ledger import State

_log = logging.getLogger(__name__)

WRONG_AMOUNT = 100
"""Cents that the fault adds."""


class Terminal(Protocol):
    """What a payment needs of its terminal."""

    faults: Faults
    books: Books
    customer: Customer
    model: Model
    aborted: bool
    teller: Teller

    def show(self, step: str) -> None:
        """Tell where the payment stands."""
        ...

    def keep(self, entry: Entry, question: Message, body: PaymentResponse) -> Message:
        """Write down what became of it, and return the answer."""
        ...


async def pay(
    terminal: Terminal, entry: Entry, question: Message, request: PaymentRequest
) -> Message:
    """Take the payment to its end, and return the answer that is in the books."""
    terminal.show("waiting_for_card")
    terminal.teller.show(entry, "TENDER_CREATED")
    move = await terminal.customer.move(terminal.model.card_patience)
    terminal.show("authorising")
    if isinstance(move, Gone):
        condition = ErrorCondition.ABORTED if terminal.aborted else ErrorCondition.CANCEL
        return _decline(terminal, entry, question, request, condition)
    _tell_card(terminal, entry, move)
    if move.card not in answers.BRANDS:
        return _decline(terminal, entry, question, request, ErrorCondition.INVALID_CARD)
    if "unreachable_host" in terminal.faults:
        return _decline(terminal, entry, question, request, ErrorCondition.UNREACHABLE_HOST)
    if "decline" in terminal.faults or not CARDS[move.card].covered:
        return _decline(terminal, entry, question, request, ErrorCondition.REFUSAL)
    return _approve(terminal, entry, question, request, move)


def _tell_card(terminal: Terminal, entry: Entry, move: Presented) -> None:
    if move.contactless:
        terminal.teller.show(entry, "CARD_PRESENTED")
        return
    for event in ("CARD_INSERTED", "WAIT_FOR_PIN", "PIN_ENTERED"):
        terminal.teller.show(entry, event)


def _decline(
    terminal: Terminal,
    entry: Entry,
    question: Message,
    request: PaymentRequest,
    condition: ErrorCondition,
) -> Message:
    said = "DECLINED" if condition is ErrorCondition.REFUSAL else ""
    body = answers.refusal(request, entry, answers.failure(condition, said))
    return terminal.keep(dataclasses.replace(entry, state=State.DECLINED), question, body)


def _approve(
    terminal: Terminal,
    entry: Entry,
    question: Message,
    request: PaymentRequest,
    move: Presented,
) -> Message:
    faults, amount = terminal.faults, entry.amount
    partial = faults.take("partial")
    if partial:
        amount //= 2
    if faults.take("wrong_amount"):
        amount += WRONG_AMOUNT
    booked = dataclasses.replace(entry, state=State.BOOKED, amount=amount, card=move.card)
    body = answers.approval(
        request,
        booked,
        move,
        terminal.model,
        answers.Approval(
            partial=partial,
            offline=faults.take("offline_approved"),
            signed=faults.take("signature_required"),
            amount_told=not faults.take("no_amount"),
        ),
    )
    _log.info("%s is booked.", entry.tender)
    return terminal.keep(booked, question, body)
