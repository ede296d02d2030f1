"""Protocols whose terminals know our messages by the names that we gave them: nexo, OPI.

And Caisse-AP, whose terminals know nothing afterwards.
"""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import ClassVar, Literal

from drivers.payment_terminal.nexo.requests import service_id_of
from drivers.payment_terminal.opi.requests import request_id_of
from edge_daemon.records.payloads import PaymentState
from simulators.caisse_ap_terminal import CaisseApTerminal as CaisseApSimulator
from simulators.nexo_terminal import Model
from simulators.nexo_terminal import NexoTerminal as NexoSimulator
from simulators.nexo_terminal.books import Entry
from simulators.opi_terminal import OpiTerminal as OpiSimulator
from simulators.payment_terminal import State
from tests.stories.ledger.till import Paid
from tests.stories.ledger.under_test import Booking, TerminalUnderTest

SIGNS = {"payment": 1, "refund": -1, "reversal": 0}


class NamingTerminal(TerminalUnderTest):
    """A terminal with the books of `simulators.nexo_terminal`."""

    def begin_step(self) -> None:
        self.happened: set[str] = set()

    def entries(self) -> list[Entry]:
        entries: list[Entry] = self.simulator.ledger.entries()
        return entries

    def bookings(self) -> list[Booking]:
        return [
            Booking(
                id=each.id,
                kind=each.kind.capitalize(),
                asked=each.amount,
                amount=each.amount,
                stands=each.state is State.BOOKED,
                by_hand=False,
                original=None,
                money=SIGNS[each.kind] * each.amount if each.state is State.BOOKED else 0,
                number=each.tender or str(each.id),
            )
            for each in self.entries()
        ]

    def hides(self, paid: Paid, mine: Sequence[Booking]) -> str | None:
        if any(each.stands and each.amount != paid.requested for each in mine):
            return "another amount was approved"
        return None

    def give_back_by_hand(self, booking: Booking) -> None:
        entry = self._entry(booking)
        self.simulator.ledger.settle(dataclasses.replace(entry, state=State.REVERSED))

    def _entry(self, booking: Booking) -> Entry:
        return next(each for each in self.entries() if each.id == booking.id)

    def _note(self, fault: str, on: bool) -> None:  # noqa: FBT001 - a listener
        if on:
            self.happened.add(fault)


class NexoTerminal(NamingTerminal):
    """nexo in Adyen's dialect.

    Args:
        directory: Where its books are.
        cloud: By way of the cloud, and at which of its end points; else on the local network.
    """

    passages = 10
    kinds = frozenset({"Payment", "Refund", "Reversal"})
    once = (
        "http_400",
        "http_500",
        "http_503_after",
        "empty_body",
        "plain_text",
        "not_json",
        "drop_before_processing",
        "drop_while_waiting",
        "drop_after_processing",
        "drop_mid_answer",
        "late_response",
        "hmac_tampered",
        "header_mismatch",
        "another_service_id",
        "replayed_answer",
        "reject_event",
        "communication_timeout",
        "wrong_amount",
        "partial",
        "offline_approved",
        "signature_required",
        "no_amount",
    )
    lasting = (
        "silent",
        "busy",
        "logged_out",
        "maintenance",
        "decline",
        "unreachable_host",
        "strings_for_integers",
        "unknown_words",
        "no_reversal",
        "status_in_progress",
        "status_busy",
        "dribble",
        "chunked",
    )

    def __init__(
        self, directory: pathlib.Path, cloud: Literal["sync", "async"] | None = None
    ) -> None:
        model = Model(cloud=cloud is not None)
        super().__init__(NexoSimulator(directory=directory, auto=True, model=model))
        self.faults.on_switch(self._note)
        self._cloud = cloud

    def toml(self, port: int) -> str:
        if self._cloud is None:
            return super().toml(port)
        here = f":{self.simulator.port}"
        table: str = self.simulator.toml()
        return f'{table.replace(here, f":{port}")}mode = "{self._cloud}"\n'

    def is_of(self, booking: Booking, paid: Paid, originals: Sequence[int]) -> bool:
        del originals
        return self._entry(booking).service_id == service_id_of(paid.id)

    def hides(self, paid: Paid, mine: Sequence[Booking]) -> str | None:
        if "no_amount" in self.happened and any(each.stands for each in mine):
            return "the terminal does not tell the amount"
        return super().hides(paid, mine)


class OpiTerminal(NamingTerminal):
    """OPI in the Dutch dialect; it can repeat its last response."""

    passages = 8
    kinds = frozenset({"Payment", "Refund", "Reversal"})
    once = (
        "drop_before_request",
        "drop_after_request",
        "drop_before_response",
        "drop_mid_response",
        "length_too_long",
        "length_too_short",
        "drops_channel_1",
        "input_unanswered",
        "logged_out",
        "wrong_amount",
        "partial",
        "unknown_result",
        "other_request_id",
    )
    lasting = (
        "never_dials_channel_1",
        "response_before_receipts",
        "asks_signature",
        "asks_unknown_input",
        "busy",
        "silent",
        "decline",
        "dribble",
    )

    def __init__(self, directory: pathlib.Path) -> None:
        super().__init__(OpiSimulator(ledger=directory / "terminal.sqlite", auto=True))
        self.faults.on_switch(self._note)

    def is_of(self, booking: Booking, paid: Paid, originals: Sequence[int]) -> bool:
        del originals
        return self._entry(booking).service_id == request_id_of(paid.id)

    def hides(self, paid: Paid, mine: Sequence[Booking]) -> str | None:
        if not any(each.answer for each in self.entries()):
            return "the terminal's first payment ever"
        if "unknown_result" in self.happened:
            return "the terminal's word is not known"
        return super().hides(paid, mine)


class CaisseApTerminal(NamingTerminal):
    """Caisse-AP over IP: two acts, and no question about what was."""

    passages = 4
    kinds = frozenset({"Payment", "Refund"})
    once = (
        "drop_before_request",
        "drop_after_request",
        "drop_before_answer",
        "drop_mid_answer",
        "other_amount",
        "unknown_outcome",
    )
    lasting: ClassVar[tuple[str, ...]] = (
        "silent",
        "decline",
        "missing_field",
        "no_reason",
        "dribble",
    )

    def __init__(self, directory: pathlib.Path) -> None:
        super().__init__(CaisseApSimulator(ledger=directory / "terminal.sqlite", auto=True))
        self.faults.on_switch(self._note)

    def is_of(self, booking: Booking, paid: Paid, originals: Sequence[int]) -> bool:
        del originals
        return booking.asked == paid.requested

    def hides(self, paid: Paid, mine: Sequence[Booking]) -> str | None:
        del mine
        if PaymentState.RESULT_RECEIVED in paid.states or "missing_field" in self.happened:
            return None
        return "the protocol has no question"
