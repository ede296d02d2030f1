"""The terminal's inner life: which till it serves, and what it tells about itself.

What is done at each command is in `commands`.

Source: ZVT PA00P015 rev. 13.08, chapter 2. Not in there, and so here by choice: another password
and an unregistered till get 06 1E 6B.
"""

import asyncio
import collections
import logging
import random
from collections.abc import Awaitable, Callable

from drivers.wire.currencies import CURRENCY_NUMBERS
from drivers.wire.zvt import codes, redact_apdu, requests, shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.numbers import bcd_to_int, int_to_bcd
from drivers.wire.zvt.requests import Config
from drivers.wire.zvt.tlv import Tlv, find, walk
from simulators.control import Faults
from simulators.payment_terminal import slips
from simulators.payment_terminal.customer import Customer
from simulators.payment_terminal.ledger import Entry, Ledger, State
from simulators.payment_terminal.model import CommitPolicy, Model
from simulators.payment_terminal.outage import after_outage
from simulators.payment_terminal.payment import (
    ACKNOWLEDGEMENT_PATIENCE,
    Payment,
    keyed_by_hand,
)
from simulators.payment_terminal.session import Session

_log = logging.getLogger(__name__)

EUR = int_to_bcd(CURRENCY_NUMBERS["EUR"], 2)
MERCHANT_CARD_LOCKED = 0xC1
RECORDED = 2000
"""Messages that are remembered."""
LATE_ACKNOWLEDGEMENT = 6.0
"""Seconds, beyond T3."""
MOVES_MONEY = frozenset(
    {
        shapes.AUTHORIZATION,
        shapes.PRE_AUTHORISATION,
        shapes.PARTIAL_REVERSAL,
        shapes.BOOK_TOTAL,
        shapes.PRE_AUTHORISATION_REVERSAL,
        shapes.REVERSAL,
        shapes.REFUND,
    }
)

TEXT_BLOCKS = Tlv(tags.ZVT_COMMAND, b"\x06\xd3")

Handler = Callable[[Session, Apdu], Awaitable[None]]


