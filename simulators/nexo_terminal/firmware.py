"""What the terminal does with each message.

Strict where the protocol is: a ServiceID that was used before, a second payment at once, another
currency and an unknown message are refused.

Source: nexo Retailer Protocol 3.1; Adyen/adyen-openapi json/TerminalAPI-v1.json.
"""

import asyncio
import collections
import dataclasses
import logging
from collections.abc import Callable

import msgspec

from drivers.wire import WireError
from drivers.wire.nexo.amounts import minor_amount
from drivers.wire.nexo.envelope import Body, Message, decode, encode
from drivers.wire.nexo.members import Members
from drivers.wire.nexo.parts import PROTOCOL_VERSION, MessageHeader, MessageReference, Response
from drivers.wire.nexo.payments import (
    AbortRequest,
    EchoedMessageReference,
    PaymentRequest,
    PaymentResponse,
    RepeatedMessageResponse,
    RepeatedResponseMessageBody,
    ReversalRequest,
    ReversalResponse,
    TransactionStatusRequest,
    TransactionStatusResponse,
)
from drivers.wire.nexo.words import (
    ErrorCondition,
    EventToNotify,
    MessageClass,
    MessageType,
    PaymentType,
    Result,
)
from simulators.control import Faults
from simulators.nexo_terminal import answers
from simulators.nexo_terminal.books import Books, Entry, Kind
from simulators.nexo_terminal.model import Model, moment
from simulators.nexo_terminal.payment import pay
from simulators.nexo_terminal.services import Services
from simulators.nexo_terminal.telling import Teller
from simulators.payment_terminal.customer import Customer
from simulators.payment_terminal.ledger import State

_log = logging.getLogger(__name__)

TENDER_PREFIX = "SIM000"
IN_PROGRESS_ANSWERS = 2
RECORDED = 2000
"""Messages that are remembered."""


