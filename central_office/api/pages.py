"""The back office's pages: files, served as they are.

They are open, because a browser has no session before somebody has logged in; they hold nothing of
the shop. They load nothing from elsewhere and run no inline script.
"""

from collections.abc import Iterator, Sequence
from importlib import resources
from importlib.abc import Traversable

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from central_office.api.refusals import NotFoundError
from edge_daemon.web import open_to_all

ROOM = "central_office"
FOLDER = "backoffice"
MEDIA_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webmanifest": "application/manifest+json",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' blob: data:; manifest-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""Only what the office serves itself; a receipt is a picture that the page makes of an answer."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_WHY = "A browser has no session before somebody has logged in; the pages hold nothing of the shop."


def page_routes() -> Sequence[ControllerRouterHandler]:
    """The pages at `/`, and their parts at `/office/…`."""
    folder = resources.files(ROOM) / FOLDER
    files = dict(_read(folder, "")) if folder.is_dir() else {}

    def answer(name: str) -> Response[bytes]:
        if name not in files:
            raise NotFoundError(f"The back office has no part called {name}.")
        return Response(files[name], media_type=_media_type(name), headers=_HEADERS)

    @get("/", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_page() -> Response[bytes]:
        return answer("index.html")

    @get("/office/{name:str}", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_page_part(name: FromPath[str]) -> Response[bytes]:
        return answer(name)

    @get("/office/{room:str}/{name:str}", include_in_schema=False, opt=open_to_all(_WHY))
    async def read_part_of_room(room: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        return answer(f"{room}/{name}")

    return [read_page, read_page_part, read_part_of_room]


def _media_type(name: str) -> str:
    return MEDIA_TYPES[name.rpartition(".")[2]]


def _read(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Every file that a browser knows, by its name: what is not among them is not served."""
    for each in folder.iterdir():
        if each.is_dir():
            yield from _read(each, f"{prefix}{each.name}/")
        elif each.name.rpartition(".")[2] in MEDIA_TYPES:
            yield prefix + each.name, each.read_bytes()
