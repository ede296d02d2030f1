"""JSON members to structs and back: tolerant on receipt, strict on sending.

A struct's field `poi_transaction_id` is the member `POITransactionID`.

On receipt: unknown members are left out; a text may come as a number, a number as a text, a list
of one as the one. An optional member or an item that cannot be read is as if it were not there, a
required member makes the struct unreadable. Money is never guessed: an amount that cannot be read
makes the whole message unreadable.

On sending: every type and limit holds, or nothing is sent.
"""

import decimal
import functools
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar, cast

import msgspec
from msgspec import NODEFAULT, inspect

from drivers.wire import WireError

_ABBREVIATIONS = {"id": "ID", "poi": "POI", "ok": "OK"}
_TRUTH = {"true": True, "false": False}
LONGEST_NUMBER = 40
"""Characters; longer ones are no amounts and no counts."""


class UnreadableAmountError(WireError):
    """Raised when a message holds an amount that is no number."""


def spelled(field: str) -> str:
    """Return the member's name of a field: `sale_id` is `SaleID`."""
    return "".join(_ABBREVIATIONS.get(part, part.capitalize()) for part in field.split("_"))


class Members(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename=spelled):
    """A JSON object with named members."""


Read = TypeVar("Read", bound=Members)


def read(kind: type[Read], value: object) -> Read:
    """Return a JSON object as a struct.

    Raises:
        WireError: It is no object, or a required member is missing or unreadable.
    """
    return cast("Read", _struct(_described(kind), value))


def parse_json(data: bytes | str) -> dict[str, Any]:
    """Return a JSON object; its fractions are decimals.

    Raises:
        WireError: It is no JSON, or no object.
    """
    try:
        value = json.loads(data, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError, decimal.DecimalException) as error:
        raise WireError("This is no JSON.") from error
    if not isinstance(value, dict):
        raise WireError("This is JSON, but no object.")
    return value


def write(members: Members) -> msgspec.Raw:
    """Return a struct as JSON.

    Raises:
        WireError: A value is not what the protocol allows.
    """
    try:
        data = _ENCODER.encode(members)
        msgspec.json.decode(data, type=type(members))
    except (msgspec.ValidationError, UnicodeError) as error:
        raise WireError(f"{type(members).__name__} cannot be sent: {error}") from error
    return msgspec.Raw(data)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _refuse(constant: str) -> object:
    raise ValueError(constant)


@functools.cache
def _described(kind: type[Members]) -> inspect.Type:
    return inspect.type_info(kind)


@functools.cache
def _fields(kind: type[Members]) -> tuple[inspect.Field, ...]:
    info = _described(kind)
    if not isinstance(info, inspect.StructType):
        raise TypeError(kind)
    return info.fields


def _struct(info: inspect.Type, value: object) -> Members:
    if not isinstance(info, inspect.StructType):
        raise TypeError(info)
    if not isinstance(value, Mapping):
        raise WireError(f"{info.cls.__name__} is no object.")
    found: dict[str, object] = {}
    for field in _fields(info.cls):
        member = value.get(field.encode_name)
        if member is not None:
            found |= _member(field, member)
        elif field.required:
            raise WireError(f"{info.cls.__name__} has no {field.encode_name}.")
    return cast("Members", info.cls(**found))


def _member(field: inspect.Field, value: object) -> dict[str, object]:
    try:
        return {field.name: _value(field.type, value)}
    except UnreadableAmountError:
        raise
    except WireError as error:
        if field.default is NODEFAULT and field.default_factory is NODEFAULT:
            raise WireError(f"{field.encode_name}: {error}") from error
        return {}


def _value(info: inspect.Type, value: object) -> object:
    if isinstance(info, inspect.UnionType):
        (info,) = (each for each in info.types if not isinstance(each, inspect.NoneType))
    return _READERS[type(info)](info, value)


def _text(_: inspect.Type, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise WireError("is no text.")


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise WireError("is no number.")
    try:
        text = str(value).strip()
        number = Decimal(text) if len(text) <= LONGEST_NUMBER else Decimal("NaN")
    except (ValueError, decimal.DecimalException) as error:
        raise WireError("is no number.") from error
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_NUMBER:
        raise WireError("is no number.")
    return number


def _integer(_: inspect.Type, value: object) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise WireError("is no whole number.")
    return int(number)


def _amount(_: inspect.Type, value: object) -> Decimal:
    try:
        return _number(value)
    except WireError as error:
        raise UnreadableAmountError(f"An amount {error}") from error


def _flag(_: inspect.Type, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    raise WireError("is neither true nor false.")


def _word(info: inspect.Type, value: object) -> object:
    if not isinstance(info, inspect.EnumType):
        raise TypeError(info)
    try:
        return info.cls(value)
    except ValueError as error:
        raise WireError("is none of the known words.") from error


def _list(info: inspect.Type, value: object) -> tuple[object, ...]:
    if not isinstance(info, inspect.VarTupleType):
        raise TypeError(info)
    found = []
    for each in value if isinstance(value, list) else [value]:
        try:
            found.append(_value(info.item_type, each))
        except UnreadableAmountError:
            raise
        except WireError:
            continue
    return tuple(found)


_READERS: dict[type[inspect.Type], Callable[[inspect.Type, object], object]] = {
    inspect.StructType: _struct,
    inspect.StrType: _text,
    inspect.IntType: _integer,
    inspect.DecimalType: _amount,
    inspect.BoolType: _flag,
    inspect.EnumType: _word,
    inspect.VarTupleType: _list,
}
