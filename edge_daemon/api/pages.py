"""The pages that the box serves: the status page at `/`, the till at `/till`. Files, as they are.

The pages are open, because a browser has no token before it is paired; they hold nothing of the
shop. What they show they ask for with their own token, like every register. They load nothing from
elsewhere, run no inline script and set no cookie. The till may be installed: its worker keeps the
page's own files for when the box is away, and nothing else.
"""

from collections.abc import Callable, Sequence
from importlib import resources

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from edge_daemon.errors import NotFoundError
from edge_daemon.web import open_to_all

STATUS = "status_page"
TILL = "till_page"
MEDIA_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "json": "application/json",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
"""Only what this box serves itself; a QR code is a picture that the page makes of an answer."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_WORKER = {"Service-Worker-Allowed": "/till"}
"""The worker lies below the page that it serves (Service Workers, 4.3.1)."""
_WHY = "A browser has no token before it is paired; the page holds nothing of the shop."
Answer = Callable[[str], Response[bytes]]


def page_routes() -> Sequence[ControllerRouterHandler]:
    """The pages, and their parts."""
    status, till = _answers(STATUS), _answers(TILL)

    @get("/", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_page() -> Response[bytes]:
        return status("index.html")

    @get("/status/{name:str}", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_page_part(name: FromPath[str]) -> Response[bytes]:
        return status(name)

    @get("/till", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_till() -> Response[bytes]:
        return till("index.html")

    @get("/till/{name:str}", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_till_part(name: FromPath[str]) -> Response[bytes]:
        return till(name)

    return [read_page, read_page_part, read_till, read_till_part]


def _answers(folder: str) -> Answer:
    """What serves the files of a page: what is not among them is not served."""
    place = resources.files(__package__) / folder
    files = {each.name: each.read_bytes() for each in place.iterdir() if each.is_file()}

    def answer(name: str) -> Response[bytes]:
        if name not in files:
            raise NotFoundError(f"The page has no part called {name}.")
        headers = _HEADERS | (_WORKER if name == "worker.js" else {})
        media_type = MEDIA_TYPES[name.rpartition(".")[2]]
        return Response(files[name], media_type=media_type, headers=headers)

    return answer
