"""The registers' doors: decode, call a room, encode. Nothing is decided here."""

from edge_daemon.api.application import create_api
from edge_daemon.api.pairing import PairingDoor
from edge_daemon.api.parts import ApiParts, Finding, Health, JournalHealth, RelayHealth
from edge_daemon.api.trust import Trust

__all__ = [
    "ApiParts",
    "Finding",
    "Health",
    "JournalHealth",
    "PairingDoor",
    "RelayHealth",
    "Trust",
    "create_api",
]
