"""Scales: what a weighing is, whatever the scale (UnifiedPOS Scale).

Truth about weight. Only a weight at rest is one: a scale in motion has no weight yet, and says so.
A weight is told for what lies on the scale after the question, never from memory.
"""

import enum
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import msgspec

Unit = Literal["kg", "lb"]


class WeightStatus(enum.StrEnum):
    """How the scale stands, in the words of UnifiedPOS (`SCAL_SUE_…`)."""

    STABLE = "stable"
    ZERO = "zero"
    UNSTABLE = "unstable"
    OVERWEIGHT = "overweight"
    UNDER_ZERO = "under_zero"
    NOT_READY = "not_ready"


AT_REST = frozenset({WeightStatus.STABLE, WeightStatus.ZERO})


class Weighing(msgspec.Struct, frozen=True, kw_only=True, tag="weight"):
    """What the scale shows.

    Attributes:
        status: How it stands.
        weight_milli: Thousandths of `unit`; None while there is no weight at rest.
        unit: As the scale is set.
        net: A tare has been taken off.
    """

    status: WeightStatus
    weight_milli: int | None = None
    unit: Unit = "kg"
    net: bool = False


class Scale(Protocol):
    """An open scale."""

    @property
    def weighing(self) -> Weighing:
        """What the scale showed last, from memory. For a sale ask `read_weight`."""
        ...

    async def read_weight(self, timeout: float) -> Weighing:  # noqa: ASYNC109 - UnifiedPOS
        """Wait for a weight at rest, measured after this call.

        Raises:
            RefusedError: There is none: too much, less than nothing, or no rest within `timeout`
                seconds. The message says what to do.
            OfflineError: The scale is gone.
        """
        ...

    async def zero_scale(self) -> Weighing:
        """Take what lies on the scale for nothing, as its zero key does.

        Raises:
            RefusedError: It moves, or too much lies on it. Nothing was changed.
            OfflineError: The scale is gone.
        """
        ...

    def events(self) -> AsyncIterator[Weighing]:
        """Subscribe to every change, from this moment on.

        Iterating raises `OfflineError` when the scale is gone, or does not answer any more.
        """
        ...

    async def check_health(self) -> None:
        """Say whether the scale still answers.

        Raises:
            OfflineError: It does not.
        """
        ...

    async def close(self) -> None:
        """Let go of the scale. Never raises."""
        ...
