"""What is wrong with a body and what would be right, from msgspec's first finding.

msgspec stops at the first mistake and tells it in English with a path. The path is cut off here
and made to name the field itself, and what msgspec leaves out is looked up in the type: the
values an enumeration has, the fields an object has, the type a missing field wants.
"""

import difflib
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from edge_daemon.errors import InvalidRequestError

_FINDING = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(?P<field>[^.\[]+)|\[(?P<index>\d+|\.\.\.)\]")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`")

_WORDS: dict[type[inspect.Type], str] = {
    inspect.BoolType: "bool",
    inspect.DictType: "object",
    inspect.FloatType: "float",
    inspect.FrozenSetType: "array",
    inspect.IntType: "int",
    inspect.ListType: "array",
    inspect.NoneType: "null",
    inspect.SetType: "array",
    inspect.StrType: "str",
    inspect.StructType: "object",
    inspect.TupleType: "array",
    inspect.VarTupleType: "array",
}
"""JSON's types in msgspec's words."""


def explain(error: Exception, kind: Any) -> InvalidRequestError:  # noqa: ANN401 - any type
    """Say what is wrong with a body that should have been a `kind`, and what would be right."""
    if isinstance(error, RecursionError):
        return InvalidRequestError("The body is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return InvalidRequestError("The body is not UTF-8.")
    if not isinstance(error, msgspec.ValidationError):
        return InvalidRequestError(f"The body is not JSON: {error}.")
    found = _FINDING.fullmatch(str(error))
    what, path = (found["what"], found["path"] or "$") if found else (str(error), "$")
    return _explain_at(what, path, list(_types_at(kind, path)))


def _explain_at(what: str, path: str, types: list[inspect.Type]) -> InvalidRequestError:
    if missing := _MISSING.fullmatch(what):
        name = missing["field"]
        wanted = [field.type for field in _fields(types) if field.encode_name == name]
        expected = " | ".join(dict.fromkeys(_describe(each) for each in wanted)) or "`any`"
        return InvalidRequestError(f"This field is missing: expected {expected}.", f"{path}.{name}")
    if unknown := _UNKNOWN.fullmatch(what):
        name = unknown["field"]
        return InvalidRequestError(_known_fields(name, types), f"{path}.{name}")
    if what.startswith("Invalid ") and (values := list(_values(types))):
        return InvalidRequestError(f"{what}: expected one of {', '.join(values)}.", path)
    return InvalidRequestError(f"{what}.", path)


def _known_fields(name: str, types: list[inspect.Type]) -> str:
    known = list(dict.fromkeys(field.encode_name for field in _fields(types)))
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    listed = ", ".join(f"`{each}`" for each in known) or "none"
    return f"There is no such field.{hint} The fields here: {listed}."


# --- the type behind a path -----------------------------------------------------------------


def _types_at(kind: Any, path: str) -> Iterator[inspect.Type]:  # noqa: ANN401 - any type
    """Every type that a value at `path` may have: several where the way leads through a union."""
    types = list(_alternatives(inspect.type_info(kind)))
    for step in _STEP.finditer(path):
        types = [
            alternative
            for outer in types
            for inner in _inside(outer, step["field"], step["index"])
            for alternative in _alternatives(inner)
        ]
    yield from types


def _alternatives(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _alternatives(each)
    elif isinstance(kind, inspect.Metadata):
        yield from _alternatives(kind.type)
    else:
        yield kind


def _inside(outer: inspect.Type, field: str | None, index: str | None) -> Iterator[inspect.Type]:
    if field is not None:
        yield from (each.type for each in _fields([outer]) if each.encode_name == field)
    elif isinstance(outer, inspect.TupleType) and index is not None and index.isdigit():
        yield from outer.item_types[int(index) : int(index) + 1]
    elif isinstance(outer, inspect.DictType):
        yield outer.value_type
    elif isinstance(outer, inspect.CollectionType | inspect.VarTupleType):
        yield outer.item_type


def _fields(types: list[inspect.Type]) -> Iterator[inspect.Field]:
    for each in types:
        if isinstance(each, inspect.StructType):
            yield from each.fields


def _values(types: list[inspect.Type]) -> Iterator[str]:
    """The values that an enumeration, a literal or the tag of a union allows."""
    for each in types:
        if isinstance(each, inspect.EnumType):
            yield from (f"`{member.value}`" for member in each.cls)
        elif isinstance(each, inspect.LiteralType):
            yield from (f"`{value}`" for value in each.values)


def _describe(kind: inspect.Type) -> str:
    """What a missing field wants, such as "`int` >= 1" or "one of `cash`, `card`"."""
    return " | ".join(dict.fromkeys(_describe_one(each) for each in _alternatives(kind)))


def _describe_one(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.EnumType | inspect.LiteralType):
        return f"one of {', '.join(_values([kind]))}"
    word = f"`{_WORDS.get(type(kind), 'any')}`"
    return word + "".join(_bounds(kind))


def _bounds(kind: inspect.Type) -> Iterator[str]:
    words = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "min_length": "of length >="}
    for name, word in words.items():
        if (bound := getattr(kind, name, None)) is not None:
            yield f" {word} {bound}"
