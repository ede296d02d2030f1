"""The simulated scanner's hand and address."""

import os
import tomllib
from pathlib import Path

import pytest

from simulators.control import UnknownNameError
from simulators.scanner import Scanner


def is_plugged_in(scanner: Scanner) -> bool:
    path = Path(scanner.url)
    return path.is_symlink() and path.readlink().is_char_device()


def test_address_is_a_symlink_that_comes_and_goes_with_the_cable(tmp_path: Path) -> None:
    scanner = Scanner("till", tmp_path)
    for _ in range(2):
        scanner.plug_in()
        scanner.plug_in()
        assert is_plugged_in(scanner)
        scanner.unplug()
        scanner.unplug()
        assert not is_plugged_in(scanner)
    assert list(tmp_path.iterdir()) == []


async def test_scanner_without_a_directory_leaves_nothing_behind() -> None:
    async with Scanner() as scanner:
        assert is_plugged_in(scanner)
    assert not is_plugged_in(scanner)
    assert not os.access(scanner.url.removesuffix("/scanner"), os.F_OK)


def test_symlink_of_a_killed_scanner_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "scanner").symlink_to("/dev/pts/does-not-exist")
    scanner = Scanner(directory=tmp_path)
    scanner.plug_in()
    assert is_plugged_in(scanner)
    scanner.unplug()


async def test_toml_holds_what_differs_from_the_usual(tmp_path: Path) -> None:
    async with Scanner("till", tmp_path, prefix="\x02", suffix="\x03") as scanner:
        assert tomllib.loads(scanner.toml()) == {
            "scanner": [
                {
                    "name": "till",
                    "driver": "serial",
                    "url": str(tmp_path / "till"),
                    "prefix": "\x02",
                    "suffix": "\x03",
                }
            ]
        }


async def test_state_shows_cable_and_scans() -> None:
    async with Scanner() as scanner:
        await scanner.hand("scan", data="8711000000007", symbology="E0")
        await scanner.hand("unplug")
        await scanner.hand("scan", data="nobody hears it")
        assert scanner.state() == {
            "plugged_in": False,
            "scans": 2,
            "last_scan": "nobody hears it",
        }


async def test_scans_that_nobody_reads_are_lost_without_a_word() -> None:
    async with Scanner() as scanner:
        for _ in range(100):
            await scanner.hand("scan", data="x" * 1000)


async def test_what_it_sends_is_what_was_scanned() -> None:
    async with Scanner() as scanner:
        line = os.open(scanner.url, os.O_RDWR | os.O_NOCTTY)
        await scanner.hand("scan", data="8711000000007")
        assert os.read(line, 100) == b"8711000000007\r"
        os.close(line)


@pytest.mark.parametrize(
    ("action", "arguments", "message"),
    [
        ("scan", {}, "needs data"),
        ("scan", {"data": 5}, "data as text"),
        ("scan", {"data": "x", "colour": "red"}, "not colour"),
        ("unplug", {"data": "x"}, "no arguments"),
    ],
)
async def test_wrong_arguments_are_told(
    action: str, arguments: dict[str, object], message: str
) -> None:
    async with Scanner() as scanner:
        with pytest.raises(ValueError, match=message):
            await scanner.hand(action, **arguments)


async def test_unknown_action_lists_what_exists() -> None:
    async with Scanner() as scanner:
        with pytest.raises(UnknownNameError, match=r"Did you mean unplug\?.*plug_in, scan, unplug"):
            await scanner.hand("unplugg")