class Firmware:
    """The terminal's inner life; at most one payment at a time, whoever asked for it."""

    def __init__(self, faults: Faults, books: Books, customer: Customer, model: Model) -> None:
        self.faults = faults
        self.books = books
        self.customer = customer
        self.model = model
        self.step = "idle"
        self.aborted = False
        self.traffic: collections.deque[tuple[str, str]] = collections.deque(maxlen=RECORDED)
        self.services = Services(self)
        self.teller = Teller(model)
        faults.on_switch(self._tell_maintenance)
        self._changed = asyncio.Event()
        self._running: tuple[Entry, asyncio.Task[Message]] | None = None
        self._questions = 0

    @property
    def busy(self) -> bool:
        """True while a payment or a card acquisition runs."""
        return self._running is not None or self.step != "idle"

    def record(self, sender: str, message: str) -> None:
        """Remember a message by its name, "ecr" or "pt" first."""
        self.traffic.append((sender, message))
        self._tell_change()

    def show(self, step: str) -> None:
        """Tell where the running payment stands."""
        self.step = step
        self._tell_change()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition of steps and messages is true."""
        while not condition():
            await self._changed.wait()

    async def take(self, question: Message) -> Message | None:
        """Take a message, and return its answer; None for an abort, which has none."""
        body = question.body
        match body:
            case PaymentRequest():
                return await self._pay(question, body)
            case ReversalRequest():
                return self._reverse(question, body)
            case TransactionStatusRequest():
                return respond(question, self._tell(body))
            case AbortRequest():
                self._abort(body.message_reference)
                return None
        answer = await self.services.take(body)
        return respond(question, answer) if answer else None

    def keep(self, entry: Entry, question: Message, body: PaymentResponse) -> Message:
        """Write down what became of a payment, and return the answer."""
        answer = respond(question, body)
        self.books.settle(dataclasses.replace(entry, answer=encode(answer).decode()))
        return answer

    async def stop(self) -> None:
        """Lose power: what runs is gone."""
        if self._running is not None:
            task = self._running[1]
            task.cancel()
            await asyncio.wait({task})

    def settle_pending(self) -> None:
        """Settle what a power cut left open: no card was approved, or it would be in the books."""
        for entry in self.books.entries():
            if entry.state is State.PENDING:
                declined = dataclasses.replace(
                    entry, state=State.DECLINED, answer=_cut_off(entry, self.model)
                )
                self.books.settle(declined)

    def _tell_change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _tell_maintenance(self, fault: str, on: bool) -> None:  # noqa: FBT001 - a listener
        if fault == "maintenance":
            event = EventToNotify.BEGIN_MAINTENANCE if on else EventToNotify.END_MAINTENANCE
            self.teller.notify(event)

    # --- money ---

    async def _pay(self, question: Message, request: PaymentRequest) -> Message:
        amounts = request.payment_transaction.amounts_req
        try:
            amount = minor_amount(amounts.requested_amount, amounts.currency)
        except WireError:
            amount = 0
        entry = self._draft(question, _kind(request), amount)
        refused = self._refusal(question, amounts.currency, amount)
        if refused is not None:
            return respond(question, answers.refusal(request, entry, refused))
        entry = self.books.enter(entry)
        self.aborted = False
        task = asyncio.create_task(self._run(entry, question, request))
        self._running = (entry, task)
        return await asyncio.shield(task)

    async def _run(self, entry: Entry, question: Message, request: PaymentRequest) -> Message:
        try:
            return await pay(self, entry, question, request)
        finally:
            self._running = None
            self.show("idle")

    def _refusal(self, question: Message, currency: str, amount: int) -> Response | None:
        header = question.header
        if self.busy or "busy" in self.faults:
            return answers.failure(ErrorCondition.BUSY, "The terminal is busy")
        if "logged_out" in self.faults:
            return answers.failure(ErrorCondition.LOGGED_OUT, "Log in first")
        if "maintenance" in self.faults:
            return answers.failure(ErrorCondition.UNAVAILABLE_SERVICE, "In maintenance")
        if currency != self.model.currency or amount <= 0:
            return answers.failure(ErrorCondition.MESSAGE_FORMAT, "Amount or currency")
        if self.books.message(header.sale_id, header.service_id or ""):
            return answers.failure(ErrorCondition.NOT_ALLOWED, "This ServiceID was used before")
        return None

    def _reverse(self, question: Message, request: ReversalRequest) -> Message:
        named = request.original_poi_transaction.poi_transaction_id
        original = self.books.tender(named.transaction_id) if named else None
        entry = self._draft(question, "reversal", original.amount if original else 0)
        response = self._reversal_response(question, original)
        answer = respond(question, answers.given_back(entry, response))
        success = response.result == Result.SUCCESS
        state = State.BOOKED if success else State.DECLINED
        if self.books.message(entry.sale_id, entry.service_id) is None:
            kept = dataclasses.replace(
                self.books.enter(entry), state=state, answer=encode(answer).decode()
            )
            self.books.settle(kept, gives_back=original if success else None)
        return answer

    def _reversal_response(self, question: Message, original: Entry | None) -> Response:
        header = question.header
        if self.books.message(header.sale_id, header.service_id or ""):
            return answers.failure(ErrorCondition.NOT_ALLOWED, "This ServiceID was used before")
        if original is None:
            return answers.failure(ErrorCondition.NOT_FOUND, "No such transaction")
        if original.state is not State.BOOKED or "no_reversal" in self.faults:
            return answers.failure(ErrorCondition.NOT_ALLOWED, "It cannot be given back")
        return Response(result=Result.SUCCESS, additional_response="currency=EUR")

    def _draft(self, question: Message, kind: Kind, amount: int) -> Entry:
        stamp, milliseconds = moment()
        number = len(self.books.entries()) + 1
        return Entry(
            kind=kind,
            sale_id=question.header.sale_id,
            service_id=question.header.service_id or "",
            category=question.header.message_category,
            tender=f"{TENDER_PREFIX}{milliseconds}.PSP{number:013d}",
            amount=amount,
            currency=self.model.currency,
            at=stamp,
        )

    # --- what became of it ---

    def _abort(self, reference: MessageReference) -> None:
        running = self._running[0].service_id if self._running else self.services.acquiring
        if self.step == "waiting_for_card" and reference.service_id == running:
            self.aborted = True
            self.customer.leave()

    def _tell(self, request: TransactionStatusRequest) -> TransactionStatusResponse:
        reference = request.message_reference
        if "status_busy" in self.faults:
            return TransactionStatusResponse(response=answers.failure(ErrorCondition.BUSY))
        entry = self._find(reference)
        if entry is None:
            return TransactionStatusResponse(response=answers.failure(ErrorCondition.NOT_FOUND))
        if not entry.answer or self._feigns_progress():
            return TransactionStatusResponse(
                response=answers.failure(ErrorCondition.IN_PROGRESS, "Uncompleted transaction"),
                message_reference=_echo(entry),
            )
        answer = decode(entry.answer)
        repeated = RepeatedResponseMessageBody(
            payment_response=answer.body if isinstance(answer.body, PaymentResponse) else None,
            reversal_response=answer.body if isinstance(answer.body, ReversalResponse) else None,
        )
        return TransactionStatusResponse(
            response=Response(result=Result.SUCCESS),
            message_reference=_echo(entry),
            repeated_message_response=RepeatedMessageResponse(
                message_header=answer.header, repeated_response_message_body=repeated
            ),
        )

    def _find(self, reference: MessageReference | None) -> Entry | None:
        if reference is None or reference.service_id is None:
            return self.books.last()
        entry = self.books.message(reference.sale_id or "", reference.service_id)
        fits = entry and reference.message_category in {None, entry.category}
        return entry if fits else None

    def _feigns_progress(self) -> bool:
        if "status_in_progress" not in self.faults:
            return False
        self._questions += 1
        if self._questions >= IN_PROGRESS_ANSWERS:
            self._questions = 0
            self.faults.switch("status_in_progress", on=False)
        return True


def respond(question: Message, body: Body | Members) -> Message:
    """Return a message that answers another."""
    header = msgspec.structs.replace(question.header, message_type=MessageType.RESPONSE)
    return Message(header, body)


def _kind(request: PaymentRequest) -> Kind:
    data = request.payment_data
    return "refund" if data and data.payment_type == PaymentType.REFUND else "payment"


def _echo(entry: Entry) -> EchoedMessageReference:
    return EchoedMessageReference(
        message_category=entry.category, service_id=entry.service_id, sale_id=entry.sale_id
    )


def _cut_off(entry: Entry, model: Model) -> str:
    header = MessageHeader(
        protocol_version=PROTOCOL_VERSION,
        message_class=MessageClass.SERVICE,
        message_category=entry.category,
        message_type=MessageType.RESPONSE,
        service_id=entry.service_id,
        sale_id=entry.sale_id,
        poi_id=model.poi_id,
    )
    body = PaymentResponse(response=answers.power_cut(), poi_data=answers.poi_data(entry))
    return encode(Message(header, body)).decode()
