"""What can go wrong in the daemon itself; devices have errors of their own (`drivers.errors`).

EdgeError
├─ ConfigError            the configuration has mistakes: all of them at once
├─ RequestConflictError   an id was used before with another body
├─ InvalidRequestError    a request that cannot be meant, with the JSON path
├─ NotFoundError          no such thing
├─ NotAllowedError        the thing is not in a state that permits this
├─ SigningError           the key that signs the journal cannot be used: nothing else is wrong
├─ JournalError           the disk broke a promise: exit, let systemd restart
└─ JournalFullError       the disk is full: nothing was written, nothing is broken
"""

from collections.abc import Sequence


class EdgeError(Exception):
    """Raised when the daemon cannot do what was asked; the message says what to do."""


class ConfigError(EdgeError):
    """Raised when the configuration has mistakes.

    Attributes:
        mistakes: Every mistake, each with its TOML path.
    """

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class RequestConflictError(EdgeError):
    """Raised when an id comes again with another body. The first act stands, untouched."""


class InvalidRequestError(EdgeError):
    """Raised when a request is well-formed and still cannot be meant. Nothing was written.

    Attributes:
        path: Where in the JSON body, such as `$.lines[0].quantity_milli`.
    """

    def __init__(self, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.path = path


class NotFoundError(EdgeError):
    """Raised when a device, workstation or resource of that name does not exist."""


class NotAllowedError(EdgeError):
    """Raised when the thing's present state does not permit the act. Nothing was done."""


class JournalError(EdgeError):
    """Raised when a commit or its fsync failed. Nothing may be believed any more: exit.

    After a failed sync the kernel may have dropped the pages, and a second, "successful" sync
    proves nothing. systemd restarts the daemon, which reads what is really on the disk.
    """


class SigningError(EdgeError):
    """Raised when the key that signs the journal can be neither read nor made."""


class JournalFullError(EdgeError):
    """Raised when the disk is full. The append was rolled back; nothing is broken."""
