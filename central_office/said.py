"""What is kept of an edge's status."""

import msgspec

from edge_daemon.records.messages import Status


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stood in the last status of an edge that was online.

    Attributes:
        versions: Of the office's sets and configuration in force there, by name.
        rejected: What it did not take of them, by name, and why.
        devices: State of each device, by its configured name.
    """

    software_version: str | None = None
    versions: dict[str, int] = {}
    rejected: dict[str, str] = {}
    devices: dict[str, str] = {}


def said(status: Status) -> str | None:
    """What is kept of a status; None for a last will, which tells nothing of it."""
    if status.epoch is None:
        return None
    kept = Said(
        software_version=status.software_version,
        versions=status.versions or {},
        rejected=status.rejected or {},
        devices=status.devices or {},
    )
    return msgspec.json.encode(kept).decode()
