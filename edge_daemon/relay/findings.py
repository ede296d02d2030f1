"""What the relay has found out, over all of its connections."""

import dataclasses
from collections.abc import Callable

from edge_daemon.records import Position

FORKED = (
    "The central office holds another history of this box from entry {position} on. Selling goes "
    "on; call support, who begins a new epoch (edge-daemon journal new-epoch --reason …)."
)
ROLLED_BACK = (
    "The central office holds entry {position}, which this journal does not have: an older copy "
    "of the card is in use. A new epoch has begun behind the office's numbers; call support."
)
LOST_CARD = (
    "The central office knows this box up to entry {position}, and this journal began blank: the "
    "card was lost. A new epoch has begun behind the office's numbers; call support."
)
CLONED = (
    "Another box with the same edge id speaks with the central office. Switch one of them off and "
    "call support: each box needs an id of its own."
)
NOT_AUTHORISED = (
    "The broker does not let this box send its journal. Check its certificate, its password and "
    "the broker's access list."
)
NO_DOWNLINK = (
    "The broker does not let this box read what the office sends to its store: catalogue, stock, "
    "gift cards, operators and configuration. Check the broker's access list."
)
NOBODY_LISTENS = "Nobody listens at the broker: the central office is away."
NO_ROOM = "The broker has no room at the moment."
NO_ANSWER = (
    "The central office does not acknowledge. It is away, or the broker's access list keeps what "
    "we send from it, or its answers from us."
)


@dataclasses.dataclass(slots=True)
class Findings:
    """What the state shows beside the cursors; `changed` is called after each change."""

    changed: Callable[[], None]
    note: str = ""
    downlink: str = ""
    alarm: str = ""
    last_ack_at: int | None = None

    def noted(self, note: str) -> None:
        """Say what a person may want to know; empty when all is well again."""
        if note != self.note:
            self.note = note
            self.changed()

    def nothing_comes_down(self, why: str) -> None:
        """Say why nothing for the whole store comes; empty when it does."""
        if why != self.downlink:
            self.downlink = why
            self.changed()

    def alarmed(self, alarm: str, position: Position | None = None) -> None:
        """Say what only a person can mend. The first alarm stays."""
        if not self.alarm:
            self.alarm = alarm.format(position=position)
            self.changed()

    def acknowledged(self, now_us: int) -> None:
        """The office has acknowledged something new."""
        self.last_ack_at = now_us
        self.note = ""
        self.changed()
