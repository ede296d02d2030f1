"""What the routes refuse, and how each is answered."""

from central_office.access.keys import UnknownKeyError
from central_office.access.people import LastOwnerError, UnknownPersonError
from central_office.errors import OfficeError
from central_office.replenishment import OrderRefusedError, UnknownOrderError
from central_office.views.paging import CursorError
from central_office.webhooks.registry import UnknownWebhookError
from edge_daemon.web import Rule, Table


class RequestError(OfficeError):
    """Raised when a request is wrong; `path` says where."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class NotFoundError(OfficeError):
    """Raised when there is no such thing, or none that the caller sees."""


class NotAllowedError(OfficeError):
    """Raised when how things stand does not permit this. Nothing was changed."""


class WrongPasswordError(OfficeError):
    """Raised when name and password do not belong together. Which of them is wrong is not said."""


class TooManyError(OfficeError):
    """Raised when somebody has to wait; nothing was done.

    Attributes:
        retry_after: Seconds.
    """

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


ANSWERS: Table = {
    RequestError: Rule(400, "invalid_request"),
    CursorError: Rule(400, "invalid_request"),
    WrongPasswordError: Rule(403, "wrong_password"),
    NotFoundError: Rule(404, "not_found"),
    UnknownPersonError: Rule(404, "not_found"),
    UnknownKeyError: Rule(404, "not_found"),
    UnknownWebhookError: Rule(404, "not_found"),
    NotAllowedError: Rule(409, "not_allowed"),
    UnknownOrderError: Rule(404, "not_found"),
    OrderRefusedError: Rule(409, "not_allowed"),
    LastOwnerError: Rule(409, "not_allowed"),
    TooManyError: Rule(429, "too_many_requests"),
    OfficeError: Rule(503, "database_failed"),
}
"""An error is answered as its nearest ancestor here; what is not here is a mistake of ours."""
