"""The terminal on the counter: its port, its books, and what it does with a request."""

import asyncio
import dataclasses
import datetime as dt
import time
from pathlib import Path

from drivers.wire import WireError
from drivers.wire.caisse_ap import (
    Answer,
    Direction,
    Failure,
    FieldReader,
    Outcome,
    Request,
    encode_fields,
)
from simulators.caisse_ap_terminal.faults import FAULTS
from simulators.control import Json
from simulators.nexo_terminal.books import Books, Entry
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.customer import Gone, Presented
from simulators.payment_terminal.leaks import PAN, TRACK_2
from simulators.payment_terminal.ledger import State
from simulators.terminal_stand import HOST, Link, TerminalStand

CARD_PATIENCE = 60.0
"""Seconds that it waits for a card."""
CONTRACT = "424242"
SHOWN_ENTRIES = 20
NOT_CAISSE_AP = b"HTTP/1.1 400 Bad Request\r\n\r\n"
OTHER_AMOUNT = 100
"""Minor units that the fault adds to what the answer repeats."""


class CaisseApTerminal(TerminalStand):
    """One simulated terminal.

    Args:
        name: Its name in the TOML.
        ledger: The file of its books; without one they last as long as the object.
        port: 0 takes a free one; `port` tells which.
        auto: Every customer taps at once.
    """

    def __init__(
        self,
        name: str = "terminal",
        ledger: Path | None = None,
        *,
        port: int = 0,
        auto: bool = False,
    ) -> None:
        super().__init__(name, FAULTS, port=port, auto=auto)
        self.ledger = Books(ledger)
        self._running: asyncio.Task[Answer] | None = None

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        return (
            f'[[payment_terminal]]\nname = "{self.name}"\ndriver = "caisse_ap"\n'
            f'host = "{HOST}"\nport = {self.port}\n'
        )

    def state(self) -> Json:
        """What a person would see, and the last entries of the books."""
        return {
            "step": self.step,
            "auto": self.customer.auto,
            "booked": self.ledger.booked(),
            "entries": [_shown(entry) for entry in self.ledger.entries()[-SHOWN_ENTRIES:]],
        }

    async def start(self) -> None:
        """Come up: what a power cut left open was never approved."""
        for entry in self.ledger.entries():
            if entry.state is State.PENDING:
                self.ledger.settle(dataclasses.replace(entry, state=State.DECLINED))

    async def stop(self) -> None:
        """Lose power."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    def let_go(self) -> None:
        """Close the books."""
        self.ledger.close()

    async def serve(self, link: Link) -> None:
        """Serve one connection: one request, one answer."""
        if self.faults.take("drop_before_request"):
            link.drop()
            return
        request = await _read(link)
        if request is None:
            return
        self.record("ecr", "request")
        if "silent" in self.faults:
            await link.read()
            return
        if "not_caisse_ap" in self.faults:
            await link.send(NOT_CAISSE_AP)
            return
        if self.faults.take("drop_after_request"):
            link.drop()
        answer = await self._take(request)
        await self._send(link, answer)

    async def _take(self, request: Request) -> Answer:
        """Take a request; it goes on when nobody waits for its answer."""
        if self._running is not None:
            return _no(request, Failure.FORBIDDEN)
        if "missing_field" in self.faults:
            return _no(request, Failure.MISSING_FIELD)
        self._running = asyncio.create_task(self._pay(request))
        return await asyncio.shield(self._running)

    async def _pay(self, request: Request) -> Answer:
        entry = self._enter(request)
        try:
            self.show("waiting_for_card")
            move = await self.customer.move(CARD_PATIENCE)
            self.show("authorising")
            if isinstance(move, Gone):
                return self._decline(entry, request, Failure.ABANDONED)
            if "decline" in self.faults or not CARDS[move.card].covered:
                return self._decline(entry, request, Failure.REFUSED)
            return self._approve(entry, request, move)
        finally:
            self._running = None
            self.show("idle")

    def _enter(self, request: Request) -> Entry:
        now = dt.datetime.fromtimestamp(time.time_ns() // 10**9, dt.UTC)
        return self.ledger.enter(
            Entry(
                kind="refund" if request.direction is Direction.CREDIT else "payment",
                sale_id=request.till,
                service_id=str(len(self.ledger.entries()) + 1),
                category=request.direction.name,
                tender="",
                amount=request.amount,
                currency=request.currency,
                at=now.strftime("%Y-%m-%dT%H:%M:%S"),
            )
        )

    def _decline(self, entry: Entry, request: Request, failure: Failure) -> Answer:
        self.ledger.settle(dataclasses.replace(entry, state=State.DECLINED))
        return _no(request, failure)

    def _approve(self, entry: Entry, request: Request, move: Presented) -> Answer:
        card = CARDS[move.card]
        booked = dataclasses.replace(entry, state=State.BOOKED, card=move.card)
        self.ledger.settle(booked)
        return Answer(
            request=request,
            outcome=Outcome.DONE,
            payment_kind="00B" if move.contactless else "001",
            contact=not move.contactless,
            authorisation_number=f"{entry.id:06d}",
            card_pan=card.masked_pan.replace("*", "#"),
            application_id=card.application_id,
            contract_number=CONTRACT,
        )

    async def _send(self, link: Link, answer: Answer) -> None:
        if self.faults.take("other_amount"):
            other = dataclasses.replace(answer.request, amount=answer.request.amount + OTHER_AMOUNT)
            answer = dataclasses.replace(answer, request=other)
        if "no_reason" in self.faults:
            answer = dataclasses.replace(answer, failure=None)
        data = answer.encode()
        if "leaks_card_data" in self.faults:
            answer = dataclasses.replace(answer, card_pan=PAN)
            data = answer.encode() + encode_fields({"AB": "2912", "ZT": TRACK_2})
        if self.faults.take("unknown_outcome"):
            data = data.replace(b"AE00201", b"AE00242").replace(b"AE00210", b"AE00242")
        if self.faults.take("drop_before_answer"):
            link.drop()
            return
        self.record("pt", "answer")
        if self.faults.take("drop_mid_answer"):
            await link.send(data[: len(data) // 2])
            link.drop()
            return
        await link.send(data)
        await link.read()


async def _read(link: Link) -> Request | None:
    reader = FieldReader()
    try:
        while not reader.asked:
            data = await link.read()
            if not data:
                return None
            reader.receive_data(data)
        return Request.parse(reader.fields)
    except WireError:
        return None


def _no(request: Request, failure: Failure) -> Answer:
    return Answer(request=request, outcome=Outcome.NOT_DONE, failure=failure)


def _shown(entry: Entry) -> Json:
    return {
        "kind": entry.kind,
        "amount": entry.amount,
        "card": entry.card,
        "state": entry.state.value,
        "at": entry.at,
    }
