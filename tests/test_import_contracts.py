"""Each import contract of pyproject.toml is shown a module that breaks it."""

import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PACKAGES = ("edge_daemon", "drivers", "simulators", "central_office")
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}
VIOLATIONS = [
    ("daemon-floors", "edge_daemon/journal/violation.py", "edge_daemon.devices"),
    ("daemon-floors", "edge_daemon/relay/violation.py", "edge_daemon.printing"),
    ("daemon-floors", "edge_daemon/sales/violation.py", "edge_daemon.api"),
    ("daemon-floors", "edge_daemon/records/violation.py", "edge_daemon.journal"),
    ("daemon-floors", "edge_daemon/room_without_a_floor.py", "edge_daemon.errors"),
    ("no-cycles", "edge_daemon/journal/values.py", "edge_daemon.journal.journal"),
    ("driver-floors", "drivers/transport/violation.py", "drivers.pos_printer"),
    ("driver-floors", "drivers/scanner/violation.py", "drivers.payment_terminal"),
    ("driver-floors", "drivers/wire/violation.py", "drivers.errors"),
    ("sdk-reads-records", "edge_daemon/client/violation.py", "edge_daemon.errors"),
    ("drivers-stand-alone", "drivers/pos_printer/violation.py", "edge_daemon.clock"),
    ("drivers-stand-alone", "drivers/scanner/violation.py", "simulators.control"),
    ("wire-is-pure", "drivers/wire/violation.py", "asyncio"),
    ("wire-is-pure", "drivers/wire/violation.py", "time"),
    ("no-driver-by-name", "edge_daemon/printing/violation.py", "drivers.pos_printer.escpos"),
    ("no-driver-by-name", "edge_daemon/devices/violation.py", "drivers.transport.tcp"),
    ("daemon-stands-alone", "edge_daemon/devices/violation.py", "simulators.control"),
    ("simulators-speak-the-wire", "simulators/violation.py", "drivers.pos_printer"),
    ("simulators-speak-the-wire", "simulators/violation.py", "drivers.lane"),
    ("simulators-speak-the-wire", "simulators/violation.py", "edge_daemon.records"),
    ("office-reads-records", "central_office/violation.py", "edge_daemon.journal"),
    ("office-reads-records", "central_office/violation.py", "drivers.wire"),
]


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> pathlib.Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def write_module(tree: pathlib.Path, path: str, text: str) -> None:
    module = tree / path
    for folder in module.relative_to(tree).parents:
        if folder != pathlib.Path():
            (tree / folder).mkdir(exist_ok=True)
            (tree / folder / "__init__.py").touch()
    module.write_text(text)


def write_if_missing(tree: pathlib.Path, name: str) -> None:
    path = name.replace(".", "/")
    if name.startswith(PACKAGES) and not any(
        (tree / f"{path}{ending}").exists() for ending in (".py", "/__init__.py")
    ):
        write_module(tree, f"{path}.py", "")


def lint(tree: pathlib.Path, contract: str) -> str:
    command = str(pathlib.Path(sys.executable).parent / "lint-imports")
    environment = {**os.environ, "COLUMNS": "200"}
    finished = subprocess.run(
        [command, "--no-cache", "--contract", contract],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.stdout


def test_every_contract_has_a_violation_here() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(CONTRACTS)


@pytest.mark.parametrize(("contract", "path", "imported"), VIOLATIONS)
def test_a_violation_breaks_its_contract(
    tree: pathlib.Path, contract: str, path: str, imported: str
) -> None:
    write_if_missing(tree, imported)
    before = lint(tree, contract)
    write_module(tree, path, f"import {imported}\n")
    assert f"{CONTRACTS[contract]} KEPT" in before
    assert f"{CONTRACTS[contract]} BROKEN" in lint(tree, contract)
