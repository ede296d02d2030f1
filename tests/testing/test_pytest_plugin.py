import importlib.metadata
import os
import pathlib
import subprocess
import sys
import tomllib

import pytest

PLUGIN = "simulators.pytest_plugin"
ROOT = pathlib.Path(__file__).parents[2]
"""Where the project is, for a process that runs elsewhere."""
OUTSIDE = """
import json
import urllib.request

import pytest
from edge_daemon.client import Card, Cash, SaleLine

PEANUT_BUTTER = SaleLine(
    description="Peanut butter", unit_price=349, tax_code="low", quantity_milli=1000
)


def ask(counter, path):
    request = urllib.request.Request(
        counter.url + path, headers={"Authorization": f"Bearer {counter.token}"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_cash(counter):
    counter.scan("8710400145981")
    sale = counter.sell([PEANUT_BUTTER], [Cash(amount=500)])
    assert sale.change == 150
    assert "Wisselgeld" in counter.receipts[-1].text
    assert counter.drawer.is_open
    counter.drawer.close()
    assert not counter.drawer.is_open
    assert counter.receipts[-1].png().startswith(b"\\x89PNG")


def test_contactless(counter):
    assert not counter.receipts
    counter.tap("visa")
    assert counter.sell([PEANUT_BUTTER], [Card()]).state == "completed"
    assert "AKKOORD" in counter.wait_for_receipt().text


def test_decline_leaves_nothing_behind(counter):
    counter.decline()
    assert counter.sell([PEANUT_BUTTER], [Card()]).state == "awaiting_tender"
    counter.tap()


def test_nobody_has_tapped_for_us(counter):
    counter.walk_away()
    assert counter.sell([PEANUT_BUTTER], [Card()]).state == "awaiting_tender"


def test_paper_out(counter):
    counter.printer.paper_out()
    sale = counter.sell([PEANUT_BUTTER], [Cash(amount=500)])
    assert sale.receipt.state == "failed"
    counter.printer.replace_paper()


def test_what_another_test_broke_is_mended(counter):
    assert counter.printer.state["paper"] == "ok"
    counter.printer.fail("slow")
    assert ask(counter, "/v1/health")["journal"]["position"]


def test_power_cut(counter):
    before = len(counter.journal())
    counter.cut_power()
    counter.restore_power()
    assert len(counter.journal()) > before


def test_wrong_names_are_told(counter):
    with pytest.raises(AttributeError, match="Did you mean paper_out"):
        counter.printer.paper_oud()
    with pytest.raises(LookupError, match="printer"):
        counter.device("print")
    with pytest.raises(AssertionError, match="0 of 1 receipts"):
        counter.wait_for_receipt(seconds=0.01)
    with pytest.raises(AssertionError, match="is idle"):
        counter.wait_for_terminal(seconds=0.01)
"""


def outside(
    directory: pathlib.Path, test: str, *arguments: str, ini: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a project's tests that has nothing of ours but what is installed."""
    (directory / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}")
    (directory / "test_till.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, *arguments]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TMPDIR": str(directory),
    }
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False,
        timeout=150,
    )  # fmt: skip


@pytest.mark.timeout(180)
def test_another_project_tests_its_till_against_a_counter(tmp_path: pathlib.Path) -> None:
    (tmp_path / "more.toml").write_text(
        '[doors]\nlisten = ["127.0.0.1:0"]\n\n[[door]]\nname = "odoo"\nkind = "hw_proxy"\n'
        'workstation = "till-1"\naddresses = ["127.0.0.1"]\norigins = ["https://shop.example"]\n'
        'scopes = ["print"]\n'
    )
    ini = "pos_counter_toml = more.toml\npos_counter_language = nl\n"
    done = outside(tmp_path, OUTSIDE, "--pos-counter", ini=ini)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout


def test_without_the_option_nothing_is_added(tmp_path: pathlib.Path) -> None:
    test = "import sys\ndef test_it():\n    assert 'simulators.testing' not in sys.modules\n"
    assert outside(tmp_path, test).returncode == 0
    assert "put right" not in outside(tmp_path, test, "--fixtures").stdout
    assert "put right" in outside(tmp_path, test, "--fixtures", ini="pos_counter = true\n").stdout


def test_the_plug_in_is_announced_to_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}
    importlib.metadata.EntryPoint(PLUGIN, PLUGIN, "pytest11").load()
