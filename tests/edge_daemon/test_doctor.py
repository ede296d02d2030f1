import datetime as dt
import json
import os
import pathlib
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable

import pytest

from edge_daemon.certificates.authority import issue, make_authority
from edge_daemon.cli import main
from edge_daemon.cli.scrubbing import Scrubber, secrets_of
from edge_daemon.clock import ClockState
from edge_daemon.doctor import Check, Grade, examine
from edge_daemon.doctor.machine import machine_checks
from edge_daemon.machine import look
from edge_daemon.scopes import MANAGER_SCOPES
from tests.daemon_process import DaemonProcess
from tests.stories.counter import ulid

COMMAND = str(pathlib.Path(sys.executable).with_name("edge-daemon"))
CANARIES = ("canary-of-the-api-token", "canary-passphrase-of-a-terminal", "canary-in-a-comment-9")
CARD = "4111111111111111"
TOML = """
[edge]
id = "edge-1"
organization = "org"
store = "store"
state_directory = "{directory}/state"

[api]
token = "canary-of-the-api-token"
{api}

[shop]
name = "Shop"

[[workstation]]
name = "till-1"

[[payment_terminal]]
name = "terminal"
driver = "nexo"
host = "127.0.0.1"
poi_id = "P400Plus-123456789"
sale_id = "till-1"
key_identifier = "till"
key_version = 1
passphrase = "canary-passphrase-of-a-terminal"
environment = "test"
ca_file = "/etc/edge-daemon/root.pem"
#passphrase = "canary-in-a-comment-9"
{more}
"""
CARD_READER = '[[card_reader]]\nname = "cards"\ndriver = "pcsc"\n'
SCANNER = """
[[scanner]]
name = "scanner"
driver = "serial"
url = "/dev/pos/scanner"
"""
Write = Callable[..., pathlib.Path]


@pytest.fixture
def write(tmp_path: pathlib.Path) -> Write:
    def write(more: str = "", api: str = "") -> pathlib.Path:
        path = tmp_path / "edge-daemon.toml"
        path.write_text(TOML.format(directory=tmp_path, more=more, api=api))
        return path

    return write


def found(path: pathlib.Path, root: pathlib.Path) -> dict[str, Check]:
    return {check.name: check for check in examine(path, root)}


def put(root: pathlib.Path, path: str, text: str = "") -> pathlib.Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_missing_device_file_is_told_with_where_to_look(
    write: Write, tmp_path: pathlib.Path
) -> None:
    check = found(write(SCANNER), tmp_path)["device scanner"]
    assert check.grade is Grade.BAD
    assert "/dev/serial/by-id" in check.mend


def test_a_device_file_that_its_group_cannot_open_is_told(
    write: Write, tmp_path: pathlib.Path
) -> None:
    file = put(tmp_path, "dev/pos/scanner")
    file.chmod(0o600)
    check = found(write(SCANNER), tmp_path)["device scanner"]
    assert check.grade is Grade.BAD
    assert "udevadm" in check.mend
    file.chmod(0o660)
    assert found(write(SCANNER), tmp_path)["device scanner"].grade is Grade.GOOD


USB_PRINTER = """
[[pos_printer]]
name = "receipts"
driver = "escpos"
usb = "04b8:0202/A1"
"""


def plug_in(root: pathlib.Path, port: str, serial: str, number: int) -> pathlib.Path:
    facts = {"idVendor": "04b8", "idProduct": "0202", "serial": serial, "busnum": "1"}
    for name, text in (facts | {"devnum": str(number)}).items():
        put(root, f"sys/bus/usb/devices/{port}/{name}", f"{text}\n")
    put(root, f"sys/bus/usb/devices/{port}:1.0/bInterfaceClass", "07\n")
    return put(root, f"dev/bus/usb/001/{number:03}")


def test_a_usb_device_is_found_by_its_serial_number_and_its_file_is_looked_at(
    write: Write, tmp_path: pathlib.Path
) -> None:
    check = found(write(USB_PRINTER), tmp_path)["device receipts"]
    assert check.grade is Grade.BAD
    assert "lsusb" in check.mend
    plug_in(tmp_path, "1-1", "B2", 3)
    file = plug_in(tmp_path, "1-1.2", "A1", 4)
    file.chmod(0o600)
    check = found(write(USB_PRINTER), tmp_path)["device receipts"]
    assert str(file) in check.found
    assert "99-pos-edge.rules" in check.mend
    file.chmod(0o660)
    assert found(write(USB_PRINTER), tmp_path)["device receipts"].grade is Grade.GOOD
    assert found(write(USB_PRINTER), tmp_path)["udev rules"].grade is Grade.CARE
    either = USB_PRINTER.replace("/A1", "")
    assert "2 USB devices are" in found(write(either), tmp_path)["device receipts"].found


