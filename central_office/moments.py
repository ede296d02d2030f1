"""When an entry happened, for whatever is kept in the order of moments."""

AHEAD_US = 24 * 3_600_000_000
"""So far a clock may be ahead and be believed."""
_SPREAD = 1_000_000


def moment_of(occurred_at: int, received_at: int, arrival: int) -> int:
    """The moment at which an entry counts: nothing has happened a day after it arrived.

    A box whose clock is ahead by a year would count its shelves for that year: whatever is sold
    meanwhile would be from before the count. Such an entry counts at its arrival, some microseconds
    later each, so that they keep their order.
    """
    if occurred_at <= received_at + AHEAD_US:
        return occurred_at
    return received_at + arrival % _SPREAD