class Firmware:
    """At most one command at a time, whoever sent it.

    Args:
        faults, ledger, customer: What it works with.
        model: What kind of terminal it is.
        restart: Called when the terminal restarts by itself; does not return.
    """

    def __init__(
        self,
        faults: Faults,
        ledger: Ledger,
        customer: Customer,
        model: Model,
        restart: Callable[[], Awaitable[None]],
    ) -> None:
        self.faults = faults
        self.ledger = ledger
        self.customer = customer
        self.model = model
        self.restart = restart
        self.chance = random.Random(model.seed)  # noqa: S311 - the same order in every run
        self.step = "idle"
        self.display: tuple[str, ...] = ()
        self.registration: Apdu | None = None
        self.handlers: dict[int, Handler] = {}
        self.traffic: collections.deque[tuple[str, Apdu]] = collections.deque(maxlen=RECORDED)
        self._changed = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._master_of: Session | None = None

    @property
    def policy(self) -> CommitPolicy:
        """What becomes of a result that nobody acknowledged."""
        if "keep_silently" in self.faults:
            return "keep_silently"
        if "keep_and_sync_1f1f" in self.faults:
            return "keep_and_sync_1F1F"
        return self.model.commit_policy

    @property
    def keeps(self) -> bool:
        """True when a result stays booked that nobody acknowledged."""
        return self.policy != "auto_reversal"

    @property
    def status_code(self) -> int:
        """What 05 01 tells."""
        if "locked" in self.faults:
            return MERCHANT_CARD_LOCKED
        return codes.RECONCILIATION_REQUIRED if "needs_end_of_day" in self.faults else 0

    def record(self, sender: str, apdu: Apdu) -> None:
        """Remember a message, without card data and passwords."""
        self.traffic.append((sender, redact_apdu(apdu)))
        self._tell_change()

    def show(self, step: str) -> None:
        """Tell where the running command stands."""
        self.step = step
        self._tell_change()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition of steps and messages is true."""
        while not condition():
            await self._changed.wait()

    async def take(self, session: Session, apdu: Apdu) -> None:
        """Take a command of a till."""
        if apdu.control == shapes.ABORT_COMMAND:
            await self._abort(session, apdu)
            return
        if self._running is not None and self._master_of is session and session.completed:
            await self._running  # its last acknowledgement has just been read
        refusal = self._busy_code(apdu)
        if self._running is not None:
            await self._refuse_while_master(session, apdu)
        elif refusal is not None:
            await session.reply(requests.refuse(refusal), apdu)
        else:
            self._master_of = session
            self._running = asyncio.create_task(self._run(session, apdu))

    async def stop(self) -> None:
        """Lose power: what runs is gone, what is pending is settled as the policy says."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        self.settle_pending()

    def settle_pending(self) -> None:
        """Settle what a power cut left open."""
        self.ledger.settle_pending(State.BOOKED if self.keeps else State.REVERSED)

    def close_day(self) -> list[Entry]:
        """Empty the store; return what was in it."""
        self.faults.switch("needs_end_of_day", on=False)
        day = self.ledger.close_day()
        if "numbers_restart" in self.faults:
            self.ledger.set_last_receipt_number(0)
        return day

    def wants(self, status: int) -> bool:
        """True when the till asked for intermediate statuses."""
        del status
        return bool(self._config & Config.INTERMEDIATE_STATUS)

    def prints(self, printed: list[slips.Slip]) -> list[slips.Message]:
        """Return the messages that bring slips to the till; none when the terminal prints."""
        wanted = Config.PAYMENT_RECEIPTS | Config.PRINT_LINES
        if self._config & wanted != wanted:
            return []
        permitted = TEXT_BLOCKS in walk(self.registration.tlvs() if self.registration else ())
        if self.model.slips_as == "blocks" and permitted:
            return slips.as_blocks(printed)
        return slips.as_lines(printed)

    async def acknowledge(self, session: Session, apdu: Apdu) -> bool:
        """Take a command that moves money or state; False when it ends here by a fault."""
        if self.faults.take("drop_before_ack"):
            session.drop()
            return False
        if self.faults.take("ack_beyond_t3"):
            await asyncio.sleep(LATE_ACKNOWLEDGEMENT)
        await session.reply(requests.acknowledge(), apdu, hold=True)
        if self.faults.take("drop_after_ack"):
            session.drop()
        if "hang_after_ack" in self.faults:
            await session.lost.wait()
            return False
        return True

    async def finish(self, session: Session, apdu: Apdu) -> None:
        """Send a message and hear its acknowledgement, whatever it is."""
        await session.send(apdu)
        await session.acknowledged(ACKNOWLEDGEMENT_PATIENCE)

    async def perform(self, session: Session, payment: Payment) -> None:
        """Take a transaction to its end, and what happens when the till is lost on its way."""
        await payment.run()
        if session.lost.is_set():
            after_outage(self, payment)

    def synchronise(self, apdu: Apdu) -> None:
        """Take the last booking back when the till's tag 1F1F is exactly one behind."""
        value = find(apdu.tlvs(), tags.SYNCHRONISATION_ID)
        last = self.ledger.last()
        if self.policy != "keep_and_sync_1F1F" or not value or last is None:
            return
        if bcd_to_int(value) == last.receipt_number - 1:
            _log.info("The till does not know receipt %04d: taken back.", last.receipt_number)
            self.ledger.take_back_last()

    @property
    def _config(self) -> Config:
        return Config(self.registration.head[3] if self.registration else 0)

    def _tell_change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _run(self, session: Session, apdu: Apdu) -> None:
        try:
            await self.handlers[apdu.control](session, apdu)
        except Exception:
            session.drop()  # a terminal that crashes says nothing more
            raise
        finally:
            self._running = None
            self.show("idle")

    def _busy_code(self, apdu: Apdu) -> int | None:
        if "busy_9c" in self.faults:
            return codes.PLEASE_WAIT
        if "not_ready_a0" in self.faults:
            return codes.RECEIVER_NOT_READY
        moves = apdu.control in MOVES_MONEY
        if moves and "not_possible_83" in self.faults:
            return codes.FUNCTION_NOT_POSSIBLE
        amount = apdu.value(0x04)
        if moves and amount and self._running is None and self.faults.take("second_till"):
            keyed_by_hand(self, bcd_to_int(amount))
            return codes.PLEASE_WAIT
        return None if apdu.control in self.handlers else codes.FUNCTION_NOT_POSSIBLE

    async def _refuse_while_master(self, session: Session, apdu: Apdu) -> None:
        if session is self._master_of and self.model.strict:
            _log.info("A till sent %04X while the terminal is master: no answer.", apdu.control)
        else:
            await session.reply(requests.refuse(codes.PLEASE_WAIT), apdu)

    async def _abort(self, session: Session, apdu: Apdu) -> None:
        waiting = self.step == "waiting_for_card" and session is self._master_of
        if waiting:
            self.customer.leave()
        possible = waiting or self._running is None
        answer = requests.acknowledge()
        if not possible:
            answer = requests.refuse(codes.FUNCTION_NOT_POSSIBLE)
        await session.reply(answer, apdu)
