"""The registers' doors: decode, call a room, encode. Nothing is decided here."""

from edge_daemon.api.application import create_api
from edge_daemon.api.pairing import PairingDoor
from edge_daemon.api.parts import ApiParts, Health, JournalHealth, RelayHealth

__all__ = ["ApiParts", "Health", "JournalHealth", "PairingDoor", "RelayHealth", "create_api"]
