"""What the terminal does at each command.

Source: ZVT PA00P015 rev. 13.08, chapter 2. Not in there, and so here by choice: another password
and an unregistered till get 06 1E 6B; a transaction that cannot be repeated 06 1E 65.
"""

import asyncio
import collections
import logging
from collections.abc import Awaitable, Callable

from drivers.wire.currencies import CURRENCY_NUMBERS
from drivers.wire.zvt import codes, redact_apdu, requests, shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import Bitmap, container
from drivers.wire.zvt.codes import TOTALS_BRANDS
from drivers.wire.zvt.messages import StatusInformation, StatusReport, TerminalAbort, Totals
from drivers.wire.zvt.numbers import bcd_to_int, int_to_bcd
from drivers.wire.zvt.requests import Config, RepeatService
from drivers.wire.zvt.tlv import Tlv, find, nest, walk
from simulators.control import Faults
from simulators.payment_terminal import slips
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.customer import Customer
from simulators.payment_terminal.ledger import Entry, Ledger, State
from simulators.payment_terminal.model import Model
from simulators.payment_terminal.payment import (
    ACKNOWLEDGEMENT_PATIENCE,
    Payment,
)
from simulators.payment_terminal.session import Session

_log = logging.getLogger(__name__)

SOFTWARE_VERSION = "SIM 1.0"
PASSWORD = bytes(3)
EUR = int_to_bcd(CURRENCY_NUMBERS["EUR"], 2)
MERCHANT_CARD_LOCKED = 0xC1
RECORDED = 2000
"""Messages that are remembered."""

TEXT_BLOCKS = Tlv(tags.ZVT_COMMAND, b"\x06\xd3")

Handler = Callable[[Session, Apdu], Awaitable[None]]


