"""How a fork ends: a person's decision becomes an entry in the office's own chain.

A branch is booked as it stands when the decision arrives, in the decision's place in the order of
arrival. What comes of it later waits for a decision of its own.
"""

from central_office.booking import book
from central_office.branches import Branch, branches
from central_office.errors import OfficeError
from central_office.own_chain import Act, lock_own_chain, store_acts
from central_office.tables import Decision, Tables, Verdict
from edge_daemon.records.payloads import SystemEvent

_EVENTS = {Decision.ACCEPTED: "ForkAccepted", Decision.REJECTED: "ForkRejected"}


def decide(
    tables: Tables, place: tuple[str, str, str | None], verdict: Verdict, now_us: int
) -> Branch:
    """Decide about a branch (edge, epoch, name) and return it.

    Raises:
        OfficeError: Nothing waits there, or several branches do and none was named.
    """
    edge_id, epoch, _ = place
    lock_own_chain(tables, edge_id)
    tables.lock_quarantine()
    branch = _chosen(branches(tables.undecided(edge_id, epoch)), place)
    fork = {
        "edge_id": edge_id,
        "epoch": epoch,
        "first_seq": branch.first.seq,
        "first_hash": branch.first.hash,
        "last_seq": branch.last.seq,
        "last_hash": branch.last.hash,
        "reason": verdict.reason,
    }
    decided = Act(SystemEvent(event=_EVENTS[verdict.decision], fork=fork), verdict.by)
    stored = store_acts(tables, branch.first.organization, [decided], now_us)
    tables.decide(branch.waiting, verdict.decision, stored[-1][0])
    book(tables, [(arrival, now_us, line) for arrival, line in stored])
    return branch


def _chosen(found: list[Branch], place: tuple[str, str, str | None]) -> Branch:
    edge_id, epoch, name = place
    chosen = [branch for branch in found if name is None or branch.name == name]
    if not chosen:
        raise OfficeError(f"Nothing of {edge_id} {epoch} waits: see central-office fork list.")
    if len(chosen) > 1:
        names = ", ".join(branch.name for branch in chosen)
        raise OfficeError(f"Several branches of {edge_id} {epoch} wait. Name one of {names}.")
    return chosen[0]
