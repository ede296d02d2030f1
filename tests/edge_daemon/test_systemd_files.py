import pathlib
import re
import subprocess
import sys

import pytest

from edge_daemon.config import load_configuration

SYSTEMD = pathlib.Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "edge-daemon.service"
EXAMPLE = SYSTEMD / "edge-daemon.toml"
INSTALLED = "/opt/pos-edge/.venv/bin"
HIGHEST_EXPOSURE = 1.8


def values(key: str) -> list[str]:
    return re.findall(rf"(?m)^{key}=(.*)$", UNIT.read_text())


@pytest.fixture
def unit(tmp_path: pathlib.Path) -> str:
    here = str(pathlib.Path(sys.executable).parent)
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text().replace(INSTALLED, here))
    return str(path)


def test_systemd_finds_nothing_wrong_with_the_unit(unit: str) -> None:
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout + finished.stderr) == (0, "")


def test_unit_is_locked_down(unit: str) -> None:
    threshold = f"--threshold={HIGHEST_EXPOSURE * 10:.0f}"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", threshold, unit]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout


def test_unit_runs_the_example_where_it_is_installed() -> None:
    (command,) = values("ExecStart")
    assert command == f"{INSTALLED}/edge-daemon run --config /etc/edge-daemon/edge-daemon.toml"
    assert load_configuration(EXAMPLE).edge.state_directory == "/var/lib/edge-daemon"
    assert values("StateDirectory") == ["edge-daemon"]


def test_example_is_right_as_it_stands() -> None:
    assert load_configuration(EXAMPLE).workstation("till-1") is not None


def test_example_shows_only_keys_that_exist(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(re.sub(r"(?m)^#(?=\S)", "", EXAMPLE.read_text()))
    configuration = load_configuration(path)
    assert {device.family for device in configuration.devices} >= {
        "pos_printer",
        "cash_drawer",
        "payment_terminal",
        "scanner",
    }


def test_unit_hands_over_every_credential_that_the_example_names() -> None:
    named = set(re.findall(r'(?m)^#?\w+_credential = "([\w-]+)"', EXAMPLE.read_text()))
    named |= set(re.findall(r"/run/credentials/edge-daemon\.service/([\w-]+)", EXAMPLE.read_text()))
    assert named == {value.partition(":")[0] for value in values("LoadCredential")}


def test_udev_gives_devices_to_groups_of_the_service() -> None:
    rules = (SYSTEMD / "99-pos-edge.rules").read_text()
    groups = set(re.findall(r'GROUP="(\w+)"', rules))
    assert groups < set(values("SupplementaryGroups")[0].split())
