"""The status page for whoever keeps the shop: files, served as they are.

The page itself is open, because a browser has no token before it is paired; it holds nothing of
the shop. What it shows it asks for with its own token, like every register. It loads nothing from
elsewhere, runs no inline script and sets no cookie.
"""

from collections.abc import Sequence
from importlib import resources

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from edge_daemon.errors import NotFoundError
from edge_daemon.web import open_to_all

FOLDER = "status_page"
MEDIA_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "json": "application/json",
    "svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Only what this box serves itself; a QR code is a picture that the page makes of an answer."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_WHY = "A browser has no token before it is paired; the page holds nothing of the shop."


def page_routes() -> Sequence[ControllerRouterHandler]:
    """The page at `/`, and its parts."""
    files = _read()

    def answer(name: str) -> Response[bytes]:
        if name not in files:
            raise NotFoundError(f"The status page has no part called {name}.")
        media_type = MEDIA_TYPES[name.rpartition(".")[2]]
        return Response(files[name], media_type=media_type, headers=_HEADERS)

    @get("/", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_page() -> Response[bytes]:
        return answer("index.html")

    @get("/status/{name:str}", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_page_part(name: FromPath[str]) -> Response[bytes]:
        return answer(name)

    return [read_page, read_page_part]


def _read() -> dict[str, bytes]:
    """Every file of the page, by its name: what is not among them is not served."""
    folder = resources.files(__package__) / FOLDER
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
