"""What every payload has in common.

Words that code branches on are enums. The others are plain text whose schema lists the words
(`one_of`): a reader of today keeps an entry of tomorrow's word instead of refusing it.
"""

from typing import Any

import msgspec

Json = dict[str, Any]
"""A JSON object as it came."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every payload has in common: encoding."""


class UnknownPayload(Payload, frozen=True, kw_only=True):
    """A payload of a type that this version does not know: kept, passed on, never refused."""

    fields: Json


def one_of(*words: str) -> msgspec.Meta:
    """State the words of a text field in the schema."""
    return msgspec.Meta(extra_json_schema={"enum": list(words)})
