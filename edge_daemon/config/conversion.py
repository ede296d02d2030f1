"""TOML values to structs, with every mistake and where it stands.

`msgspec.convert` stops at the first mistake. So tables and lists are walked here, field by field,
and msgspec converts and judges the leaves. What a leaf should have been is said from the same
annotation that msgspec used (`wording`), so message and check cannot drift apart.
"""

import enum
import types
import typing
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from edge_daemon.config.wording import choices, expected, label, nearest, shown


class Wrong(enum.Enum):
    """Stands for a value that had mistakes."""

    WRONG = "wrong"


WRONG: Final = Wrong.WRONG


def convert(value: object, kind: Any, path: str, mistakes: list[str]) -> Any:  # noqa: ANN401 - any annotation
    """Convert `value` to the annotation `kind`.

    Args:
        value: As tomllib gives it.
        kind: A type that msgspec supports, `Annotated` with its bounds included.
        path: Where it stands in the file.
        mistakes: Each mistake is added here, as one line that begins with its path.

    Returns:
        The converted value, or `WRONG` when a mistake was added.
    """
    inner = _without_none_and_bounds(kind)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, dict):
        return _convert_table(value, inner, path, mistakes)
    if typing.get_origin(inner) in (tuple, list) and isinstance(value, list):
        return _convert_list(value, inner, path, mistakes)
    return _convert_leaf(value, kind, path, mistakes)


def _without_none_and_bounds(kind: Any) -> Any:  # noqa: ANN401 - any annotation
    while True:
        if typing.get_origin(kind) is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif typing.get_origin(kind) in (typing.Union, types.UnionType):
            rest = [part for part in typing.get_args(kind) if part is not types.NoneType]
            if len(rest) != 1:
                return kind
            kind = rest[0]
        else:
            return kind


def _convert_table(
    table: Mapping[str, object], kind: type[msgspec.Struct], path: str, mistakes: list[str]
) -> Any:  # noqa: ANN401 - an instance of kind
    before = len(mistakes)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    if kind.__struct_config__.forbid_unknown_fields:
        mistakes += [
            f"{_join(path, key)}: there is no such key.{nearest(key, fields.keys() - table.keys())}"
            for key in table
            if key not in fields
        ]
    found = {}
    for key, field in fields.items():
        if key in table:
            found[field.name] = convert(table[key], field.type, _join(path, key), mistakes)
        elif field.required:
            mistakes.append(f"{_join(path, key)}: missing. Expected {expected(field.type)}.")
    if len(mistakes) > before:
        return WRONG
    try:
        return kind(**found)
    except (TypeError, ValueError) as error:
        mistakes.append(f"{path}: {error}")
        return WRONG


def _convert_list(values: list[object], kind: Any, path: str, mistakes: list[str]) -> Any:  # noqa: ANN401
    element = typing.get_args(kind)[0]
    found = [
        convert(value, element, path + label(value, position), mistakes)
        for position, value in enumerate(values)
    ]
    return WRONG if WRONG in found else typing.get_origin(kind)(found)


def _convert_leaf(value: object, kind: Any, path: str, mistakes: list[str]) -> Any:  # noqa: ANN401
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        guess = nearest(value, choices(kind)) if isinstance(value, str) else ""
        mistakes.append(f"{path}: expected {expected(kind)}, not {shown(value, path)}.{guess}")
        return WRONG


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
