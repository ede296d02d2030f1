import asyncio
import http.server
import importlib.metadata
import io
import json
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import httpx
import pytest

from edge_daemon.cli import main
from edge_daemon.clock import SystemClock
from edge_daemon.journal import Draft, EdgeIdentity, Journal
from edge_daemon.records.payloads import SystemEvent

COMMAND = [str(pathlib.Path(sys.executable).with_name("edge-daemon"))]
BEARER = "0123456789abcdef"
VECTORS = json.loads(
    (pathlib.Path(__file__).parents[1] / "vectors" / "zvt.json").read_text(encoding="utf-8")
)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def configuration(tmp_path: pathlib.Path, port: int) -> pathlib.Path:
    path = tmp_path / "edge-daemon.toml"
    text = f"""
    [edge]
    id = "edge-1"
    organization = "org"
    store = "store"
    state_directory = "{tmp_path}/state"

    [api]
    port = {port}
    token = "{BEARER}"

    [shop]
    name = "Shop"

    [[workstation]]
    name = "till-1"
    scanner = "scanner"

    [[scanner]]
    name = "scanner"
    driver = "serial"
    url = "{tmp_path}/not-plugged-in"
    """
    path.write_text(textwrap.dedent(text))
    return path


@pytest.fixture
def daemon(configuration: pathlib.Path) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [*COMMAND, "run", "--config", str(configuration)], stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    while "ready" not in (line := running.stderr.readline()):
        assert line, "the daemon ended before it was ready"
    yield running
    running.terminate()
    running.communicate(timeout=10)


async def write_journal(path: pathlib.Path, *notes: str) -> Journal:
    path.parent.mkdir(exist_ok=True)
    identity = EdgeIdentity("org", "store", "edge-1", "till-1")
    journal = await Journal.open(path, identity=identity, clock=SystemClock())
    for note in notes:
        await journal.append(Draft(payload=SystemEvent(event="Start", note=note)))
    return journal


