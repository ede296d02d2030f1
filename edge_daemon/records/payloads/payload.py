"""What every payload has in common."""

from typing import Any

import msgspec

Json = dict[str, Any]
"""A JSON object as it came."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every payload has in common: encoding."""


class UnknownPayload(Payload, frozen=True, kw_only=True):
    """A payload of a type that this version does not know: kept, passed on, never refused."""

    fields: Json
