"""What is found at a counter, with real responders, sockets and simulated USB devices."""

import asyncio
import contextlib
import ipaddress
import pathlib
import socket
from collections.abc import AsyncIterator

import pytest

from drivers.discovery import Candidate, Found, Search, discover, probe
from drivers.discovery.makers import is_receipt_printer, kind_of, profile_of
from drivers.discovery.probe import PORTS, own_networks
from drivers.discovery.probe import probe as probe_networks
from drivers.discovery.serial import look_at_serial_ports
from drivers.discovery.usb import look_at_usb
from simulators.hid_keyboard_scanner import HidKeyboardScanner
from simulators.hid_pos_scanner import HidPosScanner
from simulators.usb import UsbHost
from tests.drivers.usb_devices import Echo

LOOPBACK = "127.0.0.1"


def quiet(what: str, done: int, of: int) -> None:
    del what, done, of


# --- mDNS ---


@contextlib.asynccontextmanager
async def announcing(*services: tuple[str, str, int, dict[str, str]]) -> AsyncIterator[None]:
    """Printers that tell the network, here on the loopback, where they are."""
    from zeroconf import IPVersion  # noqa: PLC0415 - its import costs
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415 - as above

    responder = AsyncZeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only)
    try:
        async with asyncio.TaskGroup() as group:
            for number, (kind, name, port, text) in enumerate(services):
                info = AsyncServiceInfo(
                    kind,
                    f"{name}.{kind}",
                    port=port,
                    addresses=[ipaddress.ip_address(f"127.0.1.{number + 1}").packed],
                    server=f"printer-{number}.local.",
                    properties=text,
                )
                group.create_task(responder.async_register_service(info))
        yield
    finally:
        await responder.async_close()


async def test_printers_that_announce_themselves_are_found_with_their_model() -> None:
    raw, lpd = "_pdl-datastream._tcp.local.", "_printer._tcp.local."
    async with announcing(
        (raw, "EPSON TM-T88VI", 9100, {"ty": "EPSON TM-T88VI"}),
        (raw, "Office", 9100, {"ty": "HP LaserJet 400"}),
        (lpd, "Star TSP143", 515, {"product": "(Star TSP143IIIW)"}),
    ):
        found = Found()
        async with asyncio.timeout(30):
            while len(found.candidates) < 3:
                found = await discover(
                    Search(
                        seconds=2.0,
                        interfaces=[LOOPBACK],
                        serial_ports=pathlib.Path("/nonexistent"),
                    ),
                    quiet,
                )
                network = [each for each in found.candidates if each.source == "mdns"]
                found = Found(network, found.troubles)
    by_place = {each.place: each for each in found.candidates}
    epson = by_place["127.0.1.1:9100"]
    assert (epson.family, epson.driver) == ("pos_printer", "escpos")
    assert epson.settings == {"host": "127.0.1.1", "profile": "TM-T88VI"}
    office = by_place["127.0.1.2:9100"]
    assert (office.family, office.what) == (None, "HP LaserJet 400")
    assert "no receipt printer" in office.note
    star = by_place["127.0.1.3:9100"]
    assert (star.what, "guess" in star.note) == ("Star TSP143IIIW", True)
    assert epson.note == ""


# --- probe ---


async def test_open_ports_of_the_given_networks_are_found_and_nothing_is_sent() -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            heard.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.3", 0) as printer:
        port = printer.sockets[0].getsockname()[1]
        found, steps = Found(), []
        await probe_networks(
            found,
            lambda *step: steps.append(step),
            [ipaddress.IPv4Network("127.0.0.0/29")],
            {port: "raw printing: a receipt printer"},
        )
    (candidate,) = found.candidates
    assert candidate.place == f"127.0.0.3:{port}"
    assert candidate.settings == {"host": "127.0.0.3", "port": port}
    assert steps[-1] == ("addresses", 6, 6)
    assert b"".join(heard) == b""


async def test_what_announced_itself_is_not_found_twice() -> None:
    with socket.create_server((LOOPBACK, 0)) as printer:
        port = printer.getsockname()[1]
        known = Candidate("mdns", f"{LOOPBACK}:{port}", "EPSON")
        found = Found([known])
        network = ipaddress.IPv4Network("127.0.0.1/32")
        await probe_networks(found, quiet, [network], {port: "raw printing: printer"})
    assert found.candidates == [known]


