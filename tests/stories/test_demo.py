"""The demo as its users start it: a process of its own, and nothing left behind."""

import io
import itertools
import json
import os
import pathlib
import re
import shlex
import signal
import string
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from rich.console import Console

from simulators.demo.proof import Proof
from simulators.demo.screen import Screen

DEMO = [sys.executable, "-u", "-m", "simulators.demo"]
MARK = "MARK_OF_A_DEMO"
TRUE = Proof(sales=2, printed=2, drawer_opened=1, entries=23, acknowledged=23)

pytestmark = pytest.mark.timeout(180)


class Demo:
    """Demos of one test, and what they leave behind."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.mark = uuid.uuid4().hex
        self.directory = directory
        self.environment = os.environ | {
            MARK: self.mark,
            "TMPDIR": str(directory),
            "PYTHONIOENCODING": "utf-8",
        }
        self.process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*DEMO, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            DEMO,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def read_until(self, text: str) -> str:
        """What the demo writes, up to the line with `text`."""
        assert self.process is not None
        assert self.process.stdout is not None
        read = ""
        for line in self.process.stdout:
            read += line
            if text in line:
                return read
        raise AssertionError(f"{text!r} never came: {read}")

    def end(self, number: int | None = None) -> tuple[int, str, str]:
        """Exit code, and the rest of what it wrote."""
        assert self.process is not None
        if number is not None:
            self.process.send_signal(number)
        written, complaint = self.process.communicate(timeout=60)
        return self.process.returncode, written, complaint

    def processes(self) -> dict[int, str]:
        """The demo's processes that run, and their command lines."""
        return dict(self._running())

    def _running(self) -> Iterator[tuple[int, str]]:
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                environment = (path / "environ").read_bytes()
                command = (path / "cmdline").read_bytes()
            except OSError:
                continue
            if f"{MARK}={self.mark}".encode() in environment:
                yield int(path.name), command.replace(b"\0", b" ").decode()

    def left_behind(self) -> tuple[dict[int, str], list[pathlib.Path]]:
        return self.processes(), list(self.directory.iterdir())


@pytest.fixture
def demo(tmp_path: pathlib.Path) -> Iterator[Demo]:
    directory = tmp_path / "temporary"
    directory.mkdir()
    demo = Demo(directory)
    yield demo
    for pid in demo.processes():
        os.kill(pid, signal.SIGKILL)
    if demo.process is not None:
        demo.process.communicate()


@pytest.mark.parametrize("broker", ["mosquitto", "amqtt"])
def test_once_makes_two_sales_and_proves_them(demo: Demo, broker: str) -> None:
    done = demo.run("--once", "--broker", broker)
    assert (done.returncode, done.stderr) == (0, "")
    numbers = json.loads(done.stdout.splitlines()[-1])
    assert list(numbers) == ["sales", "printed", "drawer_opened", "entries", "acknowledged"]
    assert (numbers["sales"], numbers["printed"], numbers["drawer_opened"]) == (2, 2, 1)
    assert numbers["acknowledged"] == numbers["entries"] > 0
    assert re.search(r"Wisselgeld +0,70", done.stdout)
    assert "AKKOORD" in done.stdout
    assert demo.left_behind() == ({}, [])


def test_what_is_kept_is_a_sound_journal_and_the_paper(demo: Demo, tmp_path: pathlib.Path) -> None:
    kept = tmp_path / "kept"
    for run in (1, 2):
        done = demo.run("--once", "--lang", "en", "--keep", str(kept))
        assert (done.returncode, done.stderr) == (0, "")
        numbers = json.loads(done.stdout.splitlines()[-1])
        assert numbers["sales"] == 2
        assert re.search(r"Change +0\.70", done.stdout)
        assert f"Receipt {2 * run}" in done.stdout
    pictures = sorted((kept / "paper").glob("*.png"))
    assert [path.read_bytes()[:4] for path in pictures] == [b"\x89PNG"] * 2
    verify = ["edge-daemon", "journal", "verify", "--config", str(kept / "edge-daemon.toml")]
    assert subprocess.run(verify, check=False, capture_output=True).returncode == 0
    assert demo.left_behind() == ({}, [])


def test_the_commands_it_prints_work_and_ctrl_c_leaves_nothing(demo: Demo) -> None:
    demo.start()
    printed = demo.read_until("The journal: ")
    scan, sell, paper_out = printed_commands(printed)
    assert send(scan).json()["state"]["scans"] == 4
    answer = send(sell)
    assert answer.json()["receipt"]["state"] == "printed"
    assert send(sell).json() == answer.json()
    assert send(paper_out).json()["state"]["paper"] == "out"
    sell["url"] = sell["url"].replace(ULID, ULID[:-1] + "0")
    assert send(sell).json()["receipt"]["state"] == "failed"
    if "The back office" not in printed:
        printed += demo.read_until("The back office")
    assert shops_of_the_back_office(printed) == {"De Hoekwinkel"}
    code, written, complaint = demo.end(signal.SIGINT)
    assert (code, complaint) == (0, "")
    assert "Closing the shop." in written
    assert demo.left_behind() == ({}, [])


