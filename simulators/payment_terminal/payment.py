"""A transaction as the terminal lives it: card, bank, result, slips, completion.

When the till is lost on the way, the terminal goes on by itself, as a real one does: the customer
stands there with the card. What becomes of a result that nobody acknowledged, the policy says.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.wire.zvt import codes
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.messages import IntermediateStatus, StatusInformation, TerminalAbort
from simulators.control import Faults
from simulators.payment_terminal import leaks, results, slips
from simulators.payment_terminal.cards import CARDS, DEFAULT_CARD
from simulators.payment_terminal.customer import Customer, Gone, Presented
from simulators.payment_terminal.ledger import Entry, Kind, Ledger, State
from simulators.payment_terminal.model import Model
from simulators.payment_terminal.session import Session

_log = logging.getLogger(__name__)

PRESENT_CARD, LOOK_AT_PIN_PAD, WAITING_FOR_BANK, REMOVE_CARD = 0x0A, 0x01, 0x04, 0x0B
PLEASE_WAIT, SHOWN_BY_TAGS = 0x0E, 0xFF
WRONG_AMOUNT = 100
"""Minor units that the fault adds."""
PARTIAL = 60
"""Percent that a partial approval approves."""
DECLINED, LIMIT = 0x05, 0x3D
ACKNOWLEDGEMENT_PATIENCE = 5.0
"""Seconds, T3 of the terminal's own messages."""
ASK_AGAIN_SECONDS = 2.0
"""Between 84 9C and the same result once more."""
ACCEPTED = frozenset({0x8000, 0x8400})

_WORDS = {PRESENT_CARD: ("Karte vorhalten",), LOOK_AT_PIN_PAD: ("PIN eingeben",)}


@dataclass(frozen=True, slots=True)
class Order:
    """What the till asks for.

    Attributes:
        original: The entry that it is about.
        partial: Less may be approved.
    """

    kind: Kind
    amount: int
    original: Entry | None = None
    partial: bool = False


