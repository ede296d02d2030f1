"""The registers' API as one application, and the one table from errors to answers."""

from litestar import Litestar

from drivers.errors import BusyError, DeviceError, RefusedError, UnsupportedError
from edge_daemon.api.acting import (
    drawer_opening_routes,
    print_job_routes,
    sale_routes,
)
from edge_daemon.api.catalogue import catalogue_routes
from edge_daemon.api.dating import clock_routes
from edge_daemon.api.digital_receipts import digital_receipt_routes
from edge_daemon.api.displaying import display_routes
from edge_daemon.api.leasing import leasing_routes
from edge_daemon.api.logo import logo_routes
from edge_daemon.api.pages import page_routes
from edge_daemon.api.pairing import pairing_routes
from edge_daemon.api.parts import ApiParts
from edge_daemon.api.paying import payment_routes, terminal_routes
from edge_daemon.api.reading import reading_routes
from edge_daemon.api.sdk import sdk_routes
from edge_daemon.api.selling import selling_routes
from edge_daemon.api.shop import shop_routes
from edge_daemon.api.staffing import staff_routes
from edge_daemon.api.stocking import stock_routes
from edge_daemon.api.stream import stream_routes
from edge_daemon.api.tilling import till_routes
from edge_daemon.api.tracing import tracing_routes
from edge_daemon.api.trust import trust_routes
from edge_daemon.api.weighing import weighing_routes
from edge_daemon.errors import (
    InvalidRequestError,
    JournalError,
    JournalFullError,
    NotAllowedError,
    NotFoundError,
    RequestConflictError,
)
from edge_daemon.pairing import TooManyCodesError, WrongCodeError
from edge_daemon.records import EntryTooLargeError
from edge_daemon.web import About, Rule, Table, create_app

ANSWERS: Table = {
    InvalidRequestError: Rule(400, "invalid_request"),
    WrongCodeError: Rule(403, "wrong_code"),
    NotFoundError: Rule(404, "not_found"),
    RequestConflictError: Rule(409, "request_conflict"),
    NotAllowedError: Rule(409, "not_allowed"),
    EntryTooLargeError: Rule(413, "too_large"),
    TooManyCodesError: Rule(429, "too_many_requests"),
    RefusedError: Rule(409, "device_refused"),
    UnsupportedError: Rule(409, "device_unsupported"),
    BusyError: Rule(409, "device_busy"),
    DeviceError: Rule(503, "device_unavailable"),
    JournalError: Rule(503, "journal_failed"),
    JournalFullError: Rule(507, "disk_full"),
}
"""An error is answered as its nearest ancestor here; what is not here is a mistake of ours."""

_DESCRIPTION = """The counter's devices and sales, for registers.

Everything that acts is `PUT` under an id that the register makes (a ULID). A repeat joins the
running call or shows how it stands; another body under the same id is a conflict. `GET` on the
same address tells the state, also after a restart.

A register is paired once, with a code that the box prints, and sends its token with every call.
Each operation names in `x-scopes` the scopes of which the token needs one; any will do where it
names none."""


def create_api(parts: ApiParts, *, version: str) -> Litestar:
    """Make the registers' API. It stands behind a `Gate`, which says who calls."""
    handlers = [
        *reading_routes(parts),
        *shop_routes(parts.configuration, parts.journal.clock),
        *stream_routes(parts.events, parts.tickets, parts.leases.listening),
        *leasing_routes(parts.leases, parts.devices, parts.configuration),
        *print_job_routes(parts.printing),
        *drawer_opening_routes(parts.drawers),
        *payment_routes(parts),
        *terminal_routes(parts.terminals, parts.closing),
        *tracing_routes(parts.tracing),
        *sale_routes(parts.sales),
        *selling_routes(parts.sales),
        *catalogue_routes(
            parts.catalogue,
            parts.journal.clock.now_us,
            from_office=parts.configuration.relay is not None,
        ),
        *digital_receipt_routes(parts.sales),
        *logo_routes(parts.printing.logo),
        *clock_routes(parts.dating),
        *till_routes(parts.tills, parts.money, parts.reports),
        *stock_routes(parts.stock, parts.stock_counts),
        *staff_routes(parts.operators, parts.hours, parts.journal.clock),
        *weighing_routes(parts.devices.scale),
        *display_routes(parts.displays),
        *pairing_routes(parts.pairing),
        *trust_routes(parts.trust),
        *sdk_routes(),
        *page_routes(),
    ]
    about = About("The counter", version, _DESCRIPTION)
    return create_app(handlers, about, ANSWERS, rights=parts.rights)
