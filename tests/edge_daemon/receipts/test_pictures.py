"""Receipts as a customer sees them, dot by dot.

The pictures in `tests/vectors/receipts` were looked at. After a change of the layout look again:
`pytest tests/edge_daemon/receipts/test_pictures.py --redraw-receipts` writes them anew.
"""

import io
import pathlib

import pytest
import zxingcpp
from PIL import Image, ImageChops

from edge_daemon.receipts import layout, to_png
from edge_daemon.receipts.document import ReceiptDocument
from tests.edge_daemon.receipts.on_paper import DOTS, printed
from tests.edge_daemon.receipts.shops import RECEIPTS

PICTURES = pathlib.Path(__file__).parents[2] / "vectors" / "receipts"

each_receipt = pytest.mark.parametrize("receipt", RECEIPTS.values(), ids=RECEIPTS)
each_width = pytest.mark.parametrize("columns", DOTS, ids=["58mm", "80mm"])


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("1")


@each_receipt
@each_width
def test_receipt_looks_as_it_looked_when_it_was_approved(
    receipt: ReceiptDocument, columns: int, request: pytest.FixtureRequest
) -> None:
    approved = PICTURES / f"{receipt.language}-{columns}.png"
    png = printed(layout(receipt, columns), columns).png()
    if request.config.getoption("--redraw-receipts"):
        approved.write_bytes(png)
    now, then = picture(png), picture(approved.read_bytes())
    assert now.size == then.size
    assert ImageChops.logical_xor(now, then).getbbox() is None


@each_receipt
@each_width
def test_drawn_receipt_is_dot_by_dot_what_the_printer_prints(
    receipt: ReceiptDocument, columns: int
) -> None:
    drawn = picture(to_png(layout(receipt, columns), columns))
    approved = picture((PICTURES / f"{receipt.language}-{columns}.png").read_bytes())
    assert drawn.size == approved.size
    assert ImageChops.logical_xor(drawn, approved).getbbox() is None


@each_receipt
@each_width
def test_codes_on_the_picture_can_be_read(receipt: ReceiptDocument, columns: int) -> None:
    png = printed(layout(receipt, columns), columns).png()
    found = sorted(zxingcpp.read_barcodes(picture(png)), key=lambda code: code.position.top_left.y)
    return_code = [] if receipt.training else [f"R{receipt.transaction_id}"]
    link = [receipt.link] if receipt.link else []
    assert [code.text for code in found] == return_code + link
