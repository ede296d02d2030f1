"""Logs without card data: every line passes the one redactor before it is written."""

import logging

from drivers.wire.redaction import redact_text

FORMAT = "%(levelname)s %(name)s: %(message)s"
"""The service manager adds the time."""


class RedactingFormatter(logging.Formatter):
    """Formats a record, its error and its trace, and then takes card data out of all of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole text of a record, redacted."""
        return redact_text(super().format(record))


def log_to_stderr(level: int) -> None:
    """Send all logs of this process to stderr, redacted."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
