"""What must be, held against what is: a part of it is enough."""

from collections.abc import Iterator, Mapping, Sequence

CONTAINS = "contains"
"""`{contains: x}` wants x somewhere in a text, or an element like x in a list."""


def differences(wanted: object, found: object, place: str) -> Iterator[str]:
    """Say in what `found` is not as `wanted`; what is not asked for may be anything."""
    if isinstance(wanted, Mapping) and set(wanted) == {CONTAINS}:
        yield from _missing(wanted[CONTAINS], found, place)
    elif isinstance(wanted, Mapping):
        if not isinstance(found, Mapping):
            yield f"{place} is {found!r}, which has no {', '.join(wanted)}"
            return
        for name, value in wanted.items():
            if name in found:
                yield from differences(value, found[name], f"{place}.{name}")
            else:
                yield f"{place} has no {name}; it has {', '.join(map(str, found))}"
    elif type(wanted) is not type(found) or wanted != found:
        yield f"{place} is {found!r}, not {wanted!r}"


def _missing(wanted: object, found: object, place: str) -> Iterator[str]:
    if isinstance(found, str):
        if str(wanted) not in found:
            yield f"{place} does not contain {wanted!r}; it is {found!r}"
    elif isinstance(found, Sequence):
        if all(any(differences(wanted, each, place)) for each in found):
            yield f"{place} has nothing like {wanted!r}; it has {list(found)!r}"
    else:
        yield f"{place} is {found!r}, which contains nothing"
