"""`status_json`: every device as an object, from memory.

The till asks every second or every five and takes a late answer as a lost box, so nothing here
waits for anything. Every value is an object: a `null` ends the payment loop of the OCA's clients.
"""

from typing import Any

from edge_daemon.config import Door
from edge_daemon.devices import Devices, DeviceState, Readiness
from edge_daemon.doors.desk import Desk

Json = dict[str, Any]

_WORDS = {
    Readiness.ONLINE: "connected",
    Readiness.OPENING: "connecting",
    Readiness.OFFLINE: "disconnected",
    Readiness.STUCK: "error",
}


def device_status(devices: Devices, name: str | None) -> Json:
    """One device in this protocol's words; one that is not configured is disconnected."""
    if name is None:
        return {"status": "disconnected", "messages": []}
    state = devices.state(name)
    return {"status": _word(state), "messages": [state.reason] if state.reason else []}


def status_of(devices: Devices, desk: Desk, door: Door) -> Json:
    """The devices of the door's workstation, under the names of Odoo and of pywebdriver."""
    printer = device_status(devices, desk.device(door, "pos_printer"))
    return {
        "printer": printer,
        "escpos": printer,
        "scanner": device_status(devices, desk.device(door, "scanner")),
        "scale": device_status(devices, desk.device(door, "scale")),
    }


def _word(state: DeviceState) -> str:
    detail = state.detail or {}
    if state.state is Readiness.ONLINE and not detail.get("online", True):
        return "error"
    return _WORDS[state.state]
