"""What only scanners do that are human interface devices."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest

from drivers.errors import OfflineError, UnsupportedError
from drivers.scanner import Scan, Scanner
from drivers.wire.hid import layouts
from drivers.wire.usb import Configuration, Device, Endpoint, Interface, SetupPacket, TransferType
from simulators.hid import HidScanner, hid_descriptor
from simulators.hid_keyboard_scanner import DESCRIPTOR as KEYBOARD
from simulators.hid_keyboard_scanner import HidKeyboardScanner
from simulators.hid_pos_scanner import DESCRIPTOR as POINT_OF_SALE
from simulators.hid_pos_scanner import HidPosScanner
from simulators.usb import UsbDevice, UsbHost
from tests.contracts.test_scanner import GAP, delivered, open_configured, take
from tests.shifting_loop import hurry

EAN = "8711000000007"
GS1 = "0109506000134352172612311012AB\x1d21X"
AWKWARD = "Az09 ]!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \u00e9\u00df\u20ac"


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("country", layouts())
async def test_what_a_scanner_types_is_read_in_its_country(country: str, *, quick: bool) -> None:
    async with HidKeyboardScanner(country=country, quick=quick) as simulator:
        scanner = await open_configured(simulator)
        scans = scanner.events()
        for text in (EAN, f"]d2{GS1}", AWKWARD):
            await simulator.hand("scan", data=text)
            assert (await take(scans))[0].scan_data == text
        await scanner.close()


async def test_report_of_too_many_keys_says_nothing() -> None:
    async with HidKeyboardScanner() as simulator:
        scanner = await open_configured(simulator)
        scans = scanner.events()
        simulator.faults.switch("roll_over", on=True)
        await simulator.hand("scan", data="1122")
        assert await take(scans) == [Scan(scan_data="1122")]
        await scanner.close()


async def test_key_that_stands_for_the_separator_is_one() -> None:
    async with HidKeyboardScanner() as simulator:
        scanner = await open_configured(simulator, separator_keys=[0x41])
        scans = scanner.events()
        simulator.type("10AB")
        simulator.press(0, 0x41)
        simulator.type("21X\r")
        assert (await take(scans))[0].scan_data == "10AB\x1d21X"
        await scanner.close()


async def test_accent_whose_letter_never_came_is_not_in_the_next_scan() -> None:
    async with HidKeyboardScanner(country="de") as simulator:
        scanner = await open_configured(simulator, gap=GAP)
        scans = scanner.events()
        simulator.press(0, 0x35)
        simulator.press(0, 0)
        await delivered(simulator)
        await hurry(asyncio.sleep(GAP + 1))
        await simulator.hand("scan", data=EAN)
        assert (await take(scans))[0].scan_data == EAN
        await scanner.close()


async def test_keyboard_is_asked_for_the_reports_that_every_keyboard_has() -> None:
    async with HidKeyboardScanner() as simulator:
        scanner = await open_configured(simulator)
        assert simulator.boot_protocol
        await scanner.close()


async def test_report_that_is_cut_off_is_dropped() -> None:
    async with HidPosScanner() as simulator:
        scanner = await open_configured(simulator)
        scans = scanner.events()
        simulator.faults.switch("cut_reports", on=True)
        await simulator.hand("scan", data=EAN, symbology="E0")
        assert await take(scans) == [
            Scan(scan_data=f"]E0{EAN}", symbology="E0", gtin="08711000000007")
        ]
        await scanner.close()


async def test_code_longer_than_a_report_is_put_together() -> None:
    async with HidPosScanner() as simulator:
        scanner = await open_configured(simulator)
        scans = scanner.events()
        long = "https://example.nl/01/09506000134352/10/AB?17=261231" + "&x=y" * 40
        await simulator.hand("scan", data=long, symbology="Q1")
        (scan,) = await take(scans)
        assert (scan.scan_data, scan.gtin) == (f"]Q1{long}", "09506000134352")
        await scanner.close()


@pytest.mark.parametrize(
    ("kind", "driver"), [(HidKeyboardScanner, "hid_pos"), (HidPosScanner, "hid_keyboard")]
)
async def test_scanner_in_another_mode_is_told_with_what_to_do(
    kind: type[HidKeyboardScanner | HidPosScanner], driver: str
) -> None:
    async with kind() as simulator:
        simulator._driver = driver
        with pytest.raises(UnsupportedError, match="another USB mode"):
            await open_configured(simulator)
        assert not simulator.device.taken


async def test_scanner_is_nobody_elses_while_it_is_open() -> None:
    async with HidKeyboardScanner() as simulator:
        scanner = await open_configured(simulator)
        with pytest.raises(OfflineError, match="Another program"):
            await open_configured(simulator)
        await scanner.close()
        assert not simulator.device.taken


class Composite:
    """A scanner with three interfaces: firmware, keyboard without boot protocol, point of sale."""

    def __init__(self) -> None:
        self.reports = {0: bytes.fromhex("0600ff0901a10175089508 0901 8102c0"), 1: KEYBOARD}
        self.reports[2] = POINT_OF_SALE
        self.device = UsbDevice(
            Device(0x05E0, 0x1701, serial=1),
            Configuration(
                tuple(
                    Interface(
                        number,
                        3,
                        endpoints=(Endpoint(0x81 + number, TransferType.INTERRUPT),),
                        extra=hid_descriptor(len(report)),
                    )
                    for number, report in self.reports.items()
                )
            ),
            ("S1",),
        )
        self.device.on_control = self.control

    def control(self, setup: SetupPacket, data: bytes) -> bytes | None:
        del data
        return self.reports[setup.index] if setup.request == 6 else None


@pytest.fixture
async def composite() -> AsyncIterator[tuple[UsbHost, Composite]]:
    async with UsbHost() as host:
        composite = Composite()
        host.plug_in(composite.device)
        yield host, composite


class Named(HidScanner):
    """Only says where a device is."""

    def __init__(self, driver: str, address: str) -> None:
        self._driver, self._address, self.name = driver, address, "scanner"

    @property
    def url(self) -> str:
        return self._address


async def test_driver_finds_its_own_interface(composite: tuple[UsbHost, Composite]) -> None:
    host, device = composite
    for driver, endpoint, reports in (
        (
            "hid_keyboard",
            0x82,
            [bytes((0, 0, 0x1E, 0, 0, 0, 0, 0)), bytes((0, 0, 0x28)) + bytes(5)],
        ),
        ("hid_pos", 0x83, [b"\x02\x01" + bytes(3) + b"1" + bytes(58)]),
    ):
        scanner: Scanner = await open_configured(Named(driver, host.address(device.device)))
        scans = scanner.events()
        for report in reports:
            device.device.send(endpoint, report)
        assert await take(scans) == [Scan(scan_data="1")]
        await scanner.close()


@pytest.mark.parametrize("kind", [HidKeyboardScanner, HidPosScanner])
async def test_stock_usbip_lists_the_scanner(
    kind: type[HidKeyboardScanner | HidPosScanner],
) -> None:
    command = shutil.which("usbip")
    assert command, "script/setup test installs usbip"
    async with kind() as simulator:
        process = await asyncio.create_subprocess_exec(
            command,
            *("--tcp-port", str(simulator.host.port), "list", "-r", "127.0.0.1"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
        descriptor = simulator.device.descriptor
        assert f"({descriptor.vendor:04x}:{descriptor.product:04x})" in told.decode()
        assert "Human Interface Device" in told.decode()
