import errno
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NoReturn

import msgspec
import pytest
import usb.core  # type: ignore[import-untyped]  # pyusb 1.3 has no types

from drivers.errors import OfflineError
from drivers.pos_printer import Cut, PrintEvidence, Text
from drivers.pos_printer.escpos import Settings
from drivers.pos_printer.escpos.usb import printing_interface
from drivers.transport.usb import finding
from drivers.transport.usb.usbip import Described, UsbIpBackend
from drivers.wire.usb import Endpoint, Interface, TransferType
from simulators.pos_printer import PosPrinter, UsbIdentity, UsbLink
from simulators.usb import UsbHost
from tests.contracts.counter import open_printer

RECEIPT = (Text("Bakkerij Jansen"), Cut())
WAYS = (Endpoint(0x01, TransferType.BULK), Endpoint(0x82, TransferType.BULK))


def usb_printer(
    host: UsbHost | None = None, port: str | None = None, **identity: Any
) -> PosPrinter:
    link = partial(UsbLink, identity=UsbIdentity(**identity), host=host, port=port)
    return PosPrinter("receipts", link=link)


def link_of(simulator: PosPrinter) -> UsbLink:
    assert isinstance(simulator.link, UsbLink)
    return simulator.link


@pytest.fixture
async def host() -> AsyncIterator[UsbHost]:
    async with UsbHost() as host:
        yield host


# --- Which printer


async def test_two_equal_printers_never_swap_when_their_cables_do(host: UsbHost) -> None:
    async with (
        usb_printer(host, "1-1", serial="A1") as bar,
        usb_printer(host, "1-2", serial="B2") as kitchen,
    ):
        for turn in range(2):
            for simulator, text in ((bar, "one beer"), (kitchen, "one soup")):
                printer = await open_printer(simulator)
                await printer.print_data(printer.render((Text(text), Cut())))
                await printer.close()
                assert simulator.receipts[turn].text.strip() == text
            link_of(bar).unplug()
            link_of(kitchen).move("1-1")
            link_of(bar).move("1-2")


async def test_printers_without_serial_numbers_are_told_apart_by_their_ports(host: UsbHost) -> None:
    async with (
        usb_printer(host, "1-1", serial="") as bar,
        usb_printer(host, "1-2", serial="") as kitchen,
    ):
        link_of(bar).unplug()  # the other is now the first that is listed
        link_of(bar).plug_in()
        for simulator in (bar, kitchen):
            printer = await open_printer(simulator)
            await printer.print_data(printer.render(RECEIPT))
            await printer.close()
        assert [len(each.receipts) for each in (bar, kitchen)] == [1, 1]


async def test_printer_that_could_be_one_of_two_is_not_guessed(host: UsbHost) -> None:
    async with usb_printer(host, serial="A1") as simulator, usb_printer(host, serial="B2"):
        with pytest.raises(OfflineError, match=r"More than one .*04b8:0202/A1, .*04b8:0202/B2"):
            await open_printer(simulator, usb=f"{host.url}/04b8:0202")


def test_interface_that_answers_is_preferred_and_a_makers_own_is_taken() -> None:
    one_way = Interface(0, 7, 1, 1, WAYS[:1])
    both_ways = Interface(0, 7, 1, 2, WAYS, alternate=1)
    own = Interface(1, 0xFF, 0, 0, WAYS)
    keyboard = Interface(2, 3, 1, 1, (Endpoint(0x83, TransferType.INTERRUPT),))
    assert printing_interface([keyboard, one_way, own, both_ways]) == both_ways
    assert printing_interface([keyboard, one_way, own]) == own
    assert printing_interface([keyboard, one_way]) is None


async def test_printer_of_a_makers_own_class_prints() -> None:
    async with usb_printer(interface_class=0xFF) as simulator:
        printer = await open_printer(simulator)
        assert await printer.print_data(printer.render(RECEIPT)) is PrintEvidence.PROCESS_ID
        await printer.close()


