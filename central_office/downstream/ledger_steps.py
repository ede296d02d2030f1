"""Which steps of a set that follows from the ledger every store has to be told."""

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from central_office.downstream.boxes import Report
from central_office.downstream.ledger import (
    LedgerSet,
    Moved,
    Step,
    covers,
    delta_message,
    room_for,
    steps,
    still_message,
)
from central_office.downstream.plan import Delta, OnTheirWay, Outranked, Round, Store, Whole
from central_office.master_lists import EVERY_STORE, ListKey
from central_office.reading import Reader
from edge_daemon.records.master_data import Covered

BEAT_SECONDS = 60.0
"""After which the stores are told that what they hold is still so."""


class _Ledger(NamedTuple):
    """An organization's ledger.

    Attributes:
        up_to: The place that its stores are told of now.
        last: The last place; nothing changed between the two.
        lift: By which versions are above places.
    """

    organization: str
    up_to: int
    last: int
    lift: int

    def place(self, version: int | None) -> int | None:
        """Of a version that an edge holds; None where it is none of ours."""
        return None if version is None or version < self.lift else version - self.lift


class LedgerSteps:
    """Remembers up to which place of each ledger the stores were told of a set, and when.

    What was looked through since, and changed nothing, is not looked through again.
    """

    def __init__(self, kind: LedgerSet, on_their_way: OnTheirWay) -> None:
        self._kind = kind
        self._topic = f"{kind.name}/delta"
        self._on_their_way = on_their_way
        self._told: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._settled: dict[str, int] = {}
        self._told_at: dict[str, float] = {}

    def plan(
        self,
        turn: Round,
        ledger: tuple[str, int, int],
        stores: Mapping[Store, Sequence[Report]],
    ) -> None:
        """Add what the stores of an organization have to be told.

        Args:
            turn: To whose plan it is added.
            ledger: Organization, its last place, and the lift of its versions.
            stores: Each with what its edges have said.
        """
        organization, last, lift = ledger
        told = min(self._told.get(organization, last), last)
        seen = max(told, self._seen.get(organization, 0))
        moved = self._kind.changes(turn.read, organization, seen, last) if last > seen else []
        self._seen[organization] = last
        beats = turn.now - self._told_at.setdefault(organization, turn.now) >= BEAT_SECONDS
        moves = last > told and (beats or bool(moved))
        if beats and last == told:
            self._told_at[organization] = turn.now
            still = still_message(lift + last, turn.as_of)
            turn.plan.deltas += [Delta(store, self._topic, still) for store in stores]
        here = _Ledger(organization, last if moves else told, last, lift)
        self._told[organization] = here.up_to
        if moves:
            self._told_at[organization] = turn.now
        elif not any(stores.values()):
            return
        known = {told: tuple(moved)}
        lead_on = functools.cache(functools.partial(self._lead_on, turn.read, here, known))
        covered = covers(turn.read, organization)
        for store, said in stores.items():
            own = covered.get(store[1], ())
            begins = self._begins(turn, here, store, said) | ({told} if moves else set())
            for begin in sorted(begins):
                parts = lead_on(begin, room_for(own))
                if parts is None:
                    self._want_whole(turn, here, store, again=False)
                else:
                    turn.plan.deltas += self._deltas(store, parts, (lift, turn.as_of), own)

    def settle(self) -> None:
        """All that was decided has been said."""
        self._settled = dict(self._told)

    def go_back(self) -> None:
        """What was decided since `settle` may not have been said."""
        self._told = dict(self._settled)
        self._seen.clear()

    def _begins(self, turn: Round, here: _Ledger, store: Store, said: Sequence[Report]) -> set[int]:
        """From which places a store's edges have to be led on."""
        begins = set()
        for report in said:
            version = report.versions.get(self._kind.name)
            place = here.place(version)
            if place is None or version is None:
                self._want_whole(turn, here, store, again=self._kind.name in report.rejected)
            elif place > here.last:
                turn.plan.outranked.add(Outranked(self._key(here), version))
            elif place < here.up_to:
                begins.add(place)
        return begins

    def _want_whole(self, turn: Round, here: _Ledger, store: Store, *, again: bool) -> None:
        whole = Whole(store, self._key(here))
        if whole not in turn.plan.wholes and self._on_their_way.may_go(
            whole, here.lift, turn.now, again=again
        ):
            turn.plan.wholes.append(whole)

    def _key(self, here: _Ledger) -> ListKey:
        return ListKey(here.organization, EVERY_STORE, self._kind.name)

    def _lead_on(
        self,
        read: Reader,
        here: _Ledger,
        known: Mapping[int, tuple[Moved, ...]],
        begin: int,
        room: int,
    ) -> list[Step] | None:
        """The steps from a place; None where there are too many."""
        moved = known.get(begin)
        if moved is None:
            moved = tuple(self._kind.changes(read, here.organization, begin, here.up_to))
        found = steps(moved, begin, here.up_to, room)
        return None if found is None or len(found) > self._kind.steps_limit else found

    def _deltas(
        self,
        store: Store,
        parts: Sequence[Step],
        stamp: tuple[int, int],
        covered: Sequence[Covered],
    ) -> list[Delta]:
        """Only the last part says what is counted in: before it not all of that is there."""
        last = len(parts) - 1
        return [
            Delta(
                store,
                self._topic,
                delta_message(part, *stamp, covered if number == last else None),
            )
            for number, part in enumerate(parts)
        ]
