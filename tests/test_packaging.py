"""What a clone and an installation contain."""

import importlib.metadata
import pathlib
import re
import subprocess
import sys
import zipfile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).parent.parent
PACKAGES = ("edge_daemon", "drivers", "simulators", "central_office")
SCRIPTS = sorted(path for path in (ROOT / "script").iterdir() if path.suffix != ".py")


def tracked_files() -> list[str]:
    # The clone may belong to somebody else than the one who runs the tests.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return [name for name in listed.decode().split("\0") if (ROOT / name).is_file()]


def locked_versions() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def needed_distributions() -> set[str]:
    extras = {"pos-edge": ["client", "simulators", "office", "dev"]}
    needed: set[str] = set()
    todo = ["pos-edge"]
    while todo:
        name = todo.pop()
        for line in importlib.metadata.requires(name) or []:
            requirement = Requirement(line)
            wanted = extras.get(name, [""])
            found = canonicalize_name(requirement.name)
            if found not in needed and any(
                requirement.marker is None or requirement.marker.evaluate({"extra": extra})
                for extra in wanted
            ):
                needed.add(found)
                extras[found] = ["", *requirement.extras]
                todo.append(found)
    return needed


def test_every_distribution_that_runs_here_is_the_locked_one() -> None:
    locked = locked_versions()
    needed = needed_distributions() - {"pip"}  # the one that Debian put into the environment
    installed = {name: importlib.metadata.version(name) for name in needed}
    assert installed == {name: locked.get(name) for name in installed}


def test_lock_leaves_the_source_of_packages_to_the_machine() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[\w.-]+==[\w.]+", line)] == []


def test_no_file_knows_a_machine_or_a_registry() -> None:
    address = re.compile(
        r"/(?:home|root|Users|work)/\w|pythonhosted|pypi\.org/simple|deb\.debian\.org|registry\.npm"
    )
    found = [
        (name, match.group())
        for name in tracked_files()
        if name != pathlib.Path(__file__).relative_to(ROOT).as_posix()
        and (match := address.search((ROOT / name).read_text(errors="replace")))
    ]
    assert found == []


def test_module_names_say_what_lives_there() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc", "core"}
    modules = [pathlib.PurePath(name) for name in tracked_files() if name.endswith(".py")]
    assert [str(path) for path in modules if {*path.parent.parts, path.stem} & vague] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_executable_and_is_bash(script: pathlib.Path) -> None:
    assert script.stat().st_mode & 0o111
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", script], check=True)


def test_set_up_for_an_unknown_purpose_explains_itself() -> None:
    finished = subprocess.run(
        [ROOT / "script" / "setup", "nothing"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 2
    assert all(f"script/setup {purpose}" in finished.stderr for purpose in ("daemon", "demo"))


def test_wheel_carries_every_file_of_the_packages(tmp_path: pathlib.Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", tmp_path], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    expected = {name for name in tracked_files() if name.partition("/")[0] in PACKAGES}
    assert expected - packed == set()


def test_console_scripts_lead_to_functions() -> None:
    scripts = importlib.metadata.distribution("pos-edge").entry_points.select(
        group="console_scripts"
    )
    assert {script.name for script in scripts if callable(script.load())} == {
        "edge-daemon",
        "central-office",
        "pos-simulators",
    }


def test_command_line_loads_no_library_before_it_needs_it() -> None:
    look = "import edge_daemon.cli, sys; print(*(name.partition('.')[0] for name in sys.modules))"
    finished = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True)
    costly = {"biip", "cryptography", "escpos", "litestar", "paho", "PIL", "serial", "usb"}
    assert costly & set(finished.stdout.decode().split()) == set()
