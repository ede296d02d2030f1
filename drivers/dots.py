"""Pictures as black dots on white, as print heads take them.

What is grey becomes a pattern of dots (Floyd and Steinberg), but what is nearly white or black is
made so first: else the noise of a JPEG is a haze around every letter. Pillow does the work, in C,
and is imported with the first picture.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import PIL.Image

_DARK, _LIGHT = 64, 192
"""Greys up to here are black, from here on white."""
_TONES = 256
_INVERTED = [255] + [0] * (_TONES - 1)
"""White may be 1 or 255 in a picture of mode `1`."""


@dataclass(frozen=True, slots=True)
class Dots:
    """Rows of dots, each padded to bytes, eight to a byte, the highest bit left; 1 is black."""

    width: int
    height: int
    rows: bytes


def dither(grey: "PIL.Image.Image") -> Dots:
    """Turn a picture of mode `L` into dots."""
    span = _LIGHT - _DARK
    levels = [min(max((tone - _DARK) * 255 // span, 0), 255) for tone in range(_TONES)]
    return pack(grey.point(levels).convert("1"))


def pack(picture: "PIL.Image.Image") -> Dots:
    """Take the dots of a picture of mode `1` as they are."""
    black = picture.point(_INVERTED)
    return Dots(black.width, black.height, black.tobytes())


def unpack(dots: Dots) -> "PIL.Image.Image":
    """Turn dots into a picture of mode `1`."""
    from PIL import Image  # noqa: PLC0415 - only where pictures are printed

    return Image.frombytes("1", (dots.width, dots.height), dots.rows).point(_INVERTED)
