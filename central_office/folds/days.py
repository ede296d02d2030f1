"""Business days: when a store's day was closed, and what came after that.

A day is closed once every till that moved money on it has made its Z for that day. What arrives
for it later counts for it all the same, and the day says so.
"""

import json
from typing import NamedTuple

from central_office.folds.sheet import Place, Row

Day = tuple[str, str, str]
"""Organization, store, business day."""


class Touched(NamedTuple):
    """A till moved money.

    Attributes:
        till: Edge and workstation.
    """

    day: Day
    till: tuple[str, ...]
    place: Place
    amount: int


class Closed(NamedTuple):
    """A till made its Z."""

    day: Day
    till: tuple[str, ...]
    place: Place


def follow_day(row: Row | None, what: Touched | Closed) -> Row:
    """The values of `days` after one more of these."""
    tills, reports, closed, late, amount, _ = row or ("[]", 0, None, 0, 0, 0)
    name, arrival = "/".join(what.till), what.place.arrival
    if isinstance(what, Touched):
        if f'"{name}"' not in tills:
            tills = json.dumps(sorted([*json.loads(tills), name]), ensure_ascii=False)
        if closed is not None:
            late, amount = late + 1, amount + what.amount
        return tills, reports, closed, late, amount, arrival
    left = [till for till in json.loads(tills) if till != name]
    if not left and closed is None:
        closed = arrival
    return json.dumps(left, ensure_ascii=False), reports + 1, closed, late, amount, arrival
