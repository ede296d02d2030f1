"""Layouts that a register brings along: pictures, and bytes in the printer's own language.

A picture is decoded off the event loop and becomes dots. Of bytes only what marks paper is let
through (`commands`): a pulse in there would open the drawer without a trace. Neither is kept in the
journal, but its hash: the bytes for the printer lie in `state.db`.
"""

import hashlib
from typing import Any

import msgspec

from drivers.pos_printer import Alignment, AnyElement, Document, Element, Raw
from edge_daemon.errors import InvalidRequestError
from edge_daemon.pictures import PictureError, Pictures, decode_base64
from edge_daemon.printing.commands import ForbiddenCommandError, printable_commands
from edge_daemon.records.payloads import Json


class Picture(msgspec.Struct, frozen=True, tag="picture", forbid_unknown_fields=True):
    """A whole receipt, or a part of one, as a picture.

    Attributes:
        image: A PNG or JPEG, base64. What is wider than the paper is made as narrow.
    """

    image: str
    alignment: Alignment = Alignment.CENTRE


class EscPos(msgspec.Struct, frozen=True, tag="escpos", forbid_unknown_fields=True):
    """ESC/POS as the register has composed it.

    Attributes:
        commands: Bytes, base64. Those that do more than mark paper are refused: pulses, questions,
            real-time commands, and what is not known.
    """

    commands: str


OwnElement = Element | Picture | EscPos
"""What a register's document is made of."""

_HEAVY = {"picture": "image", "escpos": "commands"}
"""Elements and the field that does not belong into the journal."""


async def composed(
    document: tuple[OwnElement, ...], pictures: Pictures, line_width: int
) -> Document:
    """Turn a register's document into the printer's.

    Raises:
        InvalidRequestError: A picture or a command cannot be printed; the message says which.
    """
    return tuple(
        [await _element(each, at, pictures, line_width) for at, each in enumerate(document)]
    )


async def _element(element: OwnElement, at: int, pictures: Pictures, line_width: int) -> AnyElement:
    try:
        match element:
            case Picture(image, alignment):
                drawn = await pictures.decode(decode_base64(image), line_width)
                return msgspec.structs.replace(drawn, alignment=alignment)
            case EscPos(commands):
                return Raw(printable_commands(decode_base64(commands)))
    except (PictureError, ForbiddenCommandError) as error:
        raise InvalidRequestError(str(error), f"$.document[{at}]") from error
    return element


def light(body: Json) -> Json:
    """Return the request for the journal: hashes instead of pictures and bytes."""
    document = body.get("document")
    if not isinstance(document, list):
        return body
    return body | {"document": [_light(each) for each in document]}


def _light(element: Any) -> Any:  # noqa: ANN401 - JSON values
    field = _HEAVY.get(str(element.get("type"))) if isinstance(element, dict) else None
    if field is None:
        return element
    digest = hashlib.sha256(str(element.get(field)).encode()).hexdigest()
    return element | {field: f"sha256:{digest}"}
