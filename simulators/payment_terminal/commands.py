"""What the terminal does at each command of a till.

Source: ZVT PA00P015 rev. 13.08, chapter 2. Not in there, and so here by choice: a transaction that
cannot be repeated gets 06 1E 65. Seen in the field (EVerest/zvt, Feig): the amount of 06 23 is
what is released; 04 0F then tells what is booked; 06 C0 ends with 04 0F.
"""

from drivers.wire.zvt import codes, requests, shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import Bitmap, container
from drivers.wire.zvt.codes import TOTALS_BRANDS
from drivers.wire.zvt.message_ids import OFFER
from drivers.wire.zvt.messages import StatusInformation, StatusReport, TerminalAbort, Totals
from drivers.wire.zvt.numbers import bcd_to_int, digits
from drivers.wire.zvt.requests import NO_RECEIPT_NUMBER, RepeatService
from drivers.wire.zvt.text import decode_text
from drivers.wire.zvt.tlv import find, nest
from simulators.payment_terminal import slips
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.customer import Gone, Presented
from simulators.payment_terminal.firmware import (
    EUR,
    MERCHANT_CARD_LOCKED,
    TEXT_BLOCKS,
    Firmware,
    Handler,
)
from simulators.payment_terminal.ledger import Entry, Kind, State
from simulators.payment_terminal.payment import Order, Payment
from simulators.payment_terminal.results import (
    card_information,
    status_information,
    unknown_card,
)
from simulators.payment_terminal.session import Session

SOFTWARE_VERSION = "SIM 1.0"
PASSWORD = bytes(3)