def shops_of_the_back_office(printed: str) -> set[str]:
    """The shops without history that somebody sees who logs in as the demo says."""
    found = re.search(r"(http://\S+)/ +\(name (\w+), password (\w+)\)", printed)
    assert found is not None
    url, name, password = found.groups()
    with httpx.Client(base_url=url, headers={"Origin": url}, trust_env=False) as browser:
        login = browser.post("/v1/login", json={"name": name, "password": password})
        assert login.status_code < 300, login.text
        stores = browser.get("/v1/stores").json()["stores"]
    return {store["name"] for store in stores if not store["id"].startswith("store-")}


def test_a_program_that_ends_is_named_with_its_last_lines(demo: Demo) -> None:
    demo.start()
    demo.read_until("Scanned")
    (daemon,) = [pid for pid, command in demo.processes().items() if "edge-daemon run" in command]
    os.kill(daemon, signal.SIGKILL)
    code, _, complaint = demo.end()
    assert code == 1
    assert complaint.startswith("demo: edge-daemon was ended by the signal 9. Its last lines:\n")
    assert "ready: http://" in complaint
    assert demo.left_behind() == ({}, [])


def test_a_daemon_that_does_not_start_is_explained(demo: Demo, tmp_path: pathlib.Path) -> None:
    (tmp_path / "state").write_text("a file where the daemon wants its directory")
    done = demo.run("--once", "--keep", str(tmp_path))
    assert done.returncode == 1
    assert "demo: edge-daemon ended with the exit code" in done.stderr
    assert demo.left_behind() == ({}, [])


@pytest.mark.parametrize("moment", ["Starting the MQTT broker", "Starting the central office"])
def test_a_signal_while_it_starts_leaves_nothing(demo: Demo, moment: str) -> None:
    demo.start()
    demo.read_until(moment)
    assert demo.end(signal.SIGTERM)[0] == 0
    assert demo.left_behind() == ({}, [])


@pytest.mark.parametrize(
    "numbers",
    [{"sales": 1}, {"printed": 3}, {"drawer_opened": 0}, {"acknowledged": 20}],
    ids=lambda numbers: next(iter(numbers)),
)
def test_each_number_that_is_not_true_is_a_problem(numbers: dict[str, int]) -> None:
    assert TRUE.problems() == []
    (problem,) = Proof(**json.loads(TRUE.json()) | numbers).problems()
    assert str(next(iter(numbers.values()))) in problem


def test_the_status_fits_a_small_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    written = io.StringIO()
    screen = Screen(Console(file=written, force_terminal=True, color_system=None, width=80))
    names = ("printer", "scanner", "terminal", "drawer")
    devices = [{"name": name, "state": "online", "reason": None} for name in names]
    health = {
        "journal": {"position": "01M80KWAHASBY55P5Y7F8Y5CRP.12345"},
        "relay": {"lag": 0},
        "problems": [],
    }
    with screen.live("http://127.0.0.1:65535, Ctrl-C ends"):
        screen.show_status(health, devices)
    (line,) = [line for line in written.getvalue().splitlines() if "drawer" in line][:1]
    assert all(name in line for name in ("12345", *names))


# --- the printed commands, as curl would send them ---

ULID = "01M80KWAHASBY55P5Y7F8Y5CRP"


def printed_commands(text: str) -> list[dict[str, Any]]:
    """The curl commands of the text, with its own `export` lines applied."""
    exported = dict(re.findall(r"\b(URL|SIMULATORS|TOKEN)=(\S+)", text)) | {"ID": ULID}
    blocks = re.findall(r"^curl .+?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    return [_request(shlex.split(block), exported) for block in blocks]


def _request(words: list[str], exported: dict[str, str]) -> dict[str, Any]:
    words = [string.Template(word).substitute(exported) for word in words]
    options = dict(itertools.pairwise(words))
    headers = dict(
        words[number + 1].split(": ", 1) for number, word in enumerate(words) if word == "-H"
    )
    (url,) = [word for word in words if word.startswith("http://")]
    method = options.get("-X", "POST")
    return {"method": method, "url": url, "headers": headers, "content": options["-d"]}


def send(command: dict[str, Any]) -> httpx.Response:
    return httpx.request(**command, timeout=60, trust_env=False).raise_for_status()
