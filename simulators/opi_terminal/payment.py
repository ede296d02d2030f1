"""A payment as the terminal lives it: card, bank, books, receipts, response.

When the till is lost on the way, the terminal goes on by itself: the customer stands there with
the card, and what the bank approved stands.
"""

import dataclasses
from typing import Protocol

from drivers.wire.opi import encode
from drivers.wire.opi.messages import CardServiceRequest, CardServiceResponse
from drivers.wire.opi.words import GET_CONFIRMATION, OverallResult, RequestType
from simulators.control import Faults
from simulators.nexo_terminal.books import Books, Entry
from simulators.opi_terminal.model import Model
from simulators.opi_terminal.slips import payment_slips
from simulators.opi_terminal.till import Till
from simulators.payment_terminal.cards import CARDS, DEFAULT_CARD
from simulators.payment_terminal.customer import Customer, Gone, Presented
from simulators.payment_terminal.ledger import State

WRONG_AMOUNT = 100
"""Minor units that the fault adds."""
DECLINED = "05"
MERCHANT = "VU-123456789017"


class Terminal(Protocol):
    """What a payment needs of its terminal."""

    faults: Faults
    customer: Customer
    books: Books
    model: Model
    step: str

    def show(self, step: str) -> None:
        """Tell where the payment stands."""
        ...


class Payment:
    """One payment, refund or reversal on its way."""

    def __init__(self, terminal: Terminal, request: CardServiceRequest, till: Till) -> None:
        self._terminal = terminal
        self._faults = terminal.faults
        self._books = terminal.books
        self._request = request
        self._till = till
        self._entry = self._books.enter(
            Entry(
                kind="refund" if request.request_type == RequestType.PAYMENT_REFUND else "payment",
                sale_id=request.workstation_id,
                service_id=request.request_id,
                category=request.request_type,
                tender=f"{len(self._books.entries()) + 1:06d}",
                amount=request.amount or 0,
                currency=request.currency or "EUR",
                at=terminal.model.clock(),
            )
        )

    async def run(self) -> CardServiceResponse:
        """Take the payment to its end and return the response."""
        terminal = self._terminal
        await self._till.show("Bied uw kaart aan")
        terminal.show("waiting_for_card")
        move = await terminal.customer.move(terminal.model.card_patience)
        terminal.show("authorising")
        if isinstance(move, Gone):
            return self._no(OverallResult.ABORTED)
        await self._till.show("Even geduld a.u.b.")
        if await self._given_up():
            return self._no(OverallResult.TIMED_OUT)
        if "decline" in self._faults or not CARDS[move.card].covered:
            return self._no(OverallResult.FAILURE, action_code=DECLINED, card=move.card)
        if self._faults.take("unknown_result"):
            return self._no("Perhaps")
        response = self._approve(move)
        if "asks_signature" in self._faults and not await self._signed():
            return self._take_back(response)
        return response

    async def print_receipts(self) -> None:
        """Print what was booked."""
        booked = self._books.message(self._entry.sale_id, self._entry.service_id)
        if booked is not None and booked.state is State.BOOKED:
            self._terminal.show("printing")
            await self._till.put(*payment_slips(booked, self._terminal.model.terminal_id))

    async def _given_up(self) -> bool:
        if "asks_unknown_input" in self._faults:
            await self._till.ask("GetDecimals", "Kilometerstand?")
        if not self._faults.take("input_unanswered"):
            return False
        await self._till.ask(GET_CONFIRMATION, "Kaart verwijderd?")
        return True

    async def _signed(self) -> bool:
        return await self._till.ask(GET_CONFIRMATION, "Handtekening akkoord?") is True

    def _approve(self, move: Presented) -> CardServiceResponse:
        amount = self._entry.amount
        if self._faults.take("wrong_amount"):
            amount += WRONG_AMOUNT
        partial = self._faults.take("partial")
        if partial:
            amount //= 2
        card = CARDS[move.card]
        pan = card.masked_pan
        result = OverallResult.PARTIAL_FAILURE if partial else OverallResult.SUCCESS
        response = dataclasses.replace(
            self._response(result),
            amount=amount,
            currency=self._entry.currency,
            authorisation_type="Online",
            card_circuit=card.name,
            card_pan=pan.replace("*", "0") if self._terminal.model.unmasked else pan,
            merchant=MERCHANT,
            receipt_number=str(self._entry.id),
            action_code="0",
            approval_code=f"{self._entry.id:06d}",
            card_technology_type="NFC" if move.contactless else "Chip",
            card_verification_method="NoCVM" if move.contactless else "PIN",
        )
        self._settle(response, State.BOOKED, amount=amount, card=move.card)
        return response

    def _no(
        self, result: str, *, action_code: str | None = None, card: str = DEFAULT_CARD
    ) -> CardServiceResponse:
        response = dataclasses.replace(self._response(result), action_code=action_code)
        self._settle(response, State.DECLINED, card=card)
        return response

    def _take_back(self, approved: CardServiceResponse) -> CardServiceResponse:
        response = dataclasses.replace(
            approved, overall_result=OverallResult.FAILURE, error_text="Handtekening geweigerd"
        )
        self._settle(response, State.REVERSED, amount=approved.amount or 0)
        return response

    def _settle(
        self,
        response: CardServiceResponse,
        state: State,
        *,
        amount: int | None = None,
        card: str = DEFAULT_CARD,
    ) -> None:
        """Write the outcome and its response in one; in the books the card number is masked."""
        kept = dataclasses.replace(response, card_pan=CARDS[card].masked_pan)
        self._entry = dataclasses.replace(
            self._entry,
            state=state,
            amount=self._entry.amount if amount is None else amount,
            card=card,
            answer=encode(kept).decode(),
        )
        self._books.settle(self._entry)

    def _response(self, result: str) -> CardServiceResponse:
        return CardServiceResponse(
            request_type=self._request.request_type,
            request_id=self._request.request_id,
            workstation_id=self._request.workstation_id,
            overall_result=result,
            terminal_id=self._terminal.model.terminal_id,
            stan=self._entry.tender,
            timestamp=f"{self._entry.at}-00:00",
        )
