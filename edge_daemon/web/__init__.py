"""The web foundation: what every HTTP door of ours stands on.

`create_app` makes an application of typed handlers, `Gate` lets the right callers in, `HttpServer`
serves both. Bodies are read by `StrictBody`. This floor knows nothing of sales or devices.
"""

from edge_daemon.web.access import (
    NOBODY,
    TICKET_SECONDS,
    Caller,
    Callers,
    Denial,
    Reason,
    Refusal,
    Tickets,
    Tokens,
    address_of,
    digest,
    unknown_token,
)
from edge_daemon.web.application import MAX_BODY_BYTES, create_app
from edge_daemon.web.bodies import Body, BodyDecoder, JsonBody, StrictBody
from edge_daemon.web.document import About, document_of
from edge_daemon.web.doorkeeper import Limits
from edge_daemon.web.gate import Access, Gate
from edge_daemon.web.problems import ErrorBody, Problem, Rule, Table, documented
from edge_daemon.web.rights import (
    NotPermittedError,
    Rights,
    handlers,
    is_open,
    needs,
    needs_token,
    open_to_all,
    scopes_of,
)
from edge_daemon.web.server import HttpServer, bind

__all__ = [
    "MAX_BODY_BYTES",
    "NOBODY",
    "TICKET_SECONDS",
    "About",
    "Access",
    "Body",
    "BodyDecoder",
    "Caller",
    "Callers",
    "Denial",
    "ErrorBody",
    "Gate",
    "HttpServer",
    "JsonBody",
    "Limits",
    "NotPermittedError",
    "Problem",
    "Reason",
    "Refusal",
    "Rights",
    "Rule",
    "StrictBody",
    "Table",
    "Tickets",
    "Tokens",
    "address_of",
    "bind",
    "create_app",
    "digest",
    "document_of",
    "documented",
    "handlers",
    "is_open",
    "needs",
    "needs_token",
    "open_to_all",
    "scopes_of",
    "unknown_token",
]
