"""Weights for Odoo's tills with IoT: asked for by an action, told as events.

    {"action": "read_once"}        one event, when the scale has come to rest
    {"action": "start_reading"}    an event at every change, until {"action": "stop_reading"}

Only the newest weight is kept for a till that comes back: an older one is of other goods. Setting
a scale to zero or a tare is left to the scale's own keys, as the law on weighing wants it.
"""

from drivers.errors import DeviceError
from drivers.scale import Weighing
from edge_daemon.config import Door
from edge_daemon.devices import Devices
from edge_daemon.doors.iot_payments import IotParts
from edge_daemon.doors.json_rpc import Json
from edge_daemon.doors.weights import kilograms

REST_SECONDS = 5.0
"""How long one reading waits for the scale to rest."""
_BY_ITS_KEYS = frozenset({"set_zero", "set_tare", "clear_tare"})


class IotScales:
    """Weighs for the doors of the kind `iot`."""

    def __init__(self, parts: IotParts, devices: Devices) -> None:
        self._happenings = parts.happenings
        self._spawn = parts.spawn
        self._devices = devices
        self._reading: set[tuple[str, str]] = set()

    def begin(self, door: Door, scale: str, session: str, action: str) -> Json:
        """Do what a till asks of a scale, and say whether it was understood."""
        place = (door.name, scale)
        match action:
            case "read_once":
                self._spawn(self._read_once(door, scale, session))
            case "start_reading" | "":
                self._reading.add(place)
                self._spawn(self._read_once(door, scale, session))
            case "stop_reading":
                self._reading.discard(place)
            case _:
                keys = " Use the keys of the scale." if action in _BY_ITS_KEYS else ""
                refused = f"The action {action[:32]!r} is not served.{keys}"
                return {"status": "error", "result": refused}
        return {"status": "success", "result": True}

    def hear(self, door: Door, scale: str, weighing: Weighing) -> None:
        """The scale shows something else."""
        if (door.name, scale) in self._reading and weighing.weight_milli is not None:
            self._tell(door, scale, {"value": kilograms(weighing), "status": "success"})

    async def _read_once(self, door: Door, scale: str, session: str) -> None:
        try:
            weighing = await self._devices.scale(scale).read_weight(REST_SECONDS)
        except DeviceError as refused:
            body: Json = {"value": 0.0, "status": "error", "message": str(refused)}
        else:
            body = {"value": kilograms(weighing), "status": "success"}
        self._tell(door, scale, {**body, "owner": session})

    def _tell(self, door: Door, scale: str, body: Json) -> None:
        happening = {**body, "result": body["value"]}
        self._happenings[door.name].add(scale, "scale", happening, replaces=True)