class Terminal(Protocol):
    """What a payment needs of its terminal."""

    faults: Faults
    ledger: Ledger
    customer: Customer
    model: Model
    chance: random.Random
    restart: Callable[[], Awaitable[None]]
    """Restart by itself: what runs is gone."""

    @property
    def keeps(self) -> bool:
        """True when a result stays booked that nobody acknowledged."""
        ...

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
    """One transaction on its way, for one till."""

    def __init__(self, terminal: Terminal, session: Session, order: Order) -> None:
        self._terminal = terminal
        self._session = session
        self._faults = terminal.faults
        self._ledger = terminal.ledger
        self.order = order
        self.entry: Entry | None = None
        self.finished = False
        """The till has acknowledged all that there was."""

    async def run(self) -> None:
        """Take the transaction to its end."""
        move = await self._card()
        if isinstance(move, Gone):
            await self._end_without_booking(codes.ABORTED)
            return
        if not CARDS[move.card].pays:
            await self._refuse_card(move)
            return
        await self._tell(LOOK_AT_PIN_PAD if not move.contactless else WAITING_FOR_BANK)
        await self._take_time()
        if self._faults.take("wrong_pin_first"):
            await self._deliver(self._declined(move, codes.WRONG_PIN))
            await self._tell(LOOK_AT_PIN_PAD)
        self._drop("drop_before_status_information")
        if self._faults.take("self_restart"):
            await self._terminal.restart()
        code = self._bank_says(move)
        if code != codes.OK:
            await self._deliver(self._declined(move, code))
            await self._abort(code)
        else:
            await self._approve(move)

    async def wait_for_card(self, patience: float) -> Presented | Gone:
        """Show that a card is wanted, and wait for it."""
        self._terminal.show("waiting_for_card")
        await self._tell(PRESENT_CARD)
        self._drop("drop_after_intermediate")
        move = await self._terminal.customer.move(patience)
        self._terminal.show("authorising")
        return move

    async def print_slips(self, printed: list[slips.Slip]) -> bool:
        """Send the slips; False when a part of them was not acknowledged."""
        if "leaks_card_data" in self._faults:
            printed = [(kind, [*lines, *leaks.SLIP_LINES]) for kind, lines in printed]
        for message in self._terminal.prints(printed):
            self._terminal.show("printing")
            answer = await self._say(message.apdu())
            self._drop("drop_mid_print")
            if answer is None or answer.control not in ACCEPTED:
                return False
        return True

    async def _card(self) -> Presented | Gone:
        original = self.order.original
        if original is None:
            return await self.wait_for_card(self._terminal.model.card_patience)
        self._drop("drop_after_intermediate")
        return Presented(original.card, original.contactless)

    def _bank_says(self, move: Presented) -> int:
        if "decline" in self._faults or not CARDS[move.card].covered:
            return DECLINED
        if "partial_approval" in self._faults and not self.order.partial:
            self._faults.take("partial_approval")
            return LIMIT
        return codes.OK

    async def _take_time(self) -> None:
        """Take as long as the faults say before the result is there."""
        if self._faults.take("result_beyond_t4"):
            await asyncio.sleep(200)
        if self._faults.take("keep_alive"):
            for _ in range(8):
                await self._tell(PLEASE_WAIT)
                await asyncio.sleep(30)
        if self._faults.take("longer_t4"):
            await self._say(IntermediateStatus(PLEASE_WAIT, minutes=10).apdu())
            await asyncio.sleep(540)

    async def _refuse_card(self, move: Presented) -> None:
        result = results.unknown_card(CARDS[move.card], self._ledger.terminal_id)
        await self._say(result.apdu())
        await self._abort(codes.CARD_UNKNOWN)

    async def _approve(self, move: Presented) -> None:
        entry = self._ledger.enter(self._entry(move, codes.OK, State.PENDING))
        self.entry = entry
        _log.info("The bank approved receipt %04d.", entry.receipt_number)
        if self._terminal.keeps:
            self._ledger.settle(entry, State.BOOKED)
        answer = await self._deliver(entry)
        if answer is None:
            await self._settle_unheard(entry)
        elif answer.control not in ACCEPTED:
            await self._reverse(entry, codes.ABORTED)
        elif self._faults.take("abort_after_approval"):
            await self._reverse(entry, codes.PROCESSING_ERROR)
        else:
            await self._complete(entry)

    async def _complete(self, entry: Entry) -> None:
        self._drop("drop_after_commit")
        if not await self.print_slips(slips.payment_slips(entry)):
            await self._settle_unheard(entry)
            return
        self._ledger.settle(entry, State.BOOKED)
        self.finished = True
        _log.info("Receipt %04d is booked.", entry.receipt_number)
        await self._tell(REMOVE_CARD)
        self._drop("drop_before_completion")
        await self._say(Apdu(0x060F))

    async def _deliver(self, entry: Entry) -> Apdu | None:
        """Send the result and return the till's answer; `84 9C` asks for it once more."""
        result = results.status_information(entry)
        self._terminal.show("awaiting_acknowledgement")
        await self._send_result(result)
        self._drop("drop_after_status_information")
        answer = await self._session.acknowledged(ACKNOWLEDGEMENT_PATIENCE)
        if self._faults.take("duplicate_status_information"):
            answer = await self._repeat()
        while answer is not None and answer.control == 0x849C:  # noqa: PLR2004 - please wait
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            answer = await self._repeat()
        return answer

    async def _repeat(self) -> Apdu | None:
        await self._session.send_again()
        return await self._session.acknowledged(ACKNOWLEDGEMENT_PATIENCE)

    async def _send_result(self, result: StatusInformation) -> None:
        apdu = results.disfigured(result, self._faults, self._terminal.chance)
        data = results.broken(apdu, self._faults)
        if data is None:
            await self._session.send(apdu)
        else:
            await self._session.send_broken(data)

    async def _end_without_booking(self, code: int) -> None:
        self._drop("drop_before_status_information")
        result = StatusInformation(result_code=code, terminal_id=self._ledger.terminal_id)
        await self._say(result.apdu())
        await self._abort(code)

    async def _reverse(self, entry: Entry, code: int) -> None:
        self._ledger.settle(entry, State.REVERSED)
        _log.info("Receipt %04d is taken back.", entry.receipt_number)
        await self._abort(code)

    async def _settle_unheard(self, entry: Entry) -> None:
        state = State.BOOKED if self._terminal.keeps else State.REVERSED
        self._ledger.settle(entry, state)
        _log.info("The till is lost: receipt %04d is %s.", entry.receipt_number, state)
        self._session.drop()

    async def _abort(self, code: int) -> None:
        self._drop("drop_before_completion")
        await self._say(TerminalAbort(code).apdu())

    async def _tell(self, status: int) -> None:
        if not self._terminal.wants(status):
            return
        message = IntermediateStatus(status)
        if "leaks_card_data" in self._faults:
            message = IntermediateStatus(SHOWN_BY_TAGS, lines=leaks.DISPLAY_LINES)
        elif "display_texts" in self._faults and status in _WORDS:
            message = IntermediateStatus(SHOWN_BY_TAGS, lines=_WORDS[status])
        await self._say(message.apdu())

    async def _say(self, apdu: Apdu) -> Apdu | None:
        await self._session.send(apdu)
        return await self._session.acknowledged(ACKNOWLEDGEMENT_PATIENCE)

    def _drop(self, fault: str) -> None:
        if self._faults.take(fault):
            self._session.drop()

    def _declined(self, move: Presented, code: int) -> Entry:
        return self._ledger.enter(self._entry(move, code, State.DECLINED))

    def _entry(self, move: Presented, code: int, state: State) -> Entry:
        order, approved = self.order, code == codes.OK
        amount = order.amount
        if approved and self._faults.take("wrong_amount"):
            amount += WRONG_AMOUNT
        if approved and order.partial and self._faults.take("partial_approval"):
            amount = amount * PARTIAL // 100
        reverses = order.original if order.kind is Kind.REVERSAL else None
        return Entry(
            kind=order.kind,
            original_id=order.original.id if order.original else None,
            original_trace=reverses.trace_number if reverses else None,
            amount=amount,
            asked_amount=order.amount,
            card=move.card,
            contactless=move.contactless,
            offline=approved and self._faults.take("offline_approval"),
            signed=approved and self._faults.take("signature_required"),
            result_code=code,
            state=state,
            at=self._terminal.model.clock(),
        )


def keyed_by_hand(terminal: Terminal, amount: int, card: str = DEFAULT_CARD) -> Entry:
    """Book a payment that somebody keyed at the terminal, or another till sent."""
    return terminal.ledger.enter(
        Entry(
            by_hand=True,
            amount=amount,
            card=card,
            contactless=True,
            state=State.BOOKED,
            at=terminal.model.clock(),
        )
    )
