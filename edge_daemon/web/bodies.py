"""Request bodies, read strictly: what is not exactly right is refused with its place.

Litestar's own reading coerces: it takes `"1"` and `5.0` for 1, and `1` for true. So a handler
names `dto=StrictBody[SaleRequest]` and takes `data: Body[SaleRequest]`: the typed request for the
work, and the untyped JSON for the idempotency hash and the journal. JSON is the only format.

Numbers: an integer beyond ±(2^53 - 1) is refused, because a JSON reader may silently round it
(RFC 7493, 2.2), and the office must see the amount that the register sent. Of two equal names in
one object the last counts, in the typed request as in the untyped one.
"""

import dataclasses
import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

import msgspec
from litestar.connection import ASGIConnection
from litestar.dto import AbstractDTO, DTOConfig, DTOFieldDefinition
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import Reference, Schema
from litestar.params import BodyKwarg
from litestar.typing import FieldDefinition
from msgspec import inspect

from edge_daemon.errors import InvalidRequestError
from edge_daemon.web.mistakes import explain
from edge_daemon.web.problems import JSON, UnsupportedMediaTypeError
from edge_daemon.web.rights import RIGHTS, Rights

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator  # handed in by Litestar

RequestT = TypeVar("RequestT")

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader holds exactly (RFC 7493, 2.2)."""
_MANY_DIGITS = re.compile(rb"\d{16}")
"""Without so many digits in a row no integer can be too large: the usual body is not walked."""


@dataclasses.dataclass(frozen=True, slots=True)
class JsonBody(Generic[RequestT]):
    """A body that was read: `request` is what it means, `json` what it said, without defaults."""

    request: RequestT
    json: dict[str, Any]


Body = Annotated[JsonBody[RequestT], BodyKwarg(media_type=RequestEncodingType.JSON)]
"""How a handler declares its body: `data: Body[SaleRequest]`."""


class BodyDecoder(Generic[RequestT]):
    """Reads the bodies of one type of request.

    Raises:
        TypeError: When made for a type that would ignore unknown fields somewhere.
    """

    def __init__(self, kind: type[RequestT]) -> None:
        for struct in open_structs(inspect.type_info(kind), set()):
            raise TypeError(f"{struct.__name__} in {kind.__name__} must forbid unknown fields.")
        self._kind = kind
        self._typed = msgspec.json.Decoder(kind, strict=True)
        self._untyped = msgspec.json.Decoder(dict[str, Any])

    def decode(self, data: bytes) -> JsonBody[RequestT]:
        """Read a body.

        Raises:
            InvalidRequestError: With the path of the first mistake and what would be right.
        """
        try:
            body = JsonBody(self._typed.decode(data), self._untyped.decode(data))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise explain(error, self._kind) from error
        if _MANY_DIGITS.search(data):
            _refuse_large_integers(body.json, "$")
        return body


@functools.cache
def _decoder(kind: type[RequestT]) -> BodyDecoder[RequestT]:
    """One for each type: two addresses may take the same, and looking into it takes a while."""
    return BodyDecoder(kind)


class StrictBody(AbstractDTO[RequestT]):
    """Litestar's hook for reading a body: `dto=StrictBody[SaleRequest]`."""

    decoder: ClassVar[BodyDecoder[Any]]

    def __class_getitem__(cls, kind: Any) -> Any:  # noqa: ANN401 - any type, unions too
        """The reader of one type of request."""
        if isinstance(kind, TypeVar):
            return cls
        members = {"config": DTOConfig(), "model_type": kind, "decoder": _decoder(kind)}
        return type(f"{cls.__name__}[{kind}]", (cls,), members)

    def decode_bytes(self, value: bytes) -> JsonBody[RequestT]:
        """Read the body of the request under way.

        Raises:
            UnsupportedMediaTypeError: It does not say that it is JSON.
            InvalidRequestError: It is not what the handler takes.
            NotPermittedError: It names a workstation that its caller does not act for.
        """
        refuse_other_formats(self.asgi_connection)
        body: JsonBody[RequestT] = self.decoder.decode(value)
        rights: Rights = self.asgi_connection.route_handler.opt[RIGHTS]
        rights.check_body(self.asgi_connection, body.json)
        return body

    @classmethod
    def create_for_field_definition(cls, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Nothing to make: the decoder is made with the class."""

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Only bodies are read here; answers are encoded as they are."""
        return field_definition.name == "data"

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Iterator[DTOFieldDefinition]:  # type: ignore[override] # an iterator is all that Litestar asks of it
        """Nothing is transferred field by field."""
        del model_type
        return iter(())

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Nothing is transferred field by field."""
        del field_definition
        return False

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: "SchemaCreator"
    ) -> Reference | Schema:
        """The schema of the request itself."""
        del field_definition, handler_id
        return schema_creator.for_field_definition(FieldDefinition.from_annotation(cls.model_type))


def refuse_other_formats(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Raise `UnsupportedMediaTypeError` unless the request says that its body is JSON."""
    stated = connection.headers.get("content-type", "")
    if stated.partition(";")[0].strip().lower() != JSON:
        raise UnsupportedMediaTypeError(
            detail=f"The body must be {JSON}, not {stated or 'unsaid'}."
        )


def open_structs(kind: inspect.Type, seen: set[type]) -> Iterator[type]:
    """Every struct within `kind` that would ignore unknown fields."""
    if isinstance(kind, inspect.StructType):
        if kind.cls in seen:
            return
        seen.add(kind.cls)
        if not kind.forbid_unknown_fields:
            yield kind.cls
        inner = [field.type for field in kind.fields]
    else:
        inner = [*getattr(kind, "types", ()), *getattr(kind, "item_types", ())]
        names = ("type", "item_type", "key_type", "value_type")
        inner += [each for name in names if (each := getattr(kind, name, None)) is not None]
    for each in inner:
        yield from open_structs(each, seen)


def _refuse_large_integers(value: object, path: str) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_large_integers(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_large_integers(inner, f"{path}[{index}]")
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise InvalidRequestError(f"Expected an integer within ±{LARGEST_INTEGER}.", path)
