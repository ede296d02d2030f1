"""Codes as another program draws and reads them: what a scanner sends, and what it says to us."""

import json
import pathlib
from typing import Any

import pytest
import zxingcpp

from drivers.wire.gs1 import Code, read_code

VECTORS = json.loads(
    (pathlib.Path(__file__).parents[1] / "vectors" / "barcodes.json").read_text("utf-8")
)["vectors"]


def shown(vector: dict[str, Any]) -> str:
    return f"{vector['symbol']} {vector['drawn']}"


@pytest.mark.parametrize("vector", VECTORS, ids=shown)
def test_symbol_is_read_as_it_is_drawn(vector: dict[str, Any]) -> None:
    assert as_sent(vector["symbol"], vector["drawn"]) == vector["sent"]
    assert read_code(vector["sent"]) == Code(**vector["code"])


def as_sent(symbol: str, content: str) -> str:
    """What a scanner that sends the AIM identifier would send, by zxing-cpp."""
    options: Any = {"gs1": True} if content.startswith("(") else {}
    drawn = zxingcpp.create_barcode(content, getattr(zxingcpp.BarcodeFormat, symbol), **options)
    found = zxingcpp.read_barcodes(
        zxingcpp.write_barcode_to_image(drawn, scale=4),
        text_mode=zxingcpp.TextMode.Plain,
        ean_add_on_symbol=zxingcpp.EanAddOnSymbol.Read,
    )
    longest = max(found, key=lambda each: len(each.text))  # one with its add-on, one without
    return f"{longest.symbology_identifier}{longest.text}"
