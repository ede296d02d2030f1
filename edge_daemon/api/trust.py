"""How a tablet learns to trust this box: the authority's certificate, and a page that helps.

Both are open: a browser that does not trust the box yet has no token to send, and a certificate
is no secret. What keeps a false one out is the fingerprint, which the receipt printer prints.
"""

import html
import tomllib
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from edge_daemon.errors import NotFoundError
from edge_daemon.web import documented, open_to_all

CERTIFICATE = "application/x-x509-ca-cert"
"""What Android, Apple's systems and Windows take for a certificate to install."""
_WHY = "A browser that does not trust the box yet has no token; a certificate is no secret."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


class Trust(msgspec.Struct, frozen=True):
    """What the page is about.

    Attributes:
        authority: PEM.
        fingerprint: SHA-256 of it.
        url: Where registers find the box.
        language: The shop's, ISO 639-1, for who asks for none that we know.
    """

    authority: bytes
    fingerprint: str
    url: str
    language: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page in one language; `systems` are how each system installs a certificate."""

    title: str
    why: str
    compare: str
    download: str
    then: str
    scan: str
    systems: dict[str, str]


def _load() -> dict[str, Words]:
    text = resources.files(__package__).joinpath("trust.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Words])


_WORDS = _load()
LANGUAGES = tuple(_WORDS)


def trust_routes(trust: Callable[[], Trust | None]) -> Sequence[ControllerRouterHandler]:
    """The routes; without an authority of the box's own there is nothing at them."""

    def known() -> Trust:
        found = trust()
        if found is None:
            raise NotFoundError("This box has no authority of its own: nothing has to be trusted.")
        return found

    @get(
        "/trust",
        media_type=MediaType.HTML,
        responses={
            200: _answer("text/html", "The page, in the browser's language."),
            **documented(404),
        },
        opt=open_to_all(_WHY),
    )
    async def read_trust_page(request: Request[Any, Any, Any]) -> Response[str]:
        """How to let a tablet, phone or computer trust this box."""
        found = known()
        wanted = request.headers.get("accept-language", "")
        page = _page(found, _WORDS[_language(wanted, found.language)])
        return Response(
            page, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY}
        )

    @get(
        "/trust/authority.crt",
        media_type=CERTIFICATE,
        responses={200: _answer(CERTIFICATE, "The certificate, PEM."), **documented(404)},
        opt=open_to_all(_WHY),
    )
    async def read_authority() -> Response[bytes]:
        """The certificate of the box's own authority."""
        name = 'attachment; filename="authority.crt"'
        headers = {"Content-Disposition": name}
        return Response(known().authority, media_type=CERTIFICATE, headers=headers)

    return [read_trust_page, read_authority]


def _answer(media_type: str, description: str) -> ResponseSpec:
    return ResponseSpec(
        data_container=str, media_type=media_type, description=description, generate_examples=False
    )


def _language(wanted: str, otherwise: str) -> str:
    """The first language that the browser wants and we know."""
    for each in wanted.split(","):
        code = each.partition(";")[0].strip()[:2].lower()
        if code in _WORDS:
            return code
    return otherwise if otherwise in _WORDS else "en"


def _page(trust: Trust, words: Words) -> str:
    systems = "".join(
        f"<h2>{html.escape(name)}</h2><p>{html.escape(text)}</p>"
        for name, text in words.systems.items()
    )
    title = html.escape(words.title)
    groups = trust.fingerprint.split(":")
    fingerprint = "<br>".join(":".join(groups[start : start + 8]) for start in range(0, 32, 8))
    return (
        f'<!doctype html><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body{font:17px/1.5 sans-serif;max-width:38em;margin:1em auto;padding:0 1em}"
        "code{font-size:1.1em}a.go{display:inline-block;padding:.6em 1em;background:#064;"
        "color:#fff;border-radius:.4em;text-decoration:none}</style>"
        f"<h1>{title}</h1><p>{html.escape(words.why)}</p>"
        f"<p>{html.escape(words.compare)}</p><p><code>{fingerprint}</code></p>"
        f'<p><a class="go" href="/trust/authority.crt">{html.escape(words.download)}</a></p>'
        f"{systems}<p>{html.escape(words.then)} <code>{html.escape(trust.url)}</code></p>"
        f"<p>{html.escape(words.scan)}</p>"
        f'<p><img alt="{html.escape(trust.url)}/trust" src="{_qr(trust.url + "/trust")}"></p>'
    )


def _qr(text: str) -> str:
    """A QR code, as the address of a picture."""
    import segno  # noqa: PLC0415 - for this page alone

    uri: str = segno.make(text, micro=False).svg_data_uri(scale=5, border=4)
    return uri