async def test_terminals_are_told_without_a_table() -> None:
    with socket.create_server((LOOPBACK, 0)) as terminal:
        port = terminal.getsockname()[1]
        found = Found()
        network = ipaddress.IPv4Network("127.0.0.1/32")
        await probe_networks(found, quiet, [network], {port: PORTS[20007]})
    (candidate,) = found.candidates
    assert (candidate.family, candidate.driver) == ("payment_terminal", None)
    assert "password" in candidate.note


async def test_a_probe_ends_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PROBE_SECONDS", 0.0)
    found = Found()
    await probe_networks(found, quiet, [ipaddress.IPv4Network("127.0.0.0/28")], {9: "nothing"})
    assert "too slow" in found.troubles[0]


def test_only_our_own_networks_are_probed_and_no_large_one_whole() -> None:
    for network in own_networks():
        assert network.num_addresses <= 256
        assert network.is_private
        assert not network.is_loopback


# --- serial ports ---


def test_serial_ports_are_known_by_their_lasting_names(tmp_path: pathlib.Path) -> None:
    for name in (
        "usb-Datalogic_ADC__Inc._Handheld_Barcode_Scanner_S_N_G14F-if00",
        "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
        "usb-Mettler_Toledo_Ariva-S_0012-if00",
        "usb-EPSON_DM-D30_000000-if00",
    ):
        (tmp_path / name).touch()
    found = Found()
    look_at_serial_ports(found, tmp_path)
    families = {each.what.split()[0]: (each.family, each.driver) for each in found.candidates}
    assert families == {
        "Datalogic": ("scanner", "serial"),
        "FTDI": (None, None),
        "Mettler": ("scale", "toledo_8217"),
        "EPSON": ("line_display", "escpos"),
    }
    look_at_serial_ports(found, tmp_path / "nonexistent")
    assert len(found.candidates) == 4


# --- USB ---


async def test_printers_on_usb_are_found_by_their_serial_number() -> None:
    async with UsbHost() as host:
        host.plug_in(Echo("J5XK012345").device)
        found = Found()
        await asyncio.to_thread(look_at_usb, found, (host.host, host.port))
    (candidate,) = found.candidates
    assert (candidate.family, candidate.what) == ("pos_printer", "Epson printer")
    assert str(candidate.settings["usb"]).endswith("/04b8:0e15/J5XK012345")


@pytest.mark.parametrize(
    ("kind", "driver"), [(HidKeyboardScanner, "hid_keyboard"), (HidPosScanner, "hid_pos")]
)
async def test_scanner_on_usb_is_found_with_the_driver_for_its_mode(
    kind: type[HidKeyboardScanner | HidPosScanner], driver: str
) -> None:
    found = Found()
    async with kind() as simulator:
        host = simulator.host
        await asyncio.to_thread(look_at_usb, found, (host.host, host.port))
    (candidate,) = found.candidates
    assert (candidate.family, candidate.driver) == ("scanner", driver)
    assert candidate.settings == {"usb": simulator.url}


async def test_usb_that_cannot_be_looked_at_is_told() -> None:
    found = Found()
    await asyncio.to_thread(look_at_usb, found, (LOOPBACK, 9))
    assert len(found.troubles) == 1


# --- names ---


@pytest.mark.parametrize(
    ("name", "receipts"),
    [
        ("EPSON TM-m30III", True),
        ("Star mC-Print3", True),
        ("POS-80 Thermal", True),
        ("HP LaserJet 400", False),
        ("Brother HL-L2350DW", False),
    ],
)
def test_receipt_printers_are_told_from_others_by_name(name: str, *, receipts: bool) -> None:
    assert is_receipt_printer(name) is receipts


def test_profile_is_the_longest_that_the_name_has() -> None:
    assert profile_of("EPSON TM-T88VI-i") == "TM-T88VI"
    assert profile_of("EPSON TM-T88V") == "TM-T88V"
    assert profile_of("Something else") is None
    assert kind_of("FTDI FT232R") is None
