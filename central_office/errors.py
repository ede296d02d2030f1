"""What can go wrong at the office itself; what an edge sends is never an exception here."""


class OfficeError(Exception):
    """Raised when the office cannot run; the message says what to do. Nothing half is stored."""
