"""Bytes to values and back: protocols as pure thought.

May live here: parsers, encoders, state machines. Deadlines are values.
May not: I/O, clocks, threads, logging of payloads, anything that waits.
Every codec raises `WireError` for bytes it cannot accept, and nothing else.
"""


class WireError(ValueError):
    """Raised when bytes break the protocol that they claim to speak."""
