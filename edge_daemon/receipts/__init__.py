"""Receipts: what a receipt says, and how it looks on paper.

Values in, values out: no clock, no device, no journal. One way through the package:

    RetailTransaction ─ compose ─► ReceiptDocument ─ layout ─► Document (drivers.pos_printer)
                                                                  ├─► the printer's bytes (driver)
                                                                  ├─► a picture
                                                                  ├─► a page for a browser
                                                                  └─► text

`ReceiptDocument` is what the receipt says, whatever it is printed on; `layout` is the only place
that knows where things stand.
"""

from edge_daemon.receipts.composing import compose
from edge_daemon.receipts.document import ReceiptDocument, Shop
from edge_daemon.receipts.layout import layout
from edge_daemon.receipts.page import to_html
from edge_daemon.receipts.picture import to_png
from edge_daemon.receipts.report import ReportDocument, report_document
from edge_daemon.receipts.report_layout import layout_report
from edge_daemon.receipts.text import to_text
from edge_daemon.receipts.words import LANGUAGES

__all__ = [
    "LANGUAGES",
    "ReceiptDocument",
    "ReportDocument",
    "Shop",
    "compose",
    "layout",
    "layout_report",
    "report_document",
    "to_html",
    "to_png",
    "to_text",
]
