"""Decides what has to be said, from what is kept and from what the edges hold.

Theory of operation. Every set has a version. An edge that holds the one before is told the delta;
one that holds an older is told what leads on from there, and one that holds nothing, or what nobody
here knows, gets the whole set. Deltas are not retained by the broker and may be lost: the next one
shows the edge a hole, it says what it holds, and is told what is missing. So nothing here has to be
remembered: a restart begins with what the edges say.
"""

from collections.abc import Iterable, Mapping

from central_office import master_lists
from central_office.downstream.boxes import Report
from central_office.downstream.ledger import LedgerSet
from central_office.downstream.ledger_steps import LedgerSteps
from central_office.downstream.plan import Delta, OnTheirWay, Outranked, Plan, Round, Store, Whole
from central_office.downstream.sets import LEDGER_SETS
from central_office.master_lists import CONFIG, EVERY_STORE, ListKey
from central_office.publishing import LISTS
from central_office.reading import Reader
from edge_daemon.mqtt import OFFICE

NAMES = (*(name for name in LISTS if name not in LEDGER_SETS), CONFIG)
_LEDGERS = "SELECT organization, last FROM arrivals"
_STORES = "SELECT organization, store FROM edges GROUP BY organization, store"


class Planner:
    """Remembers what the stores were told last."""

    def __init__(
        self, organization: str | None, sets: Iterable[LedgerSet] = tuple(LEDGER_SETS.values())
    ) -> None:
        self._organization = organization
        self._told: dict[ListKey, int] = {}
        self._settled: dict[ListKey, int] = {}
        self._has_settled = False
        self._on_their_way = OnTheirWay()
        self._ledger_steps = {kind.name: LedgerSteps(kind, self._on_their_way) for kind in sets}

    def plan(self, read: Reader, reports: Iterable[Report], as_of: int, now: float) -> Plan:
        """Decide what to say.

        Args:
            read: The database at one moment.
            reports: What edges have said since the last plan.
            as_of: That moment, microseconds since 1970 UTC.
            now: Seconds, for how long something has been on its way.
        """
        turn = Round(read, as_of, now, Plan())
        stores, kept = self._stores(read, reports), master_lists.versions(read)
        ledgers = dict.fromkeys((store[0] for store in stores), 0)
        ledgers |= dict(read(_LEDGERS, ()))
        for organization, last in ledgers.items():
            own = {store: said for store, said in stores.items() if store[0] == organization}
            for name, steps in self._ledger_steps.items() if own else ():
                lift = kept.get(ListKey(organization, EVERY_STORE, name), 0)
                steps.plan(turn, (organization, last, lift), own)
        for store, said in stores.items():
            for name in NAMES:
                self._plan_list(turn, ListKey(*store, name), said, kept)
        return turn.plan

    def settle(self) -> None:
        """All that was decided has been said."""
        self._settled = dict(self._told)
        self._has_settled = True
        for steps in self._ledger_steps.values():
            steps.settle()

    def go_back(self) -> None:
        """What was decided since `settle` may not have been said; the broker may have lost all."""
        self._told = dict(self._settled)
        for steps in self._ledger_steps.values():
            steps.go_back()
        self._on_their_way.forget()

    def _stores(self, read: Reader, reports: Iterable[Report]) -> dict[Store, list[Report]]:
        stores: dict[Store, list[Report]] = {
            (organization, store): []
            for organization, store in read(_STORES, ())
            if store != OFFICE and self._organization in (None, organization)
        }
        for report in reports:
            if self._organization in (None, report.topics.organization):
                stores.setdefault(report.store, []).append(report)
        return stores

    def _plan_list(
        self, turn: Round, own: ListKey, said: list[Report], kept: Mapping[ListKey, int]
    ) -> None:
        key = own if own in kept else own._replace(store=EVERY_STORE)
        version = kept.get(key)
        if version is None:
            return
        held = {report.versions.get(own.name) for report in said}
        # At the beginning the edges say what they hold; what is new since was told to nobody.
        told = self._told.get(own, None if self._has_settled else version)
        self._told[own] = version
        held |= {told} - {version}
        above = max((one for one in held if one is not None), default=0)
        if above > version:
            turn.plan.outranked.add(Outranked(key, above))
            return
        again = any(own.name in report.rejected for report in said)
        whole = Whole((own.organization, own.store), key)
        needs_whole = False
        for one in held - {version}:
            behind = None if one is None else master_lists.deltas(turn.read, key, one)
            needs_whole |= behind is None
            topic = f"{own.name}/delta"
            turn.plan.deltas += [Delta(whole.store, topic, data) for data in behind or ()]
        if needs_whole and self._on_their_way.may_go(whole, version, turn.now, again=again):
            turn.plan.wholes.append(whole)
