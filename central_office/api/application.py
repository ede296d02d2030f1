"""The office's API as one application."""

from litestar import Litestar

from central_office.api.auditing import audit_routes
from central_office.api.customers import customer_routes
from central_office.api.integrity import integrity_routes
from central_office.api.lists import list_routes
from central_office.api.live import live_routes
from central_office.api.login import login_routes
from central_office.api.ordering import ordering_routes
from central_office.api.pages import page_routes
from central_office.api.parts import OfficeParts
from central_office.api.people import key_routes, people_routes
from central_office.api.rates import OfficeRights
from central_office.api.receipts import receipt_routes
from central_office.api.refusals import ANSWERS
from central_office.api.rostering import roster_routes
from central_office.api.stores import store_routes
from central_office.api.viewing import view_routes
from central_office.api.webhooks import webhook_routes
from edge_daemon.web import About, create_app

DOCUMENT_PATH = "/v1/openapi.json"
_DESCRIPTION = """The books of all shops.

Lists come in pages: `cursor` of one is what the next is asked for with, and it is absent on the
last. Amounts are in minor units, quantities in thousandths, moments in microseconds since 1970 UTC,
days `YYYY-MM-DD`. Who may see only some stores gets nothing of the others, whatever it asks for.

People log in and have a session in a cookie; programs send a key as a bearer token. Each operation
names in `x-scopes` the rights of which one is needed; any caller will do where it names none."""
_BEARER = "A key, made by an owner in the back office or by `central-office keys add`."


def create_api(parts: OfficeParts, *, version: str) -> Litestar:
    """Make the API. It stands behind a `Gate`, which says who calls."""
    handlers = [
        *login_routes(parts),
        *people_routes(parts),
        *key_routes(parts),
        *store_routes(parts),
        *view_routes(parts),
        *receipt_routes(parts),
        *live_routes(parts),
        *integrity_routes(parts),
        *audit_routes(parts),
        *webhook_routes(parts),
        *customer_routes(parts),
        *list_routes(parts),
        *roster_routes(parts),
        *ordering_routes(parts),
        *page_routes(),
    ]
    about = About("The central office", version, _DESCRIPTION, _BEARER, DOCUMENT_PATH)
    return create_app(handlers, about, ANSWERS, rights=OfficeRights(parts.calls))
