"""What the relay shows of itself."""

import msgspec


class RelayState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the central office is, and what stands in the way.

    Attributes:
        broker: `host:port`.
        mqtt_version: `5` or `3.1.1`; of the next try while not connected.
        note: What a person may want to know; empty when all is well.
        alarm: What only a person can mend, such as a fork; empty otherwise.
        head: `EPOCH.SEQ` of the last entry.
        acknowledged: `EPOCH.SEQ` up to where the office has committed; None before the first.
        lag: Entries that the office has not acknowledged yet.
        last_ack_at: Microseconds since 1970 UTC; None since the start.
    """

    connected: bool
    broker: str
    mqtt_version: str
    note: str
    alarm: str
    head: str
    acknowledged: str | None
    lag: int
    last_ack_at: int | None
