"""Tables that are proposed for what was found: they load, and what is there is not proposed."""

import asyncio
import json
import os
import pathlib
import shutil
import sys
import tomllib

import pytest

from drivers.discovery import Candidate
from edge_daemon.cli import main
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.config.proposal import propose
from simulators.pcsc_card_reader import PcscCardReader

REST = """
[edge]
id = "edge-1"
organization = "org"
store = "store"

[api]
token = "0123456789abcdef"

[shop]
name = "Shop"
"""
FOUND = [
    Candidate("mdns", "10.0.0.5:9100", "TM-T88VI", "pos_printer", "escpos", {"host": "10.0.0.5"}),
    Candidate("probe", "10.0.0.6:9101", "?", "pos_printer", "escpos", {"host": "b", "port": 9101}),
    Candidate("serial", "/dev/a", "Zebra\nDS", "scanner", "serial", {"url": "/dev/serial/a"}),
    Candidate("serial", "/dev/b", "Toledo", "scale", "toledo_8217", {"url": "/dev/serial/b"}),
    Candidate("serial", "/dev/c", "DM-D30", "line_display", "escpos", {"url": "/dev/serial/c"}),
    Candidate("serial", "/dev/d", "FTDI\n[edge]", note="Anything."),
]


def loaded(tmp_path: pathlib.Path, tables: str) -> Configuration:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(REST + tables, encoding="utf-8")
    return load_configuration(path)


def test_proposed_tables_load(tmp_path: pathlib.Path) -> None:
    tables = "\n".join(each.toml for each in propose(FOUND))
    configuration = loaded(tmp_path, tables)
    assert [(each.name, each.family, each.driver) for each in configuration.devices] == [
        ("printer", "pos_printer", "escpos"),
        ("printer-2", "pos_printer", "escpos"),
        ("scanner", "scanner", "serial"),
        ("scale", "scale", "toledo_8217"),
        ("display", "line_display", "escpos"),
    ]
    assert "# /dev/d FTDI [edge] (serial): Anything.\n" in tables


def test_what_is_configured_is_not_proposed_again(tmp_path: pathlib.Path) -> None:
    known = loaded(tmp_path, "\n".join(each.toml for each in propose(FOUND[:3])))
    more = Candidate("mdns", "10.0.0.9:9100", "?", "pos_printer", "escpos", {"host": "10.0.0.9"})
    proposals = propose([*FOUND, more], known)
    assert [each.configured for each in proposals[:3]] == ["printer", "printer-2", "scanner"]
    assert [each.toml for each in proposals[:3]] == ["", "", ""]
    assert tomllib.loads(proposals[-1].toml)["pos_printer"][0]["name"] == "printer-3"


@pytest.mark.parametrize(
    ("driver", "settings"), [("telepathy", {}), ("escpos", {"host": "a", "colour": "red"})]
)
def test_what_would_be_refused_is_said_and_not_proposed(
    driver: str, settings: dict[str, str | int]
) -> None:
    (proposal,) = propose([Candidate("usb", "1-1", "x", "pos_printer", driver, settings)])
    assert tomllib.loads(proposal.toml) == {}
    assert proposal.note


def test_command_answers_programs_and_people(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(tmp_path / "none.toml"), "--seconds", "0.01"]
    code = main(["devices", "discover", "--json", *config])
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"found", "troubles"}
    assert code == (0 if answer["found"] else 1)
    main(["devices", "discover", *config])
    shown = capsys.readouterr()
    tomllib.loads(shown.out)
    assert shown.err


@pytest.mark.skipif(
    shutil.which("pcscd", path="/usr/sbin:/usr/bin") is None,
    reason="pcscd is not installed: apt-get install pcscd vsmartcard-vpcd",
)
async def test_card_readers_behind_pcscd_are_found_and_proposed(tmp_path: pathlib.Path) -> None:
    async with PcscCardReader() as reader:
        process = await asyncio.create_subprocess_exec(
            *(str(pathlib.Path(sys.executable).with_name("edge-daemon")), "devices", "discover"),
            *("--config", str(tmp_path / "none.toml"), "--seconds", "0.01"),
            env={**os.environ, "PCSCLITE_CSOCK_NAME": reader.address},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        tables, told = (each.decode() for each in await process.communicate())
    configuration = loaded(tmp_path, tables)
    readers = [each for each in configuration.devices if each.family == "card_reader"]
    assert next((each.name, each.driver) for each in readers) == ("reader", "pcsc")
    places = {getattr(each.settings, "reader", None) for each in readers}
    assert len(places) == len(readers)
    assert "card reader" in told
