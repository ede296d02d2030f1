"""What every table of the configuration is, and the names in it."""

from typing import Annotated

import msgspec

Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[A-Za-z0-9_-]{1,64}\Z",
        description="a name of 1 to 64 letters, digits, - and _",
    ),
]
"""Fits a URL, an MQTT topic and a file name as it is."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the file."""
