"""The OpenAPI document of an office that is not running."""

import asyncio
from typing import Any

from central_office.api.serving import OfficeServer
from central_office.errors import OfficeError
from central_office.settings import OfficeSettings
from edge_daemon.web import document_of


def document() -> dict[str, Any]:
    """The document, as every office has it."""
    return asyncio.run(_document())


async def _document() -> dict[str, Any]:
    return document_of(OfficeServer(OfficeSettings(), _Nobody()).application)


class _Nobody:
    """Writes nothing: nothing is asked of this office."""

    async def __call__(self, act: object, /) -> Any:  # noqa: ANN401 - never answered
        """As `Writer`."""
        raise OfficeError(f"{act} is not done: this office only describes itself.")
