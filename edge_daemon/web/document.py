"""The OpenAPI document, from the typed handlers, with msgspec's own schemas.

Litestar finds the paths, parameters and answers. Its schemas of structs are not what msgspec
reads (`tuple[X, ...]` becomes a choice between `X` and anything, unknown fields seem welcome),
so every struct is only named by Litestar, and `msgspec.json.schema_components` says what it is.
"""

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from litestar import Litestar, Request, Router, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Schema, SecurityScheme
from litestar.plugins import OpenAPISchemaPlugin
from litestar.routes import BaseRoute
from litestar.types import ControllerRouterHandler
from litestar.typing import FieldDefinition

from edge_daemon.web.registration import make_ready
from edge_daemon.web.rights import (
    handlers,
    is_open,
    needs_token,
    scopes_of,
    takes_any_token,
)

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator  # handed in by Litestar

_REFERENCE = "#/components/schemas/{name}"
_PREFIX = _REFERENCE.format(name="")


class About(NamedTuple):
    """What the document says of the application as a whole, and where it is."""

    title: str
    version: str
    description: str
    bearer: str = "A token, from pairing; one of the scopes."
    document_path: str = "/openapi.json"


class StructNames(OpenAPISchemaPlugin):
    """Lets Litestar name structs, and remembers which they were."""

    def __init__(self) -> None:
        self.structs: dict[str, type[msgspec.Struct]] = {}

    @staticmethod
    def is_plugin_supported_type(value: object) -> bool:
        """Structs only."""
        return isinstance(value, type) and issubclass(value, msgspec.Struct)

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Structs only, not a choice between some."""
        return not field_definition.is_union and field_definition.is_subclass_of(msgspec.Struct)

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: "SchemaCreator"
    ) -> Schema:
        """A reference to a component that has only a title: the struct's full name."""
        struct = field_definition.annotation
        title = f"{struct.__module__}.{struct.__qualname__}"
        self.structs[title] = struct
        return schema_creator.create_component_schema(
            field_definition, required=[], property_fields={}, title=title
        )


class NoPages(Router):
    """Where Litestar would put pages of its own (an HTML 404, a root, viewers): nowhere."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        """Leave it."""
        del value
        return []


def document_route(names: StructNames, path: str) -> HTTPRouteHandler:
    """The route of the document.

    It is made at the first request and kept as bytes. Making it takes tens of milliseconds, on a
    Pi hundreds, so a thread does it: the counter sells on meanwhile.
    """
    making: list[asyncio.Future[bytes]] = []

    def make(app: Litestar) -> bytes:
        return msgspec.json.encode(_document(app, names))

    @get(path, media_type=MediaType.JSON, include_in_schema=False, opt=needs_token())
    async def read_document(request: Request[Any, Any, Any]) -> bytes:
        if not making:
            making.append(asyncio.ensure_future(asyncio.to_thread(make, request.app)))
        return await asyncio.shield(making[0])

    return read_document


def document_of(app: Litestar) -> dict[str, Any]:
    """The document of an application that was made by `create_app`."""
    return _document(app, app.plugins.get(StructNames))


def _document(app: Litestar, names: StructNames) -> dict[str, Any]:
    make_ready(app)
    document = _with_schemas(app.openapi_schema.to_schema(), names.structs)
    _complete(document, app)
    return document


def document_config(about: About) -> OpenAPIConfig:
    """What Litestar has to know about the document."""
    bearer = SecurityScheme(type="http", scheme="bearer", description=about.bearer)
    return OpenAPIConfig(
        title=about.title,
        version=about.version,
        description=about.description,
        components=Components(security_schemes={"bearer": bearer}),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        render_plugins=[JsonRenderPlugin()],  # without any Litestar takes them all
        openapi_router=NoPages(path="/", route_handlers=[]),
    )


def _with_schemas(
    document: dict[str, Any], structs: dict[str, type[msgspec.Struct]]
) -> dict[str, Any]:
    """The document with msgspec's schemas in place of Litestar's named, empty ones."""
    titles = list(structs)
    references, components = msgspec.json.schema_components(
        [structs[title] for title in titles], ref_template=_REFERENCE
    )
    named = {title: each["$ref"] for title, each in zip(titles, references, strict=True)}
    stubs = document["components"]["schemas"]
    renamed = {
        _PREFIX + name: named[stub["title"]]
        for name, stub in stubs.items()
        if stub.get("title") in named
    }
    others = {name: stub for name, stub in stubs.items() if _PREFIX + name not in renamed}
    repointed: dict[str, Any] = _repoint({**document, "components": {}}, renamed)
    for item in repointed["paths"].values():
        for operation in item.values():
            operation["summary"] = _first_line(operation.get("description", ""))
    repointed["components"] = {
        **document["components"],
        "schemas": {**others, **components},
    }
    return repointed


def _complete(document: dict[str, Any], app: Litestar) -> None:
    """Say of each operation what it belongs to, and of which scopes its token needs one."""
    tags = set()
    for path, handler in handlers(app):
        for method in getattr(handler, "http_methods", ()):
            operation = document["paths"].get(path, {}).get(method.lower())
            if operation is None:
                continue
            tag = next(part for part in path.split("/") if part not in ("", "v1"))
            tags.add(tag)
            operation["tags"] = [tag]
            operation["security"] = [] if is_open(handler) else [{"bearer": []}]
            if takes_any_token(handler):
                operation["x-scopes"] = []
            elif not is_open(handler):
                operation["x-scopes"] = sorted(scopes_of(handler))
    document["tags"] = [{"name": tag} for tag in sorted(tags)]


def _first_line(description: str) -> str:
    return description.partition("\n")[0].removesuffix(".")


def _repoint(value: Any, renamed: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {
            name: renamed.get(inner, inner) if name == "$ref" else _repoint(inner, renamed)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_repoint(inner, renamed) for inner in value]
    return value
