"""`pos-simulators` as a person starts it."""

import asyncio
import contextlib
import signal
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from simulators import registry
from simulators.cli import main, switch_on
from simulators.configuration import configuration
from simulators.control import Simulator, UnknownNameError
from simulators.scanner import Scanner

COMMAND = (sys.executable, "-c", "from simulators.cli import main; raise SystemExit(main())")


@contextlib.asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Start the command and yield it with all that it prints before it runs."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "--control-port=0",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readuntil(b"/state\n")).decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def control_url(announced: str) -> str:
    return announced.rsplit(": ", 1)[1].removesuffix("/state\n")


async def test_command_prints_toml_obeys_its_control_and_ends_clean(tmp_path: Path) -> None:
    file = tmp_path / "devices.toml"
    arguments = ("scanner", "--directory", str(tmp_path), "--toml", str(file), "--fault=burst")
    async with running(*arguments) as (process, announced):
        tables = tomllib.loads(announced)
        assert tables == tomllib.loads(file.read_text())
        assert tables["workstation"] == [{"name": "till-1", "scanner": "scanner"}]
        assert tables["scanner"][0]["url"] == str(tmp_path / "scanner" / "scanner")
        async with httpx.AsyncClient(base_url=control_url(announced), trust_env=False) as http:
            state = (await http.get("/state")).json()
            assert state["scanner"]["faults"]["burst"] is True
            await http.post("/scanner/hand", json={"action": "scan", "data": "8711000000007"})
            await told(process, "last scan: 8711000000007")
        process.send_signal(signal.SIGINT)
        _, log = await process.communicate()
        assert process.returncode == 0
        assert "Stopped." in log.decode()
    assert not (tmp_path / "scanner" / "scanner").is_symlink()


async def told(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        if text in line.decode():
            return
    raise AssertionError(f"{text!r} was never told")


async def test_without_arguments_one_of_each_is_started() -> None:
    async with running() as (process, announced):
        tables = tomllib.loads(announced)
        assert set(registry.started_by_default()) <= set(tables)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scaner"], "Did you mean scanner?"),
        (["scanner", "--fault", "brust"], "Did you mean burst?"),
        (["scanner", "--fault", "printer:burst"], "no simulator 'printer'"),
    ],
)
def test_mistakes_are_told(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--control-port=0"]) == 2
    assert message in capsys.readouterr().err


def test_help_shows_the_simulators_and_how_to_control_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "scanner" in text
    assert "/scanner/hand" in text


async def test_fault_is_switched_on_at_every_simulator_that_has_it_or_at_one(
    tmp_path: Path,
) -> None:
    left, right = Scanner("left", tmp_path), Scanner("right", tmp_path)
    simulators: dict[str, Simulator] = {"left": left, "right": right}
    switch_on(simulators, "burst")
    assert "burst" in left.faults
    assert "burst" in right.faults
    switch_on(simulators, "left:half-message")
    assert "half_message" in simulators["left"].faults
    switch_on(simulators, "left:garbage")
    assert "garbage" in left.faults
    assert "garbage" not in right.faults
    with pytest.raises(UnknownNameError):
        switch_on(simulators, "middle:garbage")


def test_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simulators.scanner", None)
    with pytest.raises(registry.MissingPackageError, match=r"pos-edge\[simulators\]"):
        registry.create("scanner", tmp_path)


async def test_every_simulator_opens_by_its_family_with_a_dash_or_without(tmp_path: Path) -> None:
    for name in registry.families():
        simulator = registry.create(name.replace("_", "-"), tmp_path)
        assert simulator.family == name or name not in registry.started_by_default()
        async with simulator:
            assert tomllib.loads(configuration([simulator]))[simulator.family]


async def test_one_that_is_started_by_its_name_only_stands_beside_the_one_of_its_family(
    tmp_path: Path,
) -> None:
    names = {"payment-terminal", "nexo-terminal"}
    both = [registry.create(name, tmp_path) for name in sorted(names)]
    async with both[0], both[1]:
        tables = tomllib.loads(configuration(both))["payment_terminal"]
        assert {table["name"] for table in tables} == {"terminal", "nexo_terminal"}
    assert "nexo_terminal" not in registry.started_by_default()
