"""A receipt as a page for the customer's phone: what is on the paper, without the card.

The page loads nothing, runs nothing and says nothing about a card: see `POLICY`.
"""

import base64
import hashlib
import html

import msgspec

from drivers.pos_printer import Alignment, AnyElement, Document, Feed, QrCode, Text
from edge_daemon.receipts.columns import cut
from edge_daemon.receipts.document import ReceiptDocument
from edge_daemon.receipts.layout import layout

COLUMNS = 32
"""As on the narrowest paper: a phone shows them without scrolling."""

_STYLE = (
    "body{margin:0;background:#ddd;color:#000}"
    "main{width:32ch;margin:1rem auto;padding:1.2rem;background:#fff;"
    "font:clamp(11px,4.3vw,17px)/1.35 ui-monospace,DejaVu Sans Mono,Menlo,Consolas,monospace}"
    "p{margin:0;white-space:pre;min-height:1.35em}"
    ".centre{text-align:center}.right{text-align:right}.bold{font-weight:bold}"
    ".wide{font-size:200%;line-height:1.2}.tall{font-size:115%}"
    "img{display:block;margin:.5rem auto;width:40%;image-rendering:pixelated}"
    "@media print{body{background:#fff}}"
)

POLICY = (
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
"""The Content-Security-Policy of the page: its own style and its own pictures."""


def without_cards(receipt: ReceiptDocument) -> ReceiptDocument:
    """The receipt with nothing about a card: no slip, and no brand beside the amount."""
    tenders = tuple(msgspec.structs.replace(tender, label=None) for tender in receipt.tenders)
    return msgspec.structs.replace(receipt, slips=(), tenders=tenders)


def to_html(receipt: ReceiptDocument) -> str:
    """Write a receipt as a page; card slips and its own link are left out."""
    shown = msgspec.structs.replace(without_cards(receipt), link=None)
    language = html.escape(receipt.language, quote=True)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{html.escape(receipt.shop.name)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{_body(layout(shown, COLUMNS))}</main></body></html>"
    )


def _body(document: Document) -> str:
    return "".join(_element(element) for element in document)


def _element(element: AnyElement) -> str:
    match element:
        case Text():
            width = max(COLUMNS // element.width, 1)
            lines = cut(element.text, width) or [""]
            return "".join(f"<p{_classes(element)}>{html.escape(line)}</p>" for line in lines)
        case QrCode(data):
            return f'<img alt="{html.escape(data)}" src="{_code(data)}">'
        case Feed(lines):
            return "<p></p>" * lines
        case _:
            return ""


def _classes(element: Text) -> str:
    names = [] if element.alignment is Alignment.LEFT else [str(element.alignment)]
    names += ["bold"] if element.bold else []
    names += ["wide"] if element.width > 1 else ["tall"] if element.height > 1 else []
    return f' class="{" ".join(names)}"' if names else ""


def _code(data: str) -> str:
    import segno  # noqa: PLC0415 - for pages alone

    uri: str = segno.make_qr(data).svg_data_uri(scale=4, border=4)
    return uri
