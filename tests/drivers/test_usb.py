import asyncio
import errno
import pathlib
import threading
from collections.abc import AsyncIterator, Sequence
from typing import NoReturn

import pytest
import usb.core  # type: ignore[import-untyped]  # pyusb 1.3 has no types

from drivers.transport import LinkLostError, NotAllowedError
from drivers.transport.usb import (
    RefusedRequestError,
    find_device,
    finding,
    open_usb,
    present_devices,
    stream,
)
from drivers.transport.usb.usbip import Described, UsbIpBackend, backend_of
from drivers.wire.usb import Interface, UsbAddress, parse_address
from simulators.usb import UsbHost
from tests.drivers.usb_devices import IN, Echo


def printer(interfaces: Sequence[Interface]) -> Interface | None:
    return next((each for each in interfaces if each.interface_class == 7), None)


def nothing(interfaces: Sequence[Interface]) -> Interface | None:
    del interfaces
    return None


@pytest.fixture
async def host() -> AsyncIterator[UsbHost]:
    async with UsbHost() as host:
        yield host


@pytest.fixture
def echo(host: UsbHost) -> Echo:
    echo = Echo()
    host.plug_in(echo.device)
    return echo


# --- Addresses


@pytest.mark.parametrize(
    "text",
    [
        "04b8:0e15",
        "04b8:0e15/J5XK 01/2345",
        "04b8:0e15@1-1.2",
        "1-1.4.2",
        "usbip://127.0.0.1:3240/1-1",
        "usbip://box.example:4000/04b8:0e15/A1",
    ],
)
def test_address_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_address(text)) == text


def test_port_of_a_server_is_the_registered_one_where_none_is_given() -> None:
    assert parse_address("usbip://box/1-1") == UsbAddress(port="1-1", server=("box", 3240))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "printer",
        "04b8",
        "04b8:e15",
        "04b8:0e15@left",
        "usbip://",
        "usbip://h:x/1-1",
        "usbip://h",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"USB address|should be usbip"):
        parse_address(text)


# --- Finding


async def test_device_is_found_by_its_serial_number_in_whatever_port(host: UsbHost) -> None:
    first, second = Echo("A1"), Echo("B2")
    host.plug_in(first.device, "1-2")
    host.plug_in(second.device, "1-1")
    for address, port in (("04b8:0e15/A1", "1-2"), ("04b8:0e15/B2", "1-1"), ("1-2", "1-2")):
        found = await asyncio.to_thread(find_device, parse_address(f"{host.url}/{address}"))
        assert found.address.port == port


async def test_two_of_a_kind_have_to_be_told_apart(host: UsbHost) -> None:
    for echo in (Echo("A1"), Echo("")):
        host.plug_in(echo.device)
    with pytest.raises(LinkLostError, match=r"04b8:0e15/A1, .*04b8:0e15@1-2") as caught:
        await asyncio.to_thread(find_device, parse_address(f"{host.url}/04b8:0e15"))
    assert "More than one" in str(caught.value)


async def test_device_that_is_not_there_is_named(host: UsbHost, echo: Echo) -> None:
    del echo
    with pytest.raises(LinkLostError, match=r"no USB device .*04b8:0e15/Z9"):
        await open_usb(f"{host.url}/04b8:0e15/Z9", printer)


async def test_server_that_is_not_there_is_an_error_of_the_link() -> None:
    with pytest.raises(LinkLostError, match="cannot be listed"):
        await open_usb("usbip://127.0.0.1:1/1-1", printer)


async def test_what_is_there_is_listed_with_what_it_is(host: UsbHost, echo: Echo) -> None:
    del echo
    (device,) = await asyncio.to_thread(present_devices, ("127.0.0.1", host.port))
    assert device.address == UsbAddress(0x04B8, 0x0E15, "A1", "1-1", ("127.0.0.1", host.port))
    assert [each.interface_class for each in device.interfaces] == [7]


async def test_device_is_asked_what_it_is_once_and_again_when_it_was_plugged_in_anew(
    host: UsbHost, echo: Echo
) -> None:
    backend = backend_of(("127.0.0.1", host.port))
    taken: list[bool] = []
    echo.device.on_taken = taken.append
    for _ in range(2):
        await asyncio.to_thread(backend.enumerate_devices)
    assert taken == [True, False]
    host.unplug(echo.device)
    host.plug_in(echo.device)
    await asyncio.to_thread(backend.enumerate_devices)
    assert taken == [True, False, True, False]


async def test_other_devices_behind_the_same_address_are_never_taken_for_those_of_before() -> None:
    async with UsbHost() as before:
        before.plug_in(Echo("A1").device, "1-1")
        before.plug_in(Echo("B2").device, "1-2")
        assert await asyncio.to_thread(present_devices, ("127.0.0.1", before.port))
    async with UsbHost(port=before.port) as now:
        swapped = [Echo("B2"), Echo("A1")]
        for port, echo in enumerate(swapped, 1):
            now.plug_in(echo.device, f"1-{port}")
        with pytest.raises(LinkLostError):
            await open_usb(f"{now.url}/04b8:0e15/B2", printer)
        stream = await open_usb(f"{now.url}/04b8:0e15/B2", printer)
        await stream.write(b"for B2")
        await stream.close()
        assert [bytes(echo.taken) for echo in swapped] == [b"for B2", b""]
    async with UsbHost(port=before.port) as later:
        later.plug_in(Echo("C3").device, "1-1")
        found = await asyncio.to_thread(find_device, parse_address(f"{later.url}/04b8:0e15/C3"))
        assert found.address.serial == "C3"