def test_udev_rules_count_only_where_a_device_is_plugged_in(
    write: Write, tmp_path: pathlib.Path
) -> None:
    assert "udev rules" not in found(write(), tmp_path)
    assert found(write(SCANNER), tmp_path)["udev rules"].grade is Grade.CARE
    put(tmp_path, "etc/udev/rules.d/99-pos-edge.rules")
    assert found(write(SCANNER), tmp_path)["udev rules"].grade is Grade.GOOD


def test_pcscd_is_missed_by_nobody_who_has_no_card_reader(
    write: Write, tmp_path: pathlib.Path
) -> None:
    assert found(write(), tmp_path)["pcscd"].grade is Grade.ABSENT
    put(tmp_path, "run/pcscd/pcscd.comm")
    assert found(write(), tmp_path)["pcscd"].grade is Grade.GOOD


def test_pcscd_that_asks_polkit_needs_the_rule(write: Write, tmp_path: pathlib.Path) -> None:
    assert found(write(CARD_READER), tmp_path)["pcscd"].grade is Grade.BAD
    put(tmp_path, "run/pcscd/pcscd.comm")
    assert found(write(CARD_READER), tmp_path)["pcscd"].grade is Grade.GOOD
    put(tmp_path, "usr/share/polkit-1/actions/org.debian.pcsc-lite.policy")
    check = found(write(CARD_READER), tmp_path)["pcscd"]
    assert check.grade is Grade.BAD
    assert "50-pos-edge-pcscd.rules" in check.mend
    put(tmp_path, "etc/polkit-1/rules.d/50-pos-edge-pcscd.rules")
    assert found(write(CARD_READER), tmp_path)["pcscd"].grade is Grade.GOOD


