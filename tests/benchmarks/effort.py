"""How often each thing is measured."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Numbers of repetitions.

    Attributes:
        rest_seconds: Before memory is looked at: the daemon gives some back when it is at rest.
    """

    prints: int
    scans: int
    rounds: int
    starts: int
    sales: int
    payments: int
    rest_seconds: float


FULL = Effort(
    prints=1000, scans=1000, rounds=30, starts=9, sales=300, payments=300, rest_seconds=15.0
)
QUICK = Effort(prints=60, scans=60, rounds=4, starts=1, sales=15, payments=15, rest_seconds=0.0)
