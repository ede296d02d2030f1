"""Receipts: what a receipt says, and how it looks on paper.

Values in, values out: no clock, no device, no journal. One way through the package:

    RetailTransaction ─ compose ─► ReceiptDocument ─ layout ─► Document (drivers.pos_printer)
                                                                  ├─► the printer's bytes (driver)
                                                                  └─► text

`ReceiptDocument` is what the receipt says, whatever it is printed on; other faces (an image, a
page) start from it or from the `Document`.
"""

from edge_daemon.receipts.composing import compose
from edge_daemon.receipts.document import ReceiptDocument, Shop
from edge_daemon.receipts.layout import layout
from edge_daemon.receipts.text import to_text
from edge_daemon.receipts.words import LANGUAGES

__all__ = ["LANGUAGES", "ReceiptDocument", "Shop", "compose", "layout", "to_text"]
