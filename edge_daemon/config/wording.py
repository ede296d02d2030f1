"""The words of a mistake: what was expected, what is there, what was probably meant."""

import difflib
import itertools
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

SHOWN_LENGTH = 40
"""Characters of a wrong value that a message repeats."""
_SECRETS = ("password", "token", "secret", "pin")
"""A field whose name holds one of these is never repeated."""


def label(value: object, position: int) -> str:
    """How a table in a list of tables is called: by its name or code, else by its position."""
    if isinstance(value, dict):
        for key in ("name", "code"):
            if isinstance(value.get(key), str) and value[key]:
                return f".{value[key]}"
    return f"[{position}]"


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence with the known name that was probably meant, or nothing; begins with a space."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f' Did you mean "{near[0]}"?' if near else ""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """A sentence that says that there is no such `kind`, and what there is."""
    names = list(known)
    listed = ", ".join(f'"{other}"' for other in names) or "none"
    return f'There is no {kind} "{name}".{nearest(name, names)} Configured: {listed}.'


def shown(value: object, path: str) -> str:
    """A wrong value as the message repeats it; a secret is not repeated."""
    if any(word in path.rpartition(".")[2] for word in _SECRETS):
        return "what is there"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = _toml(value)
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…"


def expected(kind: Any) -> str:  # noqa: ANN401 - any annotation
    """Say in words what `kind` accepts: the annotation's own description where it has one."""
    return _words(inspect.type_info(kind))


def choices(kind: Any) -> list[str]:  # noqa: ANN401 - any annotation
    """The texts among which `kind` lets one choose; empty where it is not a choice."""
    return [value for value in _choices(inspect.type_info(kind)) if isinstance(value, str)]


def _words(node: inspect.Type) -> str:
    match node:
        case inspect.Metadata(extra_json_schema={"description": str(description)}):
            return description
        case inspect.Metadata(type=inner):
            return _words(inner)
        case inspect.UnionType(types=types):
            kinds = [kind for kind in types if not isinstance(kind, inspect.NoneType)]
            return " or ".join(map(_words, kinds))
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"a list, each of it {_words(item)}"
        case _:
            return _plain_words(node)


def _plain_words(node: inspect.Type) -> str:
    match node:
        case inspect.LiteralType() | inspect.EnumType():
            return "one of " + ", ".join(map(_toml, _choices(node)))
        case inspect.IntType() | inspect.FloatType():
            return _number_words(node)
        case inspect.StrType(min_length=1, max_length=None):
            return "text that is not empty"
        case inspect.StrType(min_length=minimum, max_length=maximum):
            return "text" + _bounds(" of", minimum, maximum, " characters")
        case _:
            return _FIXED_WORDS.get(type(node), "another value")


_FIXED_WORDS: dict[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.DateType: "a date such as 2026-01-31",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
}


def _number_words(node: inspect.IntType | inspect.FloatType) -> str:
    words = "a whole number" if isinstance(node, inspect.IntType) else "a number"
    limits = [
        f"above {node.gt:g}" if node.gt is not None else "",
        _bounds("", node.ge, node.le, "").strip(),
        f"below {node.lt:g}" if node.lt is not None else "",
    ]
    return " ".join([words, " and ".join(filter(None, limits))]).rstrip()


def _bounds(before: str, minimum: float | None, maximum: float | None, after: str) -> str:
    if minimum is None and maximum is None:
        return ""
    if maximum is None:
        return f"{before} at least {minimum}{after}"
    if minimum is None:
        return f"{before} at most {maximum}{after}"
    return f"{before} from {minimum} to {maximum}{after}"


def _choices(node: inspect.Type) -> Iterable[object]:
    match node:
        case inspect.Metadata(type=inner):
            return _choices(inner)
        case inspect.UnionType(types=types):
            return itertools.chain.from_iterable(map(_choices, types))
        case inspect.LiteralType(values=values):
            return values
        case inspect.EnumType(cls=cls):
            return [member.value for member in cls]
        case _:
            return ()


def _toml(value: object) -> str:
    """A plain value as TOML writes it (as JSON does)."""
    return msgspec.json.encode(value).decode()
