"""The device keepers: every configured device is opened, watched, and opened again when it ends.

states      what is known about a device
publishing  how the registers are told
leases      which register has a device to itself
waiting     who waits for it, in line
meanings    what a scan means in this shop
news        what a device's events mean, for its state and for the registers
conditions  which changes are worth an entry in the journal
keeper      one device
registry    all of them
"""

from edge_daemon.devices.keeper import Patience
from edge_daemon.devices.leases import Lease, Leases
from edge_daemon.devices.meanings import ScanMeanings
from edge_daemon.devices.publishing import Publish
from edge_daemon.devices.registry import Devices
from edge_daemon.devices.states import DeviceState, Readiness

__all__ = [
    "DeviceState",
    "Devices",
    "Lease",
    "Leases",
    "Patience",
    "Publish",
    "Readiness",
    "ScanMeanings",
]