# --- Transfers


async def test_bytes_go_to_and_fro(host: UsbHost, echo: Echo) -> None:
    stream = await open_usb(host.address(echo.device), printer)
    await stream.write(b"x" * 10_000)
    came = b""
    while len(came) < 10_000:
        came += await stream.read()
    assert bytes(echo.taken) == came == b"x" * 10_000
    await stream.close()


async def test_packets_stay_apart_for_who_wants_them_so(host: UsbHost, echo: Echo) -> None:
    stream = await open_usb(host.address(echo.device), printer)
    for packet in (b"one", b"two"):
        echo.device.send(IN, packet)
    assert [await stream.read_packet(), await stream.read_packet()] == [b"one", b"two"]
    await stream.close()


async def test_requests_of_the_class_are_answered_or_refused(host: UsbHost, echo: Echo) -> None:
    stream = await open_usb(host.address(echo.device), printer)
    assert await stream.control(0xA1, 1, 0, length=1) == b"\x18"
    with pytest.raises(RefusedRequestError):
        await stream.control(0x21, 9, 0x0300, data=b"\1\2")
    assert echo.requests[-1].length == 2
    await stream.write(b"still there")
    assert await stream.read() == b"still there"
    await stream.close()


async def test_nothing_that_was_sent_between_two_looks_is_lost(
    host: UsbHost, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "WAKE_MS", 1)
    opened = await open_usb(host.address(echo.device), printer)
    came = b""
    for number in range(200):
        echo.device.send(IN, bytes((number,)))
        came += await opened.read()
    assert came == bytes(range(200))
    await opened.close()


async def test_what_a_device_did_not_take_never_leaves_once_the_stream_is_closed(
    host: UsbHost, echo: Echo
) -> None:
    room = asyncio.Event()

    async def take(data: bytes) -> None:
        await room.wait()
        echo.taken += data

    echo.device.on_out(0x01, take)
    stream = await open_usb(host.address(echo.device), printer)
    writing = asyncio.create_task(stream.write(b"a drawer's pulse"))
    await asyncio.sleep(0)
    await stream.close()
    with pytest.raises(LinkLostError):
        await writing
    room.set()
    again = await open_usb(host.address(echo.device), printer)
    await again.close()
    assert bytes(echo.taken) == b""


async def test_pulled_device_ends_reading_and_writing_at_once(host: UsbHost, echo: Echo) -> None:
    stream = await open_usb(host.address(echo.device), printer)
    reading = asyncio.create_task(stream.read())
    await asyncio.sleep(0)
    host.unplug(echo.device)
    with pytest.raises(LinkLostError, match="is gone"):
        await reading
    with pytest.raises(LinkLostError):
        await stream.write(b"x")
    await stream.close()
    await stream.close()


async def test_device_is_for_one_at_a_time(host: UsbHost, echo: Echo) -> None:
    stream = await open_usb(host.address(echo.device), printer)
    with pytest.raises(LinkLostError, match="Another program"):
        await open_usb(host.address(echo.device), printer)
    await stream.close()
    again = await open_usb(host.address(echo.device), printer)
    await again.close()


async def test_device_of_another_kind_is_let_go(host: UsbHost, echo: Echo) -> None:
    with pytest.raises(LinkLostError, match="of another kind"):
        await open_usb(host.address(echo.device), nothing)
    assert not echo.device.taken


async def test_no_thread_stays_behind(host: UsbHost, echo: Echo) -> None:
    before = set(threading.enumerate())
    for _ in range(5):
        stream = await open_usb(host.address(echo.device), printer)
        host.unplug(echo.device)
        await stream.close()
        host.plug_in(echo.device)
    for thread in set(threading.enumerate()) - before:
        await asyncio.to_thread(thread.join, 5)
    assert not [each for each in set(threading.enumerate()) - before if "usb" in each.name]


# --- Permissions, and what the kernel knows


class Locked(UsbIpBackend):
    """Has the same devices, and lets nobody open them."""

    def open_device(self, dev: Described) -> NoReturn:
        del dev
        raise usb.core.USBError("Access denied", -3, errno.EACCES)


async def test_missing_permission_names_the_rule_and_the_group(
    host: UsbHost, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    del echo
    locked = Locked(("127.0.0.1", host.port))
    monkeypatch.setattr(finding, "backend_of", lambda _: locked)
    with pytest.raises(NotAllowedError, match=r"/dev/bus/usb/001/001.*99-pos-edge\.rules.*lp"):
        await open_usb(f"{host.url}/1-1", printer)


class Known:
    """pyusb's device as libusb has it: not opened."""

    idVendor, idProduct, bus, address, port_numbers = 0x04B8, 0x0E15, 1, 4, (1, 2)  # noqa: N815


async def test_serial_number_is_what_the_kernel_has_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1-1.2").mkdir()
    (tmp_path / "1-1.2" / "serial").write_text("J5XK012345\n")
    monkeypatch.setattr(finding, "KERNEL_DEVICES", tmp_path)
    monkeypatch.setattr(usb.core, "find", lambda **_: iter([Known()]))
    monkeypatch.setattr(finding, "_interfaces", lambda _: ())
    (device,) = present_devices()
    assert str(device.address) == "04b8:0e15/J5XK012345"
    assert device.address.port == "1-1.2"