# --- the command itself ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["", "run", "check", "devices", "pair", "tokens", "tls", "tls init", "tls show", "tokens list",
     "tokens revoke", "journal", "journal tail", "journal verify", "journal export",
     "journal stats", "journal rebuild", "journal key", "journal backup", "journal restore",
     "journal new-epoch", "decode",
     "decode zvt", "decode nexo", "decode opi", "decode caisse-ap", "decode escpos", "schema",
     "trace", "trace payment-terminal"],
)  # fmt: skip
def test_every_command_explains_itself(capsys: Capture, words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: edge-daemon" in capsys.readouterr().out


def test_the_help_lists_the_exit_codes(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "exit codes:" in capsys.readouterr().out


def test_the_version_is_the_installed_one(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"edge-daemon {importlib.metadata.version('pos-edge')}\n"


@pytest.mark.parametrize("words", ["", "journal", "decode zvt", "journal tail -n -1", "jurnal"])
def test_a_wrong_command_line_is_exit_code_2(capsys: Capture, words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_a_commands_libraries_are_imported_when_it_is_asked_for() -> None:
    program = "import sys, edge_daemon.cli; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    assert not {"rich", "litestar", "msgspec", "sqlite_utils", "importlib.metadata"} & set(loaded)


# --- check ----------------------------------------------------------------------------------


def test_a_sound_configuration_is_exit_code_0(capsys: Capture, configuration: pathlib.Path) -> None:
    assert main(["check", "--config", str(configuration)]) == 0
    assert "is sound: 1 workstation, 1 device." in capsys.readouterr().out


def test_all_mistakes_are_told_on_lines_of_their_own(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    text = configuration.read_text().replace('driver = "serial"', 'driver = "seral"')
    configuration.write_text(text.replace('name = "Shop"', 'nam = "Shop"'))
    assert main(["check", "--config", str(configuration)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        'shop.nam: there is no such key. Did you mean "name"?',
        "shop.name: missing. Expected text that is not empty.",
        (
            'scanner.scanner.driver: there is no scanner driver "seral". Did you mean "serial"? '
            'Known: "hid_keyboard", "hid_pos", "serial".'
        ),
        f"{configuration}: 3 mistakes.",
    ]
    assert main(["check", "--json", "--config", str(configuration)]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["sound"] is False
    assert len(answer["mistakes"]) == 3


# --- run and devices ------------------------------------------------------------------------


def test_a_daemon_with_a_wrong_configuration_says_so_and_does_not_start(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    configuration.write_text("[edge]\n[shop]\n")
    assert main(["run", "--config", str(configuration)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert "edge-daemon: api: missing. Expected a table [api]." in told
    assert len(told) == 5


def test_devices_are_what_the_running_daemon_says(
    capsys: Capture, configuration: pathlib.Path, daemon: subprocess.Popen[str]
) -> None:
    assert main(["devices", "--config", str(configuration)]) == 0
    assert "scanner" in capsys.readouterr().out
    assert main(["devices", "--json", "--config", str(configuration)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["running"] is True
    (scanner,) = answer["devices"]
    assert (scanner["name"], scanner["family"], scanner["driver"]) == (
        "scanner",
        "scanner",
        "serial",
    )
    assert scanner["state"] in ("opening", "offline")
    assert daemon.poll() is None


@pytest.mark.usefixtures("daemon")
def test_another_token_than_the_daemons_is_told(
    capsys: Capture, configuration: pathlib.Path, tmp_path: pathlib.Path, port: int
) -> None:
    write_door(tmp_path, port)
    assert main(["devices", "--config", str(configuration)]) == 1
    assert "does not take this machine's token" in capsys.readouterr().err


@pytest.mark.usefixtures("daemon")
def test_a_damaged_door_is_told(
    capsys: Capture, configuration: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "state" / "local-door.json").write_text("{")
    assert main(["devices", "--config", str(configuration)]) == 1
    assert "is damaged. Restart the daemon" in capsys.readouterr().err


def write_door(tmp_path: pathlib.Path, port: int) -> None:
    (tmp_path / "state").mkdir(exist_ok=True)
    door = {"url": f"http://127.0.0.1:{port}", "token": "pe_of-another-life"}
    (tmp_path / "state" / "local-door.json").write_text(json.dumps(door))


def test_a_register_is_paired_listed_and_revoked_at_the_command_line(
    capsys: Capture, configuration: pathlib.Path, daemon: subprocess.Popen[str], port: int
) -> None:
    options = ["--json", "--config", str(configuration)]
    assert (
        main(["pair", "--name", "Tablet", "--scopes", "read,till", "--days", "30", *options]) == 0
    )
    offered = json.loads(capsys.readouterr().out)
    assert offered["url"] == f"http://127.0.0.1:{port}"
    place = f"{offered['url']}/v1/pairings/01M7YHX2VZ5DZ1A5H8NV9ADAZQ"
    paired = httpx.put(place, json={"code": offered["code"]["code"]}, trust_env=False).json()
    assert paired["scopes"] == ["read", "till"]
    assert main(["tokens", "list", "--config", str(configuration)]) == 0
    assert "Tablet" in (told := capsys.readouterr().out)
    assert "good until" in told
    revoke = ["tokens", "revoke", paired["id"], "--reason", "lost", "--config", str(configuration)]
    assert main(revoke) == 0
    assert "opens nothing any more" in capsys.readouterr().out
    bearer = {"Authorization": f"Bearer {paired['token']}"}
    assert (
        httpx.get(f"{offered['url']}/v1/health", headers=bearer, trust_env=False).status_code == 401
    )
    assert main(["tokens", "revoke", "nobody", "--config", str(configuration)]) == 1
    assert "There is no token nobody" in capsys.readouterr().err
    assert daemon.poll() is None


def test_a_code_is_shown_where_there_is_no_printer(
    capsys: Capture, configuration: pathlib.Path, daemon: subprocess.Popen[str]
) -> None:
    assert main(["pair", "--config", str(configuration)]) == 0
    assert re.search(
        r"Type this code on the register: [0-9A-Z]{4}-[0-9A-Z]{4}\n", capsys.readouterr().out
    )
    assert daemon.poll() is None


def test_an_authority_and_a_certificate_are_made_and_shown(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    assert main(["tls", "init", "--config", str(configuration)]) == 0
    told = capsys.readouterr().out
    assert "https://edge-1.local:8443/trust" in told
    assert "[api.tls]" in told
    assert main(["tls", "show", "--json", "--config", str(configuration)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["names"] == ["edge-1.local", "localhost"]
    assert shown["authority_fingerprint"] in told


def test_pairing_without_a_daemon_says_to_start_it(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    assert main(["pair", "--config", str(configuration)]) == 1
    assert "Start it first" in capsys.readouterr().err


def test_a_daemon_that_is_told_to_stop_ends_with_0(daemon: subprocess.Popen[str]) -> None:
    daemon.terminate()
    assert daemon.wait(timeout=10) == 0


def test_without_a_daemon_the_configured_devices_are_listed(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    assert main(["devices", "--config", str(configuration)]) == 1
    captured = capsys.readouterr()
    assert "No daemon answers at http://127.0.0.1:" in captured.err
    assert "not known" in captured.out
    assert main(["devices", "--json", "--config", str(configuration)]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "running": False,
        "devices": [{"name": "scanner", "family": "scanner", "driver": "serial"}],
    }


def test_another_server_on_the_port_is_not_taken_for_a_daemon(
    capsys: Capture, configuration: pathlib.Path, port: int, tmp_path: pathlib.Path
) -> None:
    write_door(tmp_path, port)
    with http.server.HTTPServer(("127.0.0.1", port), QuietHandler) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        assert main(["devices", "--config", str(configuration)]) == 1
        serving.join()
    assert "answers with status 501, and not as a daemon" in capsys.readouterr().err


class QuietHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


# --- journal --------------------------------------------------------------------------------


async def test_the_last_entries_are_shown_in_their_order(
    capsys: Capture, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "journal.db"
    journal = await write_journal(path, "one", "two", "three")
    stored = await journal.read_after(None)
    assert main(["journal", "tail", "-n", "2", "--journal", str(path)]) == 0
    epoch, *lines = capsys.readouterr().out.splitlines()
    assert epoch == f"epoch {journal.head.epoch}"
    assert [line.split()[0] for line in lines] == ["3", "4"]
    assert [line.rpartition("=")[2] for line in lines] == ["two", "three"]
    assert main(["journal", "tail", "-n", "9", "--json", "--journal", str(path)]) == 0
    assert capsys.readouterr().out.encode() == b"".join(each.data + b"\n" for each in stored)
    assert main(["journal", "tail", "-n", "0", "--journal", str(path)]) == 0
    assert capsys.readouterr().out == ""
    await journal.close()


async def test_what_stands_in_an_entry_cannot_command_the_terminal(
    capsys: Capture, tmp_path: pathlib.Path
) -> None:
    journal = await write_journal(tmp_path / "journal.db", "\x1b[2J[bold]\r\nX")
    assert main(["journal", "tail", "-n", "1", "--journal", str(tmp_path / "journal.db")]) == 0
    assert capsys.readouterr().out.rstrip().endswith(r"note=\x1b[2J[bold]\r\nX")
    await journal.close()


def heed_ctrl_c() -> None:
    """As a program in the foreground does; what a shell starts in the background ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def test_follow_goes_on_with_what_is_appended(
    configuration: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    journal = await write_journal(tmp_path / "state" / "journal.db", "first")
    tail = ["journal", "tail", "-f", "-n", "1", "--json", "--config", str(configuration)]
    following = await asyncio.create_subprocess_exec(
        *COMMAND, *tail, stdout=asyncio.subprocess.PIPE, preexec_fn=heed_ctrl_c
    )
    assert following.stdout is not None
    assert b'"note":"first"' in await following.stdout.readline()
    await journal.append(Draft(payload=SystemEvent(event="Start", note="second")))
    assert b'"note":"second"' in await following.stdout.readline()
    following.send_signal(signal.SIGINT)
    assert await following.wait() == 130
    await journal.close()


async def test_a_reader_that_leaves_early_is_no_traceback(tmp_path: pathlib.Path) -> None:
    journal = await write_journal(tmp_path / "journal.db", *("x" * 5000 for _ in range(30)))
    await journal.close()
    leaves = f"{COMMAND[0]} journal tail -n 30 --json --journal journal.db | head -n 1"
    running = await asyncio.create_subprocess_shell(
        leaves, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, error = await running.communicate()
    assert out.count(b"\n") == 1
    assert error == b""


async def test_verify_says_that_all_is_well_or_names_the_first_broken_entry(
    capsys: Capture, configuration: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    journal = await write_journal(tmp_path / "state" / "journal.db", "one", "two")
    head = journal.head
    verify = ["journal", "verify", "--config", str(configuration)]
    assert main(verify) == 0
    assert f"The journal is intact: 3 entries, epochs: 1, up to {head.position}" in (
        capsys.readouterr().out
    )
    await journal.close()
    connection = sqlite3.connect(tmp_path / "state" / "journal.db")
    with connection:
        connection.execute(
            "UPDATE entries SET data = CAST(replace(data, 'one', 'won') AS BLOB) WHERE seq = 2"
        )
    connection.close()
    assert main(verify) == 1
    assert f"BROKEN: {head.epoch}.2 was changed" in capsys.readouterr().out
    assert main([*verify, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["broken"] == f"{head.epoch}.2"
    assert answer["entries"] == 1


@pytest.mark.parametrize("action", ["tail", "verify"])
def test_a_journal_that_is_not_there_is_told(
    capsys: Capture, configuration: pathlib.Path, tmp_path: pathlib.Path, action: str
) -> None:
    assert main(["journal", action, "--config", str(configuration)]) == 1
    assert "There is no journal" in capsys.readouterr().err
    (tmp_path / "text").write_text("no database" * 1000)
    assert main(["journal", action, "--journal", str(tmp_path / "text")]) == 1
    assert "edge-daemon: " in capsys.readouterr().err


# --- decode ---------------------------------------------------------------------------------


def test_zvt_is_told_in_words(capsys: Capture) -> None:
    # ZVT PA00P015: authorisation of 12.34 EUR; BMP 04 amount, BMP 49 currency 978
    assert main(["decode", "zvt", "06 01 0A 04:00:00:00", "00 12 34 49 09 78"]) == 0
    out = capsys.readouterr().out
    assert "0601  authorization  13 bytes" in out
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["04", "amount", "1234"],
        ["49", "currency", "EUR"],
    ]


def test_zvt_is_read_from_stdin(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("06 0F\n00 80 00 00\n"))
    assert main(["decode", "zvt", "--json", "-"]) == 0
    assert [apdu["control"] for apdu in json.loads(capsys.readouterr().out)] == ["060F", "8000"]


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS if vector["protocol"] == "zvt-apdu"],
    ids=lambda vector: str(vector["name"]),
)
def test_every_recorded_apdu_can_be_shown(capsys: Capture, vector: dict[str, str]) -> None:
    code = main(["decode", "zvt", vector["hex"]])
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out
    main(["decode", "zvt", "--json", vector["hex"]])
    entries = json.loads(capsys.readouterr().out)
    assert code == (1 if any("error" in entry for entry in entries) else 0)


def test_bytes_that_make_no_whole_apdu_are_exit_code_1(capsys: Capture) -> None:
    assert main(["decode", "zvt", "06 01 0A 04"]) == 1
    assert "no whole APDU" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["06 0", "zz", "06 0g"])
def test_what_is_not_hexadecimal_is_told(capsys: Capture, text: str) -> None:
    assert main(["decode", "zvt", text]) == 1
    assert "not hexadecimal" in capsys.readouterr().err


def test_escpos_is_told_in_words(capsys: Capture, tmp_path: pathlib.Path) -> None:
    # Epson ESC/POS reference: ESC @ initialize, LF, GS V 0 full cut
    (tmp_path / "receipt").write_bytes(b"\x1b@Hello\n\x1dV\x00")
    assert main(["decode", "escpos", str(tmp_path / "receipt")]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[:2] for row in rows[1:]] == [["0", "2"], ["2", "5"], ["7", "1"], ["8", "3"]]
    assert 'text="Hello"' in rows[2]
    assert main(["decode", "escpos", "--json", str(tmp_path / "receipt")]) == 0
    names = [command["name"] for command in json.loads(capsys.readouterr().out)]
    assert names == ["ESC @", "text", "LF", "GS V"]


def test_an_unknown_escpos_command_is_exit_code_1(capsys: Capture, tmp_path: pathlib.Path) -> None:
    (tmp_path / "receipt").write_bytes(b"\x1b@\x1b")
    assert main(["decode", "escpos", str(tmp_path / "receipt")]) == 1
    assert "unknown" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told(capsys: Capture, tmp_path: pathlib.Path) -> None:
    assert main(["decode", "escpos", str(tmp_path / "nowhere")]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err