async def test_printer_that_speaks_another_language_is_not_sent_a_byte() -> None:
    async with usb_printer(device_id="MFG:Star;CMD:STAR;MDL:TSP143;") as simulator:
        with pytest.raises(OfflineError, match=r"speaks STAR. Set it to ESC/POS") as caught:
            await open_printer(simulator)
        assert "cable" not in str(caught.value)
        assert simulator.settled
        assert not simulator.connected


@pytest.mark.parametrize(
    "wrong",
    [{}, {"usb": "04b8:0202", "host": "192.0.2.1"}, {"usb": "printer"}, {"url": "", "host": None}],
)
def test_address_is_checked_with_the_configuration(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Settings)


# --- What it still knows


async def test_what_a_printer_told_nobody_is_no_answer_to_the_next(host: UsbHost) -> None:
    async with usb_printer(host) as simulator:
        printer = await open_printer(simulator)
        await printer.close()
        for action in ("open_cover", "close_cover", "open_drawer_by_key", "close_drawer"):
            await simulator.hand(action)
        simulator.answer(b"\x12\x12\x16")
        again = await open_printer(simulator)
        assert again.status.online
        assert again.status.cover_open is False
        assert await again.print_data(again.render(RECEIPT)) is PrintEvidence.PROCESS_ID
        await again.close()


async def test_printer_that_waits_for_the_rest_of_a_command_is_reset_and_prints() -> None:
    async with usb_printer() as simulator:
        simulator.faults.switch("silent", on=True)
        link = link_of(simulator)
        resets: list[bool] = []
        was = link.device.on_control

        def control(setup: Any, data: bytes) -> bytes | None:
            if setup.request == 2:
                resets.append(True)
                simulator.faults.switch("silent", on=False)
            return was(setup, data)

        link.device.on_control = control
        printer = await open_printer(simulator, answer_timeout=0.2)
        assert resets == [True]
        assert await printer.print_data(printer.render(RECEIPT)) is PrintEvidence.PROCESS_ID
        await printer.close()


# --- The kernel's driver, and permissions


class KernelHasIt(UsbIpBackend):
    """The same devices, with a kernel driver on their interfaces."""

    def __init__(self, server: tuple[str, int]) -> None:
        super().__init__(server)
        self.done: list[str] = []

    def is_kernel_driver_active(self, dev_handle: Any, intf: int) -> bool:
        del dev_handle, intf
        return "detach" not in self.done

    def detach_kernel_driver(self, dev_handle: Any, intf: int) -> None:
        del dev_handle, intf
        self.done.append("detach")

    def claim_interface(self, dev_handle: Any, intf: int) -> None:
        del dev_handle, intf
        self.done.append("claim")

    def release_interface(self, dev_handle: Any, intf: int) -> None:
        del dev_handle, intf
        self.done.append("release")

    def attach_kernel_driver(self, dev_handle: Any, intf: int) -> None:
        del dev_handle, intf
        self.done.append("attach")


async def test_kernels_driver_is_taken_off_and_given_back(
    host: UsbHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = KernelHasIt(("127.0.0.1", host.port))
    monkeypatch.setattr(finding, "backend_of", lambda _: backend)
    async with usb_printer(host) as simulator:
        printer = await open_printer(simulator)
        await printer.print_data(printer.render(RECEIPT))
        assert backend.done == ["detach", "claim"]
        await printer.close()
        assert backend.done == ["detach", "claim", "release", "attach"]


class Locked(UsbIpBackend):
    """The same devices, for somebody who may not open them."""

    def open_device(self, dev: Described) -> NoReturn:
        del dev
        raise usb.core.USBError("Access denied", -3, errno.EACCES)


async def test_missing_permission_tells_what_to_install_and_not_to_look_at_the_cable(
    host: UsbHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = Locked(("127.0.0.1", host.port))
    monkeypatch.setattr(finding, "backend_of", lambda _: locked)
    async with usb_printer(host) as simulator:
        with pytest.raises(OfflineError, match=r"99-pos-edge\.rules.*lp for printers") as caught:
            await open_printer(simulator)
        assert "cable" not in str(caught.value)
