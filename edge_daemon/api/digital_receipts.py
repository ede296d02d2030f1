"""The customer's door: a receipt on a phone, for whoever has its address.

Open: the token in the address is the key, and it is on the customer's own paper. There is less
behind it than on the paper: nothing about a card. An address that this box did not make and one
whose time is over are answered alike.
"""

from collections.abc import Sequence

from litestar import MediaType, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from edge_daemon.receipts import to_html
from edge_daemon.receipts.page import POLICY
from edge_daemon.sales import Sales
from edge_daemon.web import documented, open_to_all

_WHY = "The unguessable address stands on the customer's own paper; nothing about a card is there."
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_PAGE = ResponseSpec(
    data_container=str,
    media_type=MediaType.HTML,
    description="The receipt as a page, in the shop's language.",
    generate_examples=False,
)


def digital_receipt_routes(sales: Sales) -> Sequence[ControllerRouterHandler]:
    """The one route."""

    @get(
        "/r/{token:str}",
        media_type=MediaType.HTML,
        responses={200: _PAGE, **documented(404)},
        opt=open_to_all(_WHY),
    )
    async def read_digital_receipt(token: FromPath[str]) -> Response[str]:
        """A receipt, for the customer who has its address."""
        page = to_html(await sales.digital_receipt(token))
        return Response(page, media_type=MediaType.HTML, headers=_HEADERS)

    return [read_digital_receipt]
