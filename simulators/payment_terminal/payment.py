"""A payment as the terminal lives it: card, bank, result, slips, completion.

When the till is lost on the way, the terminal goes on by itself, as a real one does: the customer
stands there with the card. What becomes of a result that nobody acknowledged, the model says.
"""

import logging
from typing import Protocol

from drivers.wire.zvt import codes, requests, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.messages import IntermediateStatus, StatusInformation, TerminalAbort
from drivers.wire.zvt.tlv import Tlv, nest
from simulators.control import Faults
from simulators.payment_terminal import slips
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.customer import Customer, Gone, Presented
from simulators.payment_terminal.ledger import Entry, Ledger, State
from simulators.payment_terminal.model import Model
from simulators.payment_terminal.session import Session

_log = logging.getLogger(__name__)

PRESENT_CARD, LOOK_AT_PIN_PAD, WAITING_FOR_BANK, REMOVE_CARD = 0x0A, 0x01, 0x04, 0x0B
WRONG_AMOUNT = 100
"""Minor units that the fault adds."""
DECLINED = 0x05
UNKNOWN_BITMAP = bytes.fromhex("99 01 02 03")
ACKNOWLEDGEMENT_PATIENCE = 5.0
"""Seconds, T3 of the terminal's own messages."""


class Terminal(Protocol):
    """What a payment needs of its terminal."""

    faults: Faults
    ledger: Ledger
    customer: Customer
    model: Model

    def show(self, step: str) -> None:
        """Tell where the payment stands."""
        ...

    def wants(self, status: int) -> bool:
        """True when the till asked for intermediate statuses."""
        ...

    def prints(self, slips_: list[slips.Slip]) -> list[slips.Message]:
        """Return the messages that bring the slips to the till, none when it wants none."""
        ...


