"""What a long run has counted, in a file, so that it goes on where it was broken off."""

import pathlib
from typing import TypeVar

import msgspec

Figures = TypeVar("Figures", bound=msgspec.Struct)


def read_figures(path: pathlib.Path, kind: type[Figures]) -> Figures:
    """What an earlier run has counted; nothing where there was none."""
    return msgspec.json.decode(path.read_bytes(), type=kind) if path.exists() else kind()


def write_figures(path: pathlib.Path, figures: msgspec.Struct) -> None:
    """Keep what was counted, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(msgspec.json.encode(figures))
    draft.replace(path)
