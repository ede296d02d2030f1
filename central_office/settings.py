"""The office's configuration: every key has a default, so none has to be written."""

import pathlib
from typing import Annotated

import msgspec

from central_office.errors import OfficeError
from central_office.ingest import Limits
from edge_daemon.mqtt import BrokerSettings


class OfficeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole TOML file.

    Attributes:
        database: File of the embedded database, or `postgresql://USER@HOST/NAME`.
        organization: Whose edges are taken in; all of them where absent.
        client_id: At the broker; every office process needs one of its own.
        gap_seconds: A hole must be this old before its entries are asked for: what is only late
            or out of order arrives by itself.
        parked_limit, parked_bytes: Of one edge's entries kept ahead of a hole; what lies beyond
            is asked for again.
        quarantine_bytes: Kept of one edge's branches, and for each other reason; what comes
            beyond is only counted.
        share: Name of the group of workers that share the edges among them; each needs the same
            PostgreSQL, the same `organization` and a `client_id` of its own.
        broker: Where the edges publish to.
    """

    database: Annotated[str, msgspec.Meta(min_length=1)] = "central-office.db"
    organization: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")] | None = None
    client_id: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")] = "central-office"
    gap_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 2.0
    parked_limit: Annotated[int, msgspec.Meta(ge=1)] = 4096
    parked_bytes: Annotated[int, msgspec.Meta(ge=1_048_576)] = 67_108_864
    quarantine_bytes: Annotated[int, msgspec.Meta(ge=1_048_576)] = 268_435_456
    share: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")] | None = None
    broker: BrokerSettings = BrokerSettings()

    @property
    def limits(self) -> Limits:
        """What may wait in the database."""
        return Limits(self.parked_limit, self.parked_bytes, self.quarantine_bytes)


def load_settings(path: pathlib.Path | None) -> OfficeSettings:
    """Read the file, or take the defaults for None.

    Raises:
        OfficeError: It cannot be read or has a mistake; the message names the key.
    """
    if path is None:
        return OfficeSettings()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=OfficeSettings)
    except OSError as error:
        raise OfficeError(f"The configuration {path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise OfficeError(f"The configuration {path} has a mistake: {error}.") from error
