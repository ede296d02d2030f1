"""What an element may ask for, and the refusal of what it may not."""


class UnprintableError(ValueError):
    """Raised for an element that cannot be printed; the message says what would be right."""


def within(field: str, value: int, highest: int, lowest: int = 1) -> int:
    """Return `value`.

    Raises:
        UnprintableError: It is not from `lowest` to `highest`.
    """
    if not lowest <= value <= highest:
        raise UnprintableError(f"{field} is {lowest} to {highest}, not {value}.")
    return value
