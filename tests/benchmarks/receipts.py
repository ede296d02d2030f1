"""Receipts set, drawn and dithered per second; the limits are other libraries' same work."""

import io
import time
from collections.abc import Callable

import msgspec
from escpos.printer import Dummy  # type: ignore[import-untyped]  # carries no types
from PIL import Image as Picture

from drivers.dots import dither
from drivers.pos_printer import Alignment, Image
from edge_daemon.receipts import layout, to_png, to_text
from simulators.pos_printer.receipt import Receipt
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure
from tests.edge_daemon.receipts.documents import CASH_RECEIPT
from tests.edge_daemon.receipts.on_paper import PROFILES, encoder, printed

COLUMNS = 48
LOGO = (576, 400)
TEXT_ONLY = msgspec.structs.replace(CASH_RECEIPT, transaction_id=None)
PICTURES_SHARE = 10
"""A picture takes as long as ten receipts as bytes."""


async def measure(effort: Effort) -> list[Figure]:
    """Set the same receipt again and again, then a logo as wide as the paper."""
    times = effort.prints
    printer = encoder(PROFILES[COLUMNS])
    logo = gradient()
    text = to_text(layout(TEXT_ONLY, COLUMNS), COLUMNS)
    png = to_png(layout(CASH_RECEIPT, COLUMNS), COLUMNS)
    pictures = max(times // PICTURES_SHARE, 1)
    saving = _per_second(lambda: _saved(Picture.open(io.BytesIO(png))), pictures)
    return [
        Figure(
            name="receipt → bytes, text only",
            unit="/s",
            measured=_per_second(lambda: printer.render(layout(TEXT_ONLY, COLUMNS)), times),
            limit=_per_second(lambda: _as_python_escpos(text), times),
            limit_is="python-escpos, its lines already set",
            aim=Aim(value=1000, better="higher"),
        ),
        Figure(
            name="logo 576 x 400, dithered and encoded",
            unit="/s",
            measured=_per_second(lambda: printer.render((dithered(logo),)), pictures),
            limit=_per_second(lambda: python_escpos_image(logo), pictures),
            limit_is="python-escpos's own image",
            aim=Aim(value=1, of="ratio", better="higher"),
        ),
        Figure(
            name="receipt → ESC/POS → PNG, by the simulator",
            unit="/s",
            measured=_per_second(lambda: _on_paper().png(), pictures),
            limit=saving,
            limit_is="Pillow, reading and writing that PNG",
        ),
        Figure(
            name="receipt → PNG",
            unit="/s",
            measured=_per_second(lambda: to_png(layout(CASH_RECEIPT, COLUMNS), COLUMNS), pictures),
            limit=saving,
            limit_is="Pillow, reading and writing that PNG",
        ),
    ]


def gradient() -> Picture.Image:
    """A picture with every grey, as wide as paper of 80 mm."""
    return Picture.linear_gradient("L").resize(LOGO)


def dithered(grey: Picture.Image) -> Image:
    """The picture as an element of a document."""
    dots = dither(grey)
    return Image(dots.width, dots.height, dots.rows, Alignment.LEFT)


def python_escpos_image(grey: Picture.Image) -> bytes:
    """The same by python-escpos."""
    printer = Dummy(profile="TM-T20II")
    printer.image(grey, impl="bitImageRaster")
    return bytes(printer.output)


def _as_python_escpos(text: str) -> bytes:
    printer = Dummy(profile="TM-T20II")
    printer.text(text)
    return bytes(printer.output)


def _on_paper() -> Receipt:
    return printed(layout(CASH_RECEIPT, COLUMNS), COLUMNS)


def _saved(picture: Picture.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _per_second(act: Callable[[], object], times: int) -> float:
    act()
    began = time.perf_counter()
    for _ in range(times):
        act()
    return times / (time.perf_counter() - began)
