"""How long our certificate for the broker is good for: one that has expired keeps the box out."""

DAY_US = 86_400_000_000
WARN_DAYS = 30
"""Long enough for a letter, an order and a visit."""


def certificate_warning(end_us: int | None, now_us: int) -> str:
    """What a person should know about it; empty when all is well.

    Args:
        end_us: When it ends, in microseconds since 1970 UTC; None without one.
        now_us: The present, in the same unit.
    """
    if end_us is None or end_us - now_us > WARN_DAYS * DAY_US:
        return ""
    if end_us <= now_us:
        return "The certificate for the broker has expired: install a new one."
    days = (end_us - now_us) // DAY_US
    when = f"in {days} days" if days > 1 else "within two days" if days else "within a day"
    return f"The certificate for the broker expires {when}: install a new one."