class Firmware:
    """The terminal's inner life; at most one command at a time, whoever sent it.

    Args:
        faults, ledger, customer: What it works with.
        model: What kind of terminal it is.
    """

    def __init__(
        self,
        faults: Faults,
        ledger: Ledger,
        customer: Customer,
        model: Model,
    ) -> None:
        self.faults = faults
        self.ledger = ledger
        self.customer = customer
        self.model = model
        self.step = "idle"
        self.traffic: collections.deque[tuple[str, Apdu]] = collections.deque(maxlen=RECORDED)
        self._changed = asyncio.Event()
        self._registration: Apdu | None = None
        self._running: asyncio.Task[None] | None = None
        self._master_of: Session | None = None
        self._handlers: dict[int, Handler] = {
            shapes.REGISTRATION: self._register,
            shapes.LOG_OFF: self._log_off,
            shapes.STATUS_ENQUIRY: self._tell_status,
            shapes.AUTHORIZATION: self._pay,
            shapes.REPEAT_RECEIPT: self._repeat,
            shapes.REVERSAL: self._reverse,
            shapes.END_OF_DAY: self._end_of_day,
            shapes.INITIALISATION: self._complete,
            shapes.DIAGNOSIS: self._complete,
        }

    @property
    def registered(self) -> bool:
        """True when a till has registered and not logged off."""
        return self._registration is not None

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
            await self._abort(session)
            return
        if self._running is not None and self._master_of is session and session.completed:
            await self._running  # its last acknowledgement has just been read
        if self._running is not None:
            await self._refuse_while_master(session, apdu)
        elif "busy_9c" in self.faults:
            await session.send(requests.refuse(codes.PLEASE_WAIT))
        elif apdu.control not in self._handlers:
            await session.send(requests.refuse(codes.FUNCTION_NOT_POSSIBLE))
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
        self.ledger.settle_pending(State.BOOKED if self.model.keeps else State.REVERSED)

    def wants(self, status: int) -> bool:
        """True when the till asked for intermediate statuses."""
        del status
        return bool(self._config & Config.INTERMEDIATE_STATUS)

    def prints(self, printed: list[slips.Slip]) -> list[slips.Message]:
        """Return the messages that bring slips to the till; none when the terminal prints."""
        wanted = Config.PAYMENT_RECEIPTS | Config.PRINT_LINES
        if self._config & wanted != wanted:
            return []
        permitted = TEXT_BLOCKS in walk(self._registration.tlvs() if self._registration else ())
        if self.model.slips_as == "blocks" and permitted:
            return slips.as_blocks(printed)
        return slips.as_lines(printed)

    @property
    def _config(self) -> Config:
        return Config(self._registration.head[3] if self._registration else 0)

    def _tell_change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _run(self, session: Session, apdu: Apdu) -> None:
        try:
            await self._handlers[apdu.control](session, apdu)
        finally:
            self._running = None
            self.show("idle")

    async def _refuse_while_master(self, session: Session, apdu: Apdu) -> None:
        if session is self._master_of:
            _log.info("A till sent %04X while the terminal is master: no answer.", apdu.control)
        else:
            await session.send(requests.refuse(codes.PLEASE_WAIT))

    async def _abort(self, session: Session) -> None:
        waiting = self.step == "waiting_for_card" and session is self._master_of
        if waiting:
            self.customer.leave()
        possible = waiting or self._running is None
        await session.send(
            requests.acknowledge() if possible else requests.refuse(codes.FUNCTION_NOT_POSSIBLE)
        )

    async def _register(self, session: Session, apdu: Apdu) -> None:
        currency = apdu.head[4:]
        if currency not in {b"", EUR}:
            wrong = bytes([codes.WRONG_CURRENCY]) + EUR
            await session.send(Apdu(shapes.NEGATIVE_ACK_REGISTRATION, wrong))
            return
        await session.send(requests.acknowledge(), hold=True)
        if apdu.head[:3] != PASSWORD:
            await self._finish(session, TerminalAbort(codes.NOT_REGISTERED).apdu())
            return
        self._registration = apdu
        bitmaps = [
            Bitmap(0x19, b"\0"),
            Bitmap(0x29, bytes.fromhex(self.model.terminal_id)),
            Bitmap(0x49, EUR),
        ]
        if apdu.value(0x06) is not None:
            bitmaps.append(container(nest(tags.PERMITTED_COMMANDS, [TEXT_BLOCKS])))
        await self._finish(session, Apdu(shapes.COMPLETION, bitmaps=tuple(bitmaps)))

    async def _log_off(self, session: Session, _: Apdu) -> None:
        self._registration = None
        await session.send(requests.acknowledge())

    async def _tell_status(self, session: Session, apdu: Apdu) -> None:
        await session.send(requests.acknowledge(), hold=True)
        service = apdu.value(0x03) or b"\0"
        version = None if service[0] & 0x02 else SOFTWARE_VERSION
        await self._finish(session, StatusReport(self._status_code, version).apdu())
        if self.faults.take("late_result"):
            result = StatusInformation(result_code=codes.OK, amount=1, receipt_number="0000")
            await session.send(result.apdu())

    async def _pay(self, session: Session, apdu: Apdu) -> None:
        if not await self._acknowledge(session):
            return
        amount, currency = apdu.value(0x04), apdu.value(0x49)
        refusal = self._refusal()
        if amount is None or (currency or EUR) != EUR:
            wrong = TerminalAbort(codes.WRONG_CURRENCY).apdu()
            await self._finish(session, Apdu(wrong.control, wrong.head + EUR))
        elif refusal:
            await self._finish(session, TerminalAbort(refusal).apdu())
        else:
            self._synchronise(apdu)
            await Payment(self, session, bcd_to_int(amount)).run()

    async def _repeat(self, session: Session, apdu: Apdu) -> None:
        if "no_repeat_receipt" in self.faults:
            await session.send(requests.refuse(codes.FUNCTION_NOT_POSSIBLE))
            return
        await session.send(requests.acknowledge(), hold=True)
        last = self.ledger.last()
        if last is None:
            await self._finish(session, TerminalAbort(codes.NO_CARD_DATA).apdu())
            return
        service = RepeatService((apdu.value(0x03) or b"\0")[0])
        payment = Payment(self, session, last.amount)
        if service & RepeatService.SEND_STATUS_INFORMATION:
            await self._finish(session, payment.status_information(last).apdu())
        if not service & RepeatService.NO_PRINT:
            await payment.print_slips(
                slips.payment_slips(last, self.model.terminal_id, last.receipt_number)
            )
        await self._finish(session, Apdu(shapes.COMPLETION))

    async def _reverse(self, session: Session, apdu: Apdu) -> None:
        if not await self._acknowledge(session):
            return
        number, amount = apdu.value(0x87), apdu.value(0x04)
        original = self.ledger.find(bcd_to_int(number)) if number else None
        if original is None or (amount and bcd_to_int(amount) != original.amount):
            await self._finish(session, TerminalAbort(codes.REVERSAL_NOT_POSSIBLE).apdu())
        elif original.state is State.REVERSED:
            await self._finish(session, TerminalAbort(codes.ALREADY_REVERSED).apdu())
        else:
            await self._take_back(session, original)

    async def _take_back(self, session: Session, original: Entry) -> None:
        self.ledger.settle(original, State.REVERSED)
        entry = self.ledger.enter(
            Entry(
                kind="reversal",
                original_trace=original.trace_number,
                amount=original.amount,
                card=original.card,
                contactless=original.contactless,
                state=State.BOOKED,
                at=self.model.clock(),
            )
        )
        result = Payment(self, session, entry.amount).status_information(entry)
        await self._finish(session, result.apdu())
        await self._finish(session, Apdu(shapes.COMPLETION))

    async def _end_of_day(self, session: Session, _: Apdu) -> None:
        if not await self._acknowledge(session):
            return
        day = self.ledger.close_day()
        self.faults.switch("needs_end_of_day", on=False)
        payments = [entry for entry in day if entry.kind == "payment"]
        now = self.model.clock()
        result = StatusInformation(
            result_code=codes.OK,
            amount=sum(entry.amount for entry in payments),
            trace_number="000000",
            date=now[:4],
            time=now[4:],
            terminal_id=self.model.terminal_id,
            currency="EUR",
            totals=_totals(payments),
        )
        await self._finish(session, result.apdu())
        printed = slips.end_of_day_slips(payments, self.model.terminal_id)
        await Payment(self, session, 0).print_slips(printed)
        await self._finish(session, Apdu(shapes.COMPLETION))

    async def _complete(self, session: Session, _: Apdu) -> None:
        if await self._acknowledge(session):
            await self._finish(session, Apdu(shapes.COMPLETION))

    async def _acknowledge(self, session: Session) -> bool:
        """Take a command that moves money; False when it ends here by a fault."""
        if self.faults.take("drop_before_ack"):
            session.drop()
            return False
        await session.send(requests.acknowledge(), hold=True)
        if self.faults.take("drop_after_ack"):
            session.drop()
        if "hang_after_ack" in self.faults:
            await session.lost.wait()
            return False
        return True

    async def _finish(self, session: Session, apdu: Apdu) -> None:
        await session.send(apdu)
        await session.acknowledged(ACKNOWLEDGEMENT_PATIENCE)

    def _refusal(self) -> int | None:
        if not self.registered:
            return codes.NOT_REGISTERED
        if self._status_code in {MERCHANT_CARD_LOCKED, codes.RECONCILIATION_REQUIRED}:
            return self._status_code
        return None

    @property
    def _status_code(self) -> int:
        if "locked" in self.faults:
            return MERCHANT_CARD_LOCKED
        return codes.RECONCILIATION_REQUIRED if "needs_end_of_day" in self.faults else 0

    def _synchronise(self, apdu: Apdu) -> None:
        """Take the last booking back when the till's tag 1F1F is exactly one behind."""
        value = find(apdu.tlvs(), tags.SYNCHRONISATION_ID)
        last = self.ledger.last()
        if self.model.commit_policy != "keep_and_sync_1F1F" or not value or last is None:
            return
        if bcd_to_int(value) == last.receipt_number - 1:
            _log.info("The till does not know receipt %04d: taken back.", last.receipt_number)
            self.ledger.take_back_last()


def _totals(day: list[Entry]) -> Totals:
    groups = [[0, 0] for _ in TOTALS_BRANDS]
    for entry in day:
        group = groups[CARDS[entry.card].totals_group]
        group[0] += 1
        group[1] += entry.amount
    numbers = [entry.receipt_number for entry in day] or [0]
    return Totals(
        f"{numbers[0]:04d}",
        f"{numbers[-1]:04d}",
        tuple((count % 256, amount) for count, amount in groups),
    )
