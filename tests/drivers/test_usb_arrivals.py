"""What arrives at a simulated host, and what udev announces on a real netlink socket."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.pos_printer import escpos
from drivers.transport.usb import arrivals, usb_arrivals
from drivers.wire.usb import parse_address
from simulators.usb import UsbHost
from tests.drivers.usb_devices import Echo

NETLINK_KOBJECT_UEVENT = 15
UDEV_GROUP = 2


@pytest.fixture
async def host(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[UsbHost]:
    monkeypatch.setattr(arrivals, "LIST_SECONDS", 0.01)
    async with UsbHost() as host:
        yield host


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await event.wait()


@pytest.mark.parametrize("address", ["04b8:0e15/A1", "04b8:0e15", "1-1", "04b8:0e15@1-1"])
async def test_device_that_is_plugged_in_is_told(host: UsbHost, address: str) -> None:
    watch = usb_arrivals(parse_address(f"{host.url}/{address}"))
    await watch.arm()
    host.plug_in(Echo().device)
    await soon(watch.arrived)
    watch.disarm()


async def test_what_is_there_already_is_no_arrival_until_it_was_pulled(host: UsbHost) -> None:
    echo = Echo()
    host.plug_in(echo.device)
    watch = usb_arrivals(parse_address(f"{host.url}/1-1"))
    await watch.arm()
    other = Echo("B2")
    host.plug_in(other.device, "1-2")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(watch.arrived.wait(), 0.1)
    host.unplug(echo.device)
    host.plug_in(echo.device)
    await soon(watch.arrived)
    await watch.arm()
    assert not watch.arrived.is_set()
    watch.disarm()


async def test_device_that_came_back_while_nobody_looked_is_an_arrival(host: UsbHost) -> None:
    echo = Echo()
    host.plug_in(echo.device)
    watch = usb_arrivals(parse_address(f"{host.url}/1-1"))
    await watch.arm()
    watch.rest()
    host.unplug(echo.device)
    host.plug_in(echo.device)
    assert not watch.arrived.is_set()
    watch.go_on()
    await soon(watch.arrived)
    watch.disarm()


async def test_server_that_comes_later_is_an_arrival_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "LIST_SECONDS", 0.01)
    async with UsbHost() as first:
        port = first.port
    watch = usb_arrivals(parse_address(f"usbip://127.0.0.1:{port}/1-1"))
    await watch.arm()
    async with UsbHost(port=port) as host:
        host.plug_in(Echo().device)
        await soon(watch.arrived)
    watch.disarm()


def announcement(**said: str) -> bytes:
    """As udevd sends it (systemd 252, src/libsystemd/sd-device/device-monitor.c)."""
    properties = b"".join(f"{name}={value}\0".encode() for name, value in said.items())
    head = struct.pack(">8sI", b"libudev\0", 0xFEEDCAFE)
    return head + struct.pack("=III16x", 40, 40, len(properties)) + properties


def announce(port: str, **said: str) -> None:
    device = {
        "ACTION": "add",
        "DEVPATH": f"/devices/platform/usb1/{port}",
        "SUBSYSTEM": "usb",
        "DEVTYPE": "usb_device",
        "ID_VENDOR_ID": "04b8",
        "ID_MODEL_ID": "0e15",
        "SEQNUM": "4711",
    } | said
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT) as udevd:
        udevd.bind((0, 0))
        udevd.sendto(announcement(**device), (0, UDEV_GROUP))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may speak as udevd does")
async def test_device_that_udev_announces_is_told_and_others_are_not() -> None:
    before = open_descriptors()
    watch = usb_arrivals(parse_address("04b8:0e15/A1"))
    await watch.arm()
    announce("1-1", ID_MODEL_ID="0202")
    announce("1-1", ACTION="remove")
    announce("1-1:1.0", DEVTYPE="usb_interface")
    announce("1-1", ID_VENDOR_ID="printer")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(watch.arrived.wait(), 0.1)
    announce("1-4")
    await soon(watch.arrived)
    watch.disarm()
    assert open_descriptors() == before


def test_printer_on_the_network_is_not_watched_for() -> None:
    assert escpos.watch_arrivals(escpos.Settings(host="192.0.2.1")) is None
    assert escpos.watch_arrivals(escpos.Settings(url="/dev/pos/printer")) is not None
    assert escpos.watch_arrivals(escpos.Settings(usb="04b8:0e15")) is not None
