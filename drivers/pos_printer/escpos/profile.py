"""What a printer model can do, from the capability database that python-escpos carries.

`profiles.toml` beside this module adds the models that it lacks and mends those that it has wrong.

Of the database only its data file is read. Importing `escpos.capabilities` would read the same
file through a YAML parser, leave a temporary directory behind and configure the root logger:
180 ms and 11 MiB against 2 ms and 2 MiB here.

Source: python-escpos 3.1, `capabilities.json`; receipt-print-hq/escpos-printer-db.
"""

import difflib
import functools
import importlib.util
import pathlib
import tomllib
from collections.abc import Mapping
from importlib import resources

import msgspec

NORMAL_FONT = "0"
"""Font A, the one that `ESC @` selects."""

COLUMN_DOTS = 12
"""Dots that a character of font A takes on the usual thermal printers."""


SLOWEST = 50
"""Millimetres a second: small portable printers. For models whose speed nobody has looked up."""


class Font(msgspec.Struct, frozen=True):
    """One of a model's fonts."""

    columns: int


class Features(msgspec.Struct, frozen=True, rename="camel"):
    """What a model understands."""

    barcode_a: bool = False
    barcode_b: bool = False
    bit_image_column: bool = False
    bit_image_raster: bool = False
    paper_full_cut: bool = False
    paper_part_cut: bool = False
    qr_code: bool = False


class _Width(msgspec.Struct, frozen=True):
    pixels: int | str | None = None


class _Media(msgspec.Struct, frozen=True):
    width: _Width | None = None


class Profile(msgspec.Struct, frozen=True, rename="camel"):
    """One model.

    Attributes:
        code_pages: Number of `ESC t` and the name of the table behind it.
        speed: Millimetres of paper a second.
        nv_graphics: It keeps images in lasting memory (GS ( L fn 64, 67, 69).
    """

    vendor: str
    features: Features
    fonts: dict[str, Font]
    code_pages: dict[int, str]
    media: _Media | None = None
    speed: int = SLOWEST
    nv_graphics: bool = False

    @property
    def dots(self) -> int | None:
        """Dots that can be printed side by side; None where the database does not know."""
        width = self.media.width if self.media else None
        return width.pixels if width and isinstance(width.pixels, int) else None

    @property
    def columns(self) -> int:
        """Characters of normal width on a line."""
        return self.fonts[NORMAL_FONT].columns


class _Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `profiles.toml` says of one model."""

    base: str | None = None
    columns: int | None = None
    dots: int | None = None
    speed: int | None = None
    nv_graphics: bool | None = None
    features: dict[str, bool] = {}


class Encoding(msgspec.Struct, frozen=True):
    """One character table: the name of Python's codec, or the 128 characters from 80h on."""

    python_encode: str | None = None
    data: list[str] | None = None


class _Database(msgspec.Struct, frozen=True):
    profiles: dict[str, msgspec.Raw]
    encodings: dict[str, Encoding]


def load_profile(name: str) -> Profile:
    """Return the profile called `name`.

    Raises:
        ValueError: There is none; the message names the nearest, or all.
    """
    known = profile_names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."
        raise ValueError(f"There is no printer profile {name!r}. {hint}")
    difference = _differences().get(name, _Difference())
    profile = _database().profiles[difference.base or name]
    return _changed(msgspec.json.decode(profile, type=Profile, strict=False), difference)


def profile_names() -> frozenset[str]:
    """Return the names of all profiles."""
    return frozenset({*_database().profiles, *_differences()})


def _changed(profile: Profile, difference: _Difference) -> Profile:
    changes: dict[str, object] = {}
    if difference.columns is not None:
        changes["fonts"] = {**profile.fonts, NORMAL_FONT: Font(difference.columns)}
    if difference.dots is not None:
        changes["media"] = _Media(_Width(difference.dots))
    if difference.speed is not None:
        changes["speed"] = difference.speed
    if difference.nv_graphics is not None:
        changes["nv_graphics"] = difference.nv_graphics
    if difference.features:
        features = {**msgspec.to_builtins(profile.features), **difference.features}
        changes["features"] = msgspec.convert(features, Features)
    return msgspec.structs.replace(profile, **changes)


def encodings() -> Mapping[str, Encoding]:
    """Return all character tables by name."""
    return _database().encodings


@functools.cache
def _database() -> _Database:
    return msgspec.json.decode(_path().read_bytes(), type=_Database)


@functools.cache
def _differences() -> dict[str, _Difference]:
    text = resources.files(__package__).joinpath("profiles.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, _Difference])


def _path() -> pathlib.Path:
    """Find the data file without importing the package."""
    found = importlib.util.find_spec("escpos")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("python-escpos is not installed.", name="escpos")
    return pathlib.Path(found.origin).with_name("capabilities.json")