class Commands:
    """The commands of one terminal."""

    def __init__(self, firmware: Firmware) -> None:
        self._terminal = firmware
        self._ledger = firmware.ledger
        self._faults = firmware.faults
        self.clock: str | None = None
        """What a till has set it to, as sent."""
        firmware.handlers = self._handlers()

    def _handlers(self) -> dict[int, Handler]:
        return {
            shapes.REGISTRATION: self._register,
            shapes.LOG_OFF: self._log_off,
            shapes.STATUS_ENQUIRY: self._tell_status,
            shapes.AUTHORIZATION: self._pay,
            shapes.REFUND: self._pay,
            shapes.PRE_AUTHORISATION: self._pay,
            shapes.REVERSAL: self._reverse,
            shapes.PARTIAL_REVERSAL: self._complete_part,
            shapes.BOOK_TOTAL: self._complete_all,
            shapes.PRE_AUTHORISATION_REVERSAL: self._set_free,
            shapes.REPEAT_RECEIPT: self._repeat,
            shapes.END_OF_DAY: self._end_of_day,
            shapes.READ_CARD: self._read_card,
            shapes.CARD_POLL: self._poll_card,
            shapes.DISPLAY_TEXT: self._display,
            shapes.SET_CLOCK: self._set_clock,
            shapes.INITIALISATION: self._look_after_itself,
            shapes.DIAGNOSIS: self._look_after_itself,
        }

    async def _register(self, session: Session, apdu: Apdu) -> None:
        currency = apdu.head[4:]
        if currency not in {b"", EUR}:
            wrong = bytes([codes.WRONG_CURRENCY]) + EUR
            await session.reply(Apdu(shapes.NEGATIVE_ACK_REGISTRATION, wrong), apdu)
            return
        session.ids.end()
        await session.reply(requests.acknowledge(), apdu, hold=True)
        if apdu.head[:3] != PASSWORD:
            await self._end(session, codes.NOT_REGISTERED)
            return
        self._terminal.registration = apdu
        offered = find(apdu.tlvs(), tags.MESSAGE_SEQUENCE_ID) is not None
        numbers = offered and "no_message_ids" not in self._faults
        bitmaps = [
            Bitmap(0x19, b"\0"),
            Bitmap(0x29, bytes.fromhex(self._ledger.terminal_id)),
            Bitmap(0x49, EUR),
        ]
        if apdu.value(0x06) is not None:
            granted = (OFFER,) if numbers else ()
            bitmaps.append(container(nest(tags.PERMITTED_COMMANDS, [TEXT_BLOCKS]), *granted))
        await self._say(session, Apdu(shapes.COMPLETION, bitmaps=tuple(bitmaps)))
        if numbers:
            session.ids.begin()

    async def _log_off(self, session: Session, apdu: Apdu) -> None:
        self._terminal.registration = None
        await session.reply(requests.acknowledge(), apdu)
        session.ids.end()
        session.completed = True

    async def _tell_status(self, session: Session, apdu: Apdu) -> None:
        await session.reply(requests.acknowledge(), apdu, hold=True)
        service = apdu.value(0x03) or b"\0"
        version = None if service[0] & 0x02 else SOFTWARE_VERSION
        await self._say(session, StatusReport(self._terminal.status_code, version).apdu())
        if self._faults.take("late_result"):
            result = StatusInformation(result_code=codes.OK, amount=1, receipt_number="0000")
            await session.send(result.apdu())

    async def _pay(self, session: Session, apdu: Apdu) -> None:
        """06 01, 06 22 and 06 31."""
        if not await self._accept(session, apdu):
            return
        amount, currency = apdu.value(0x04), apdu.value(0x49)
        refusal = self._refusal()
        if amount is None or (currency or EUR) != EUR:
            wrong = TerminalAbort(codes.WRONG_CURRENCY).apdu()
            await self._say(session, Apdu(wrong.control, wrong.head + EUR))
        elif refusal:
            await self._end(session, refusal)
        else:
            partial = bool(int((find(apdu.tlvs(), tags.PARTIAL_APPROVAL) or b"\0")[0]))
            order = Order(_KINDS[apdu.control], bcd_to_int(amount), partial=partial)
            await self._move(session, order)

    async def _reverse(self, session: Session, apdu: Apdu) -> None:
        if not await self._accept(session, apdu):
            return
        number, amount = apdu.value(0x87), apdu.value(0x04)
        original = self._ledger.find(bcd_to_int(number)) if number else None
        if original is None or (amount and bcd_to_int(amount) != original.amount):
            await self._end(session, codes.REVERSAL_NOT_POSSIBLE)
        elif original.state is State.REVERSED:
            strict = self._terminal.model.strict
            code = codes.ALREADY_REVERSED if strict else codes.REVERSAL_NOT_POSSIBLE
            await self._end(session, code)
        else:
            await self._move(session, Order(Kind.REVERSAL, original.amount, original))

    async def _complete_part(self, session: Session, apdu: Apdu) -> None:
        if apdu.value(0x87) == NO_RECEIPT_NUMBER:
            await self._list_set_aside(session, apdu)
            return
        if await self._accept(session, apdu):
            original = self._set_aside(apdu)
            released = bcd_to_int(apdu.value(0x04) or b"\0")
            if original is None or released > original.amount:
                await self._end(session, codes.PRE_AUTHORISATION_ERROR)
                return
            order = Order(Kind.COMPLETION, original.amount - released, original)
            await self._move(session, order)

    async def _complete_all(self, session: Session, apdu: Apdu) -> None:
        if await self._accept(session, apdu):
            original = self._set_aside(apdu)
            if original is None:
                await self._end(session, codes.PRE_AUTHORISATION_ERROR)
                return
            await self._move(session, Order(Kind.COMPLETION, original.amount, original))

    async def _set_free(self, session: Session, apdu: Apdu) -> None:
        if await self._accept(session, apdu):
            original = self._set_aside(apdu)
            if original is None:
                await self._end(session, codes.PRE_AUTHORISATION_ERROR)
                return
            await self._move(session, Order(Kind.CANCELLATION, original.amount, original))

    async def _list_set_aside(self, session: Session, apdu: Apdu) -> None:
        await session.reply(requests.acknowledge(), apdu, hold=True)
        numbers = tuple(f"{entry.receipt_number:04d}" for entry in self._ledger.set_aside())
        if numbers:
            answer = TerminalAbort(codes.PRE_AUTHORISATION_ERROR, receipt_numbers=numbers).apdu()
        else:
            none = (Bitmap(0x87, NO_RECEIPT_NUMBER),)
            answer = Apdu(shapes.ABORT, bytes([codes.PRE_AUTHORISATION_ERROR]), none)
        await self._say(session, answer)

    async def _repeat(self, session: Session, apdu: Apdu) -> None:
        if "no_repeat_receipt" in self._faults:
            await session.reply(requests.refuse(codes.FUNCTION_NOT_POSSIBLE), apdu)
            return
        await session.reply(requests.acknowledge(), apdu, hold=True)
        last = self._ledger.last()
        if last is None:
            await self._end(session, codes.NO_CARD_DATA)
            return
        service = RepeatService((apdu.value(0x03) or b"\0")[0])
        if service & RepeatService.SEND_STATUS_INFORMATION:
            await self._say(session, status_information(last).apdu())
        if not service & RepeatService.NO_PRINT:
            await self._print(session, slips.payment_slips(last))
        await self._say(session, Apdu(shapes.COMPLETION))

    async def _end_of_day(self, session: Session, apdu: Apdu) -> None:
        if not await self._terminal.acknowledge(session, apdu):
            return
        day = [entry for entry in self._terminal.close_day() if entry.money]
        now = self._terminal.model.clock()
        terminal_id = self._ledger.terminal_id
        result = StatusInformation(
            result_code=codes.OK,
            amount=max(0, sum(entry.money for entry in day)),
            trace_number="000000",
            date=now[:4],
            time=now[4:],
            terminal_id=terminal_id,
            currency="EUR",
            totals=_totals(day),
        )
        await self._say(session, result.apdu())
        await self._print(session, slips.end_of_day_slips(day, terminal_id))
        await self._say(session, Apdu(shapes.COMPLETION))

    async def _read_card(self, session: Session, apdu: Apdu) -> None:
        await session.reply(requests.acknowledge(), apdu, hold=True)
        move = await self._wait_for_card(session, apdu.head[0] if apdu.head else 0)
        if isinstance(move, Gone):
            await self._end(session, codes.ABORTED)
            return
        terminal_id, card = self._ledger.terminal_id, CARDS[move.card]
        read = card_information(card, terminal_id, contactless=move.contactless)
        session.completed = not self._terminal.model.read_card_completes
        await self._say(session, read.apdu())
        if self._terminal.model.read_card_completes:
            await self._say(session, Apdu(shapes.COMPLETION))
        session.completed = True

    async def _poll_card(self, session: Session, apdu: Apdu) -> None:
        await session.reply(requests.acknowledge(), apdu, hold=True)
        timeout = find(apdu.tlvs(), tags.CARD_POLL_TIMEOUT) or b"\0"
        move = await self._wait_for_card(session, timeout[0])
        if isinstance(move, Gone):
            await self._end(session, codes.ABORTED)
            return
        terminal_id, card = self._ledger.terminal_id, CARDS[move.card]
        if card.pays:
            read = card_information(card, terminal_id, contactless=move.contactless)
            await self._say(session, read.apdu())
            await self._say(session, Apdu(shapes.COMPLETION))
        else:
            await self._say(session, unknown_card(card, terminal_id).apdu())
            await self._end(session, codes.CARD_UNKNOWN)

    async def _display(self, session: Session, apdu: Apdu) -> None:
        await session.reply(requests.acknowledge(), apdu, hold=True)
        lines = (bitmap.value for bitmap in apdu.bitmaps if 0xF1 <= bitmap.number <= 0xF8)  # noqa: PLR2004 - the lines of text 1
        self._terminal.display = tuple(decode_text(line) for line in lines)
        await self._say(session, Apdu(shapes.COMPLETION))

    async def _set_clock(self, session: Session, apdu: Apdu) -> None:
        self.clock = digits(apdu.value(0xAA) or b"") + digits(apdu.value(0x0C) or b"")
        await self._look_after_itself(session, apdu)

    async def _look_after_itself(self, session: Session, apdu: Apdu) -> None:
        if await self._terminal.acknowledge(session, apdu):
            await self._say(session, Apdu(shapes.COMPLETION))

    async def _accept(self, session: Session, apdu: Apdu) -> bool:
        if not await self._terminal.acknowledge(session, apdu):
            return False
        self._terminal.synchronise(apdu)
        return True

    async def _move(self, session: Session, order: Order) -> None:
        await self._terminal.perform(session, Payment(self._terminal, session, order))

    async def _wait_for_card(self, session: Session, seconds: int) -> Presented | Gone:
        waiting = Payment(self._terminal, session, Order(Kind.PAYMENT, 0))
        return await waiting.wait_for_card(seconds or self._terminal.model.card_patience)

    async def _print(self, session: Session, printed: list[slips.Slip]) -> None:
        await Payment(self._terminal, session, Order(Kind.PAYMENT, 0)).print_slips(printed)

    async def _say(self, session: Session, apdu: Apdu) -> None:
        await self._terminal.finish(session, apdu)

    async def _end(self, session: Session, code: int) -> None:
        await self._say(session, TerminalAbort(code).apdu())

    def _set_aside(self, apdu: Apdu) -> Entry | None:
        number = apdu.value(0x87)
        wanted = bcd_to_int(number) if number else None
        found = [entry for entry in self._ledger.set_aside() if entry.receipt_number == wanted]
        return found[-1] if found else None

    def _refusal(self) -> int | None:
        if self._terminal.registration is None and self._terminal.model.strict:
            return codes.NOT_REGISTERED
        if self._terminal.status_code in {MERCHANT_CARD_LOCKED, codes.RECONCILIATION_REQUIRED}:
            return self._terminal.status_code
        return None


_KINDS = {
    shapes.AUTHORIZATION: Kind.PAYMENT,
    shapes.PRE_AUTHORISATION: Kind.PRE_AUTHORISATION,
    shapes.REFUND: Kind.REFUND,
}


def _totals(day: list[Entry]) -> Totals:
    groups = [[0, 0] for _ in TOTALS_BRANDS]
    for entry in day:
        group = groups[CARDS[entry.card].totals_group]
        group[0] += 1
        group[1] += entry.money
    numbers = [entry.receipt_number for entry in day] or [0]
    return Totals(
        f"{numbers[0]:04d}",
        f"{numbers[-1]:04d}",
        tuple((count % 256, max(0, amount)) for count, amount in groups),
    )
