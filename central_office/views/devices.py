"""Devices: how they are, and how often they were otherwise."""

import msgspec

from central_office.views.paging import View, total


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The last that was heard of a device."""

    store: str
    edge_id: str
    device_id: str
    family: str
    state: str
    detail: str
    since: int


DEVICES = View(
    row=DeviceRow,
    source="devices",
    key=("store", "edge_id", "device_id"),
    values=("family", "state", "detail", "since"),
    grouped=False,
    days=False,
)


class DeviceDay(msgspec.Struct, frozen=True, kw_only=True):
    """How often a device told of a state in a period."""

    store: str
    device_id: str
    state: str
    number: int


DEVICE_DAYS = View(
    row=DeviceDay,
    source="device_days",
    key=("store", "device_id", "state"),
    values=(total("number"),),
)
