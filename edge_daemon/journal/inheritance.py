"""What a new epoch takes over from the office, where the box itself knows less. No I/O."""

from typing import NamedTuple

import msgspec

from edge_daemon.journal.values import Head
from edge_daemon.records.payloads import CarriedOver, WorkstationNumbers

_NEXT = ("next_sequence_number", "next_training_number", "next_z_number")
_TOTALS = ("grand_total_sales", "grand_total_returns", "grand_total_net", "open_session")


class Inheritance(NamedTuple):
    """What a blank journal begins with.

    Attributes:
        last: The last entry that the office holds of this box.
    """

    last: Head
    carried_over: CarriedOver


def furthest(own: CarriedOver | None, other: CarriedOver | None) -> CarriedOver | None:
    """For each workstation the further numbers of both; every payment that one of them doubts.

    Totals and the open session are those of the side whose receipt numbers are further: they
    belong together.
    """
    if own is None or other is None:
        return own or other
    mine = {numbers.workstation_id: numbers for numbers in own.workstations}
    theirs = {numbers.workstation_id: numbers for numbers in other.workstations}
    workstations = tuple(_further(mine.get(name), theirs.get(name)) for name in mine | theirs)
    payments = {one.payment_id: one for one in other.unresolved_payments}
    payments |= {one.payment_id: one for one in own.unresolved_payments}
    source = own.source if workstations == own.workstations else other.source
    return CarriedOver(
        source=source, workstations=workstations, unresolved_payments=tuple(payments.values())
    )


def _further(
    mine: WorkstationNumbers | None, theirs: WorkstationNumbers | None
) -> WorkstationNumbers:
    if mine is None or theirs is None:
        found = mine or theirs
        assert found is not None  # noqa: S101 - one of the two named it
        return found
    ahead = mine if mine.next_sequence_number >= theirs.next_sequence_number else theirs
    behind = theirs if ahead is mine else mine
    numbers = {
        name: max((getattr(one, name) or 0 for one in (mine, theirs)), default=0) or None
        for name in _NEXT
    }
    totals = {name: getattr(behind, name) for name in _TOTALS if getattr(ahead, name) is None}
    return msgspec.structs.replace(ahead, **totals, **numbers)
