"""A column of values as the text of a PostgreSQL array: a hundred rows cost one parameter.

psycopg's own arrays look at each value by itself, which takes as long as folding it did.

Source: PostgreSQL 15, 8.15.6 Array Input and Output Syntax.
"""

from collections.abc import Sequence

_QUOTE, _BETWEEN = '"', '","'


def array(column: Sequence[str | int | bytes | None]) -> str:
    """The literal; None is NULL. Values of one column are of one kind."""
    if None in column:
        return f"{{{','.join('NULL' if value is None else _one(value) for value in column)}}}"
    match column[0]:
        case int():
            return f"{{{','.join(map(str, column))}}}"
        case str():
            return _texts([str(value) for value in column])
    return f"{{{','.join(_one(value) for value in column)}}}"


def _texts(column: Sequence[str]) -> str:
    joined = _BETWEEN.join(column)
    if "\\" in joined or joined.count(_QUOTE) != 2 * (len(column) - 1):
        joined = _BETWEEN.join(map(_escaped, column))
    return f'{{"{joined}"}}'


def _one(value: str | int | bytes | None) -> str:
    match value:
        case str():
            return f'"{_escaped(value)}"'
        case bytes():
            return f'"\\\\x{value.hex()}"'
    return str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(_QUOTE, '\\"')