def test_broker_that_takes_no_connection_is_told(write: Write, tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = f'[relay]\nhost = "127.0.0.1"\nport = {server.getsockname()[1]}'
    check = found(write(relay), tmp_path)["broker"]
    assert check.grade is Grade.BAD
    assert "systemctl status mosquitto" in check.mend
    unknown = found(write('[relay]\nhost = "no-such-host.invalid"'), tmp_path)["broker"]
    assert unknown.grade is Grade.BAD
    assert "name" in unknown.found


@pytest.mark.parametrize(("days", "grade"), [(300, Grade.GOOD), (5, Grade.CARE), (-1, Grade.BAD)])
def test_a_certificate_is_told_before_it_ends(
    write: Write, tmp_path: pathlib.Path, days: int, grade: Grade
) -> None:
    path = write(api="[api.tls]")
    assert found(path, tmp_path)["certificate"].mend == "edge-daemon tls init"
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - what the certificate's end is compared with
    probe = issue(make_authority("t", ("t.local",), now), ("t.local",), frozenset(), now)
    from edge_daemon.certificates import facts  # noqa: PLC0415 - beside its only use

    life = facts(probe).not_after - now
    then = now - life + dt.timedelta(days=days)
    pem = issue(make_authority("t", ("t.local",), then), ("t.local",), frozenset(), then)
    folder = tmp_path / "state" / "tls"
    folder.mkdir(parents=True)
    (folder / "box.pem").write_bytes(pem)
    assert found(path, tmp_path)["certificate"].grade is grade


def test_mistakes_in_the_configuration_end_nothing(write: Write, tmp_path: pathlib.Path) -> None:
    checks = list(examine(write("[[cash_drawr]]\nname = 'x'"), tmp_path))
    assert checks[0].name == "configuration"
    assert checks[0].grade is Grade.BAD
    assert "disk" in {check.name for check in checks}


@pytest.mark.parametrize(
    ("flags", "grade"),
    [("0", Grade.GOOD), ("50000", Grade.CARE), ("50005", Grade.BAD), (None, Grade.ABSENT)],
)
def test_a_weak_power_supply_of_a_pi_is_told(
    tmp_path: pathlib.Path, flags: str | None, grade: Grade
) -> None:
    if flags is not None:
        put(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", f"{flags}\n")
    checks = machine_checks(tmp_path, ClockState.SYNCED, tmp_path)
    assert {check.name: check.grade for check in checks}["power supply"] is grade


def test_a_pi_without_that_file_tells_by_its_hardware_monitor(tmp_path: pathlib.Path) -> None:
    put(tmp_path, "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    put(tmp_path, "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    put(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "61250\n")
    put(tmp_path, "proc/meminfo", "MemTotal: 1 kB\nMemAvailable:     2048 kB\n")
    machine = look(tmp_path, tmp_path)
    assert machine.under_voltage is True
    assert machine.temperature == pytest.approx(61.25)
    assert machine.memory_available == 2048 * 1024


def test_a_clock_that_nobody_keeps_is_told(tmp_path: pathlib.Path) -> None:
    checks = machine_checks(tmp_path, ClockState.FREE_RUNNING, tmp_path)
    (clock,) = (check for check in checks if check.name == "clock")
    assert clock.grade is Grade.CARE
    assert "set-ntp" in clock.mend


def test_doctor_works_without_a_daemon(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", str(write()), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["checks"]
    daemon = told[-1]
    assert (daemon["name"], daemon["grade"]) == ("daemon", "bad")
    assert "systemctl restart edge-daemon" in daemon["mend"]
    assert main(["doctor", "--config", str(write())]) == 1
    assert "→" in capsys.readouterr().out


async def test_status_doctor_and_bundle_ask_the_running_daemon(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "edge-daemon.toml"
    daemon = DaemonProcess(path, tmp_path / "state")
    await daemon.start()
    try:
        status = run("status", "--config", str(path), "--json")
        doctor = run("doctor", "--config", str(path), "--json")
        plain = run("status", "--config", str(path))
        target = tmp_path / "bundle.zip"
        run("support-bundle", "--config", str(path), "--output", str(target))
        offered = json.loads(
            run("pair", "--manager", "--no-print", "--config", str(path), "--json")
        )
        code = {"code": offered["code"]["code"]}
        async with daemon.client() as register:
            paired = await register.put(f"/v1/pairings/{ulid()}", json=code)
    finally:
        await daemon.kill()
    assert set(paired.json()["scopes"]) == MANAGER_SCOPES
    assert json.loads(status)["health"]["edge_id"] == "edge-0041"
    assert "edge-0041: " in plain
    checks = {check["name"]: check for check in json.loads(doctor)["checks"]}
    assert checks["daemon"]["grade"] == "good"
    with zipfile.ZipFile(target) as file:
        names = set(file.namelist())
        health = json.loads(file.read("health.json"))
        journal = json.loads(file.read("journal.json"))
        assert b"edge_daemon_info" in file.read("metrics.txt")
        assert json.loads(file.read("logs.json"))["lines"]
    assert health["edge_id"] == "edge-0041"
    assert journal["entries"] >= 2
    assert {"edge-daemon.toml", "versions.json", "doctor.json"} <= names


def run(*arguments: str) -> str:
    return subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=60
    ).stdout


def test_a_bundle_holds_no_secret_and_no_card(
    write: Write, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "mqtt-password").write_text("canary-in-a-credential")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    path = write(f"# the old card {CARD}, token pe_{'x' * 40}")
    target = tmp_path / "bundle.zip"
    assert main(["support-bundle", "--config", str(path), "--output", str(target)]) == 0
    with zipfile.ZipFile(target) as file:
        everything = "\n".join(file.read(name).decode() for name in file.namelist())
    for canary in (*CANARIES, "canary-in-a-credential", CARD, "pe_xxxx"):
        assert canary not in everything
    assert 'key_identifier = "till"' in everything
    assert "P400Plus-123456789" in everything
    assert main(["support-bundle", "--config", str(path), "--output", str(target)]) == 1


def test_secrets_go_wherever_they_stand(write: Write, tmp_path: pathlib.Path) -> None:
    scrubber = Scrubber(secrets_of(write(), None))
    pem = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
    text = f"the terminal said canary-passphrase-of-a-terminal {pem} Bearer abcdefgh"
    assert scrubber.clean(text) == "the terminal said [removed] [removed] Bearer [token]"
    inline = "tls = { key_password = 'hunter22', ca_file = '/etc/ca.pem' }"
    cleaned = scrubber.clean_toml(inline)
    assert "hunter22" not in cleaned
    assert "/etc/ca.pem" in cleaned
    assert os.fspath(tmp_path) not in cleaned