class Payment:
    """One payment on its way, for one till."""

    def __init__(self, terminal: Terminal, session: Session, amount: int) -> None:
        self._terminal = terminal
        self._session = session
        self._faults = terminal.faults
        self._ledger = terminal.ledger
        self._amount = amount

    async def run(self) -> None:
        """Take the payment to its end."""
        move = await self._wait_for_card()
        if isinstance(move, Gone):
            await self._end_without_booking(codes.ABORTED)
            return
        await self._tell(LOOK_AT_PIN_PAD if not move.contactless else WAITING_FOR_BANK)
        if self._faults.take("wrong_pin_first"):
            await self._deliver(self._declined(move, codes.WRONG_PIN))
            await self._tell(LOOK_AT_PIN_PAD)
        self._drop("drop_before_status_information")
        if "decline" in self._faults:
            await self._deliver(self._declined(move, DECLINED))
            await self._abort(DECLINED)
            return
        await self._approve(move)

    async def _wait_for_card(self) -> Presented | Gone:
        self._terminal.show("waiting_for_card")
        await self._tell(PRESENT_CARD)
        self._drop("drop_after_intermediate")
        move = await self._terminal.customer.move(self._terminal.model.card_patience)
        self._terminal.show("authorising")
        return move

    async def _approve(self, move: Presented) -> None:
        entry = self._ledger.enter(self._entry(move, codes.OK, State.PENDING))
        _log.info("The bank approved receipt %04d.", entry.receipt_number)
        if self._terminal.model.keeps:
            self._ledger.settle(entry, State.BOOKED)
        answer = await self._deliver(entry)
        if answer is None:
            await self._settle_unheard(entry)
        elif answer.control not in {0x8000, 0x8400}:
            await self._reverse(entry, codes.ABORTED)
        elif self._faults.take("abort_after_approval"):
            await self._reverse(entry, codes.PROCESSING_ERROR)
        else:
            await self._complete(entry)

    async def _complete(self, entry: Entry) -> None:
        self._drop("drop_after_commit")
        kept = slips.payment_slips(entry, self._terminal.model.terminal_id, entry.receipt_number)
        if not await self.print_slips(kept):
            await self._settle_unheard(entry)
            return
        self._ledger.settle(entry, State.BOOKED)
        _log.info("Receipt %04d is booked.", entry.receipt_number)
        await self._tell(REMOVE_CARD)
        self._drop("drop_before_completion")
        await self._say(Apdu(0x060F))

    async def print_slips(self, printed: list[slips.Slip]) -> bool:
        """Send the slips; False when a part of them was not acknowledged."""
        for message in self._terminal.prints(printed):
            self._terminal.show("printing")
            answer = await self._say(message.apdu())
            self._drop("drop_mid_print")
            if answer is None or answer.control not in {0x8000, 0x8400}:
                return False
        return True

    async def _deliver(self, entry: Entry) -> Apdu | None:
        """Send the result and return the till's answer; `84 9C` asks for it once more."""
        result = self.status_information(entry)
        repeats = 1 + self._faults.take("duplicate_status_information")
        self._terminal.show("awaiting_acknowledgement")
        answer = None
        for _ in range(repeats):
            await self._send_result(result)
            self._drop("drop_after_status_information")
            answer = await self._session.acknowledged(ACKNOWLEDGEMENT_PATIENCE)
        while answer is not None and answer.control == requests.refuse(codes.PLEASE_WAIT).control:
            answer = await self._say(result.apdu())
        return answer

    async def _send_result(self, result: StatusInformation) -> None:
        apdu = result.apdu()
        if self._faults.take("unknown_bitmap"):
            data = apdu.encode()
            body = data[3:] + UNKNOWN_BITMAP
            await self._session.send_bytes(data[:2] + bytes([len(body)]) + body)
        else:
            await self._session.send(apdu)

    def status_information(self, entry: Entry) -> StatusInformation:
        """Return 04 0F for an entry of the books."""
        card = CARDS[entry.card]
        technology = Tlv(tags.CARD_TECHNOLOGY, b"\x02" if entry.contactless else b"\x01")
        verification = Tlv(tags.CARDHOLDER_VERIFICATION, b"\x00" if entry.contactless else b"\x02")
        approved = entry.result_code == codes.OK
        return StatusInformation(
            result_code=entry.result_code,
            amount=entry.amount,
            trace_number=f"{entry.trace_number:06d}",
            original_trace=None if entry.original_trace is None else f"{entry.original_trace:06d}",
            date=entry.at[:4],
            time=entry.at[4:],
            payment_type=0x60,
            masked_pan=card.masked_pan,
            terminal_id=self._terminal.model.terminal_id,
            contract_number="SIMULATOR",
            authorisation_attribute=f"{entry.trace_number:06d}" if approved else None,
            currency="EUR",
            receipt_number=f"{entry.receipt_number:04d}" if approved else None,
            turnover_number=f"{entry.trace_number:06d}" if approved else None,
            card_type=card.card_type,
            card_name=card.name,
            tlvs=(
                nest(tags.PAYMENT_INFO, [verification, Tlv(tags.ONLINE, b"\x01"), technology]),
                nest(
                    tags.APPLICATION,
                    [Tlv(tags.APPLICATION_ID, bytes.fromhex(card.application_id))],
                ),
            ),
        )

    async def _end_without_booking(self, code: int) -> None:
        self._drop("drop_before_status_information")
        result = StatusInformation(result_code=code, terminal_id=self._terminal.model.terminal_id)
        await self._say(result.apdu())
        await self._abort(code)

    async def _reverse(self, entry: Entry, code: int) -> None:
        self._ledger.settle(entry, State.REVERSED)
        _log.info("Receipt %04d is taken back.", entry.receipt_number)
        await self._abort(code)

    async def _settle_unheard(self, entry: Entry) -> None:
        state = State.BOOKED if self._terminal.model.keeps else State.REVERSED
        self._ledger.settle(entry, state)
        _log.info("The till is lost: receipt %04d is %s.", entry.receipt_number, state)
        self._session.drop()

    async def _abort(self, code: int) -> None:
        self._drop("drop_before_completion")
        await self._say(TerminalAbort(code).apdu())

    async def _tell(self, status: int) -> None:
        if self._terminal.wants(status):
            await self._say(IntermediateStatus(status).apdu())

    async def _say(self, apdu: Apdu) -> Apdu | None:
        await self._session.send(apdu)
        return await self._session.acknowledged(ACKNOWLEDGEMENT_PATIENCE)

    def _drop(self, fault: str) -> None:
        if self._faults.take(fault):
            self._session.drop()

    def _declined(self, move: Presented, code: int) -> Entry:
        return self._ledger.enter(self._entry(move, code, State.DECLINED))

    def _entry(self, move: Presented, code: int, state: State) -> Entry:
        amount = self._amount
        if code == codes.OK and self._faults.take("wrong_amount"):
            amount += WRONG_AMOUNT
        return Entry(
            amount=amount,
            card=move.card,
            contactless=move.contactless,
            result_code=code,
            state=state,
            at=self._terminal.model.clock(),
        )
