"""The kernel's side of a claimed USB scanner: `pytest tests/hardware --hardware FILE`.

Unverified: written from the kernel's documentation (sysfs rules, usbhid), and not yet run on a
device. Without FILE, or without a USB scanner in it, there is nothing to do.
"""

import pathlib

import pytest

from drivers.transport.usb import find_device
from drivers.wire.usb import parse_address
from tests.contracts.hardware import Table, hardware_of

SYSFS = pathlib.Path("/sys/bus/usb/devices")
HID = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    tables = [each for each in hardware_of(metafunc.config, "scanner") if "usb" in each.keys]
    metafunc.parametrize("table", tables, ids=[table.name for table in tables])


def interfaces(table: Table) -> list[pathlib.Path]:
    """The scanner's HID interfaces, as the kernel shows them."""
    port = find_device(parse_address(table.keys["usb"])).address.port
    return [
        interface
        for interface in SYSFS.glob(f"{port}:*")
        if int((interface / "bInterfaceClass").read_text("ascii"), 16) == HID
    ]


def bound_to(found: list[pathlib.Path]) -> set[str]:
    """The kernel's drivers that have them."""
    return {(each / "driver").resolve().name for each in found if (each / "driver").exists()}


def typed_into(found: list[pathlib.Path]) -> list[pathlib.Path]:
    """The kernel's input devices, by which a scan would reach a console or a form."""
    return [path for each in found for path in each.glob("**/input/input*/event*")]


async def test_nothing_of_a_claimed_scanner_reaches_the_kernel_and_it_is_given_back(
    table: Table,
) -> None:
    found = interfaces(table)
    assert found
    before = bound_to(found)
    inputs_before = len(typed_into(found))
    scanner = await table.open({})
    claimed = [each for each in found if bound_to([each]) == {"usbfs"}]
    assert claimed, "no interface is claimed"
    assert typed_into(claimed) == []
    await scanner.close()
    assert bound_to(found) == before
    assert len(typed_into(found)) == inputs_before
