"""From a reader's event to the live stream, and from a badge to who signs on with it.

Theory of operation. A reader's driver says what it read; here the shop's rules say whose it is. A
card that proves itself is believed when its proof is right and its tap was never seen before, and
the tap is on disk before anybody hears of it. Events are handled one after another, so that no
card is told as gone before it was told as there.

A badge signs its operator on, if it is held to the reader now: one that lay there when the box was
started, perhaps all night, does not.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from drivers.card_reader import (
    CardPresented,
    CardReaderEvent,
    CardRemoved,
    CardUnreadable,
    PaymentCardPresented,
)
from edge_daemon.config import Configuration
from edge_daemon.config.tables import Workstation
from edge_daemon.devices import Devices
from edge_daemon.errors import JournalFullError
from edge_daemon.journal.acts import Spawn
from edge_daemon.readers.counters import TapCounters
from edge_daemon.readers.rules import Read, Refusal, Rules
from edge_daemon.readers.values import BadgeTap, RefusedPaymentCard, SeenCard, SignedOn
from edge_daemon.records.verifiers import badge_reference
from edge_daemon.state import StateStore

SignOn = Callable[[BadgeTap], Awaitable[SignedOn]]
"""Signs somebody on by a badge; journals it."""

PAYMENT_CARD = "This reader takes no payments. Ask the customer to use the payment terminal."
LYING = "The badge lay on the reader already. Take it away and hold it again to sign on."
NOBODYS = "This reader belongs to no single register: name it as `card_reader` of one workstation."
DISK_FULL = "The box's disk is full, so no card can be checked. Call support."

_log = logging.getLogger(__name__)


class Readers:
    """The room of all card readers.

    Raises:
        ConfigError: A key of a rule cannot be read.
    """

    def __init__(
        self,
        configuration: Configuration,
        state: StateStore,
        devices: Devices,
        sign_on: SignOn,
        spawn: Spawn,
    ) -> None:
        """Take what the room needs; `sign_on` is told of every badge."""
        self._rules = Rules(configuration.card_rules)
        self._counters = TapCounters(state)
        self._workstations = _workstations(configuration.workstations)
        self._tell = devices.tell_holder
        self._spawn = spawn
        self._sign_on = sign_on
        self._turn = asyncio.Lock()

    def notice(self, reader: str, event: object) -> None:
        """Take a reader's event."""
        if isinstance(event, CardReaderEvent):
            self._spawn(self._handle(reader, event))

    async def _handle(self, reader: str, event: CardReaderEvent) -> None:
        async with self._turn:
            match event:
                case CardPresented():
                    self._tell(reader, "card_presented", await self._see(reader, event))
                case PaymentCardPresented(aid=aid):
                    refused = RefusedPaymentCard(aid=aid, message=PAYMENT_CARD)
                    self._tell(reader, "payment_card_presented", refused)
                case CardUnreadable(problem=problem):
                    self._tell(reader, "card_unreadable", {"problem": problem})
                case CardRemoved():
                    self._tell(reader, "card_removed", {})

    async def _see(self, reader: str, card: CardPresented) -> SeenCard:
        read = self._rules.read(reader, card)
        if read is None:
            return _as_read(card)
        problem = read.refusal or await self._refusal_of_tap(read)
        if problem is not None:
            _log.warning(
                "%s: a card of the rule %s was refused: %s", reader, read.rule.name, problem
            )
            return SeenCard(technology=card.technology, rule=read.rule.name, problem=str(problem))
        seen = SeenCard(
            technology=card.technology,
            meaning=read.rule.meaning,
            rule=read.rule.name,
            proven=read.tap is not None,
            at_opening=card.at_opening,
        )
        if read.rule.meaning == "badge":
            return await self._sign_in(reader, seen, badge_reference(read.key or ""))
        return msgspec.structs.replace(
            seen, key=read.key, uid=card.uid, atr=card.atr, ndef=card.ndef
        )

    async def _refusal_of_tap(self, read: Read) -> str | None:
        if read.tap is None:
            return None
        try:
            taken = await self._counters.take(read.tap.uid, read.tap.counter)
        except JournalFullError:
            return DISK_FULL
        return None if taken else Refusal.USED

    async def _sign_in(self, reader: str, seen: SeenCard, badge: str) -> SeenCard:
        workstation = self._workstations.get(reader)
        if seen.at_opening or workstation is None:
            problem = LYING if seen.at_opening else NOBODYS
            return msgspec.structs.replace(seen, problem=problem)
        try:
            done = await self._sign_on(BadgeTap(reader, badge, workstation))
        except JournalFullError:
            done = SignedOn(problem=DISK_FULL)
        return msgspec.structs.replace(
            seen,
            badge=None if done.operator_id else badge,
            operator_id=done.operator_id,
            problem=done.problem,
        )


def _as_read(card: CardPresented) -> SeenCard:
    """A card that no rule knows: the register may know it."""
    return SeenCard(
        technology=card.technology,
        uid=card.uid,
        atr=card.atr,
        ndef=card.ndef,
        problem=card.problem,
        at_opening=card.at_opening,
    )


def _workstations(workstations: Sequence[Workstation]) -> dict[str, str]:
    """The workstation of each reader that belongs to one alone."""
    owners: dict[str, list[str]] = {}
    for each in workstations:
        if each.card_reader is not None:
            owners.setdefault(each.card_reader, []).append(each.name)
    return {reader: names[0] for reader, names in owners.items() if len(names) == 1}
