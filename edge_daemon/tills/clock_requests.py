"""What registers ask and say about the clock, and what they are told."""

from typing import Literal

import msgspec

Source = Literal["LastEntry", "Register", "Terminal", "Keyed"]
"""Where a confirmed moment came from; `Keyed` is a person's own."""

EARLIEST_US = 1_704_067_200_000_000
"""2024-01-01: before that there was no box."""
LATEST_US = 4_102_444_800_000_000
"""2100-01-01: typing errors end somewhere."""


class Suggestions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each source said, microseconds since 1970 UTC; absent where it said nothing.

    Attributes:
        last_entry: When the journal's last entry happened: it cannot be earlier now.
        register: The register's own time.
        terminal: The payment terminal's time, as a person reads it there.
    """

    last_entry: int | None = None
    register: int | None = None
    terminal: int | None = None


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A moment to choose.

    Attributes:
        moment_us: Microseconds since 1970 UTC.
        business_day: The day that would be, `YYYY-MM-DD`.
        needs_reason: It is before the last entry.
    """

    source: Source
    moment_us: int
    business_day: str
    needs_reason: bool


class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """The box's clock, and whether a person has to confirm the date before a till is opened.

    Attributes:
        now_us: Microseconds since 1970 UTC.
        state: How far that can be trusted: `synced`, `confirmed`, `free_running`, `stepped`.
        business_day: The day that this moment counts for, `YYYY-MM-DD`.
        utc_offset_min: Minutes from UTC to the shop's local time.
        confirmation_needed: Nobody keeps the clock in step, and nobody has confirmed it.
        suggestions: Moments to choose from, the likeliest first.
    """

    now_us: int
    state: str
    business_day: str
    utc_offset_min: int
    confirmation_needed: bool
    suggestions: tuple[Suggestion, ...]


class ClockConfirmationRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A person says what time it is.

    Attributes:
        operator_id: Pseudonym of that person.
        source: Which suggestion was chosen; `Keyed` for none of them.
        moment_us: The moment, microseconds since 1970 UTC.
        suggested: What there was to choose from.
        reason: Why a moment before the last entry was chosen; needed then.
    """

    operator_id: str
    source: Source
    moment_us: int
    suggested: Suggestions = Suggestions()
    reason: str | None = None


class ClockConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmation as it stands.

    Attributes:
        state: `confirming`, `confirmed`, or `not_done`: look at the date and confirm it again.
    """

    id: str
    state: Literal["confirming", "confirmed", "not_done"]
    finished: bool
    operator_id: str
    source: Source
    moment_us: int
