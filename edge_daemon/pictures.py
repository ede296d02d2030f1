"""Pictures as dots on paper.

Tills draw a receipt on a canvas and send it as a JPEG, or send dots. A picture is decoded by what
it is, not by what it is called, after its size was judged: a few bytes can claim gigabytes. It is
made as narrow as the paper, and its greys become patterns of dots (`drivers.dots`).

Decoding blocks, so it runs on a lane. Pillow is imported with the first picture.
"""

import base64
import binascii
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from drivers.dots import dither
from drivers.lane import Lane
from drivers.pos_printer import Alignment, Image

if TYPE_CHECKING:
    import PIL.Image

Params = ParamSpec("Params")
Result = TypeVar("Result")

MAX_SIDE = 20_000
"""Dots; 2.5 m of paper."""
MAX_PIXELS = 16_000_000
"""2,000 by 8,000: a long receipt on a sharp screen. Decoded in grey 16 MB."""


class PictureError(ValueError):
    """Raised when bytes are no picture that can be printed; the message says why."""


class Pictures:
    """Makes pictures printable, one after another, off the event loop."""

    def __init__(self) -> None:
        self._lane: Lane | None = None

    async def decode(self, data: bytes, line_width: int) -> Image:
        """Turn a JPEG or PNG into dots.

        Raises:
            PictureError: It is neither, is damaged, or is too large.
        """
        return await self.run(decode_picture, data, line_width)

    async def run(
        self, function: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Run what decodes pictures on the lane; raises what it raises."""
        if self._lane is None:
            self._lane = Lane("pictures")
        return await self._lane.run(function, *args, **kwargs)

    def close(self) -> None:
        """End the lane."""
        if self._lane is not None:
            self._lane.close()


def decode_base64(text: str) -> bytes:
    """Read base64 with or without a `data:` prefix, with or without line breaks.

    Raises:
        PictureError: It is no base64.
    """
    if text.startswith("data:"):
        text = text.partition(",")[2]
    compact = "".join(text.split())
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError("The image is not base64.") from error


def decode_picture(data: bytes, line_width: int) -> Image:
    """As `Pictures.decode`; blocks."""
    from PIL import Image as Pillow  # noqa: PLC0415 - only where pictures come

    try:
        with Pillow.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            _judge_size(picture.width, picture.height)
            picture.draft("L", (line_width, line_width))
            grey = _on_white(picture)
    except PictureError:
        raise
    except Exception as error:  # Pillow raises many things at damaged data
        raise PictureError("The image is no JPEG or PNG that can be read.") from error
    if grey.width > line_width:
        height = max(1, round(grey.height * line_width / grey.width))
        grey = grey.resize((line_width, height))
    dots = dither(grey)
    return Image(dots.width, dots.height, dots.rows, Alignment.CENTRE)


def _judge_size(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise PictureError(
            f"The image has {width} x {height} dots; at most {MAX_PIXELS:,} in all can be printed."
        )


def _on_white(picture: "PIL.Image.Image") -> "PIL.Image.Image":
    """In grey; what is transparent is paper."""
    from PIL import Image as Pillow  # noqa: PLC0415 - as above

    if "A" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        paper = Pillow.new("RGBA", layer.size, "white")
        return Pillow.alpha_composite(paper, layer).convert("L")
    return picture.convert("L")


def packed_dots(width: int, height: int, data: bytes) -> bytes:
    """Rows padded to bytes, from rows that are, or from one run of bits without padding.

    Odoo packs all rows into one run, Epson's own library pads each; they differ in length where
    the width is no multiple of 8.

    Raises:
        PictureError: The data has neither length, or there is too much of it.
    """
    _judge_size(width, height)
    row = -(-width // 8)
    if len(data) == row * height:
        return data
    if len(data) != -(-width * height // 8):
        raise PictureError(f"{len(data)} bytes are no image of {width} x {height} dots.")
    rows = bytearray()
    for bit in range(0, width * height, width):
        end = bit + width
        window = int.from_bytes(data[bit // 8 : -(-end // 8)])
        dots = window >> (-end % 8) & ((1 << width) - 1)
        rows += (dots << (-width % 8)).to_bytes(row)
    return bytes(rows)


def tones_to_dots(width: int, height: int, data: bytes) -> bytes:
    """Rows of dots from 16 tones, two to a byte, the left one high; 15 is black.

    That 15 is the dark end is inferred from the images of one tone, where 1 is black.

    Raises:
        PictureError: The data has another length, or there is too much of it.
    """
    from PIL import Image as Pillow  # noqa: PLC0415 - as above

    _judge_size(width, height)
    row = -(-width // 2)
    if len(data) != row * height:
        raise PictureError(f"{len(data)} bytes are no image of {width} x {height} dots, 16 tones.")
    spread = bytes(255 - tone * 17 for byte in data for tone in (byte >> 4, byte & 15))
    grey = Pillow.frombytes("L", (row * 2, height), spread).crop((0, 0, width, height))
    return dither(grey).rows
