import pathlib
import socket

import pytest

from edge_daemon.cli import main

Capture = pytest.CaptureFixture[str]
TERMINAL = '[[payment_terminal]]\nname = "{}"\ndriver = "zvt"\nhost = "127.0.0.1"\n'


@pytest.fixture
def configuration(tmp_path: pathlib.Path) -> pathlib.Path:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = tmp_path / "edge-daemon.toml"
    path.write_text(
        '[edge]\nid = "edge-1"\norganization = "org"\nstore = "store"\n'
        f'state_directory = "{tmp_path}"\n[api]\nport = {port}\ntoken = "0123456789abcdef"\n'
        '[shop]\nname = "Shop"\n' + TERMINAL.format("counter")
    )
    return path


def traced(capsys: Capture, configuration: pathlib.Path, *words: str) -> str:
    assert main(["trace", "payment-terminal", "--config", str(configuration), *words]) == 1
    return capsys.readouterr().err


def test_without_a_daemon_there_is_nothing_to_trace(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    assert "No daemon answers" in traced(capsys, configuration)
    assert sorted(path.name for path in configuration.parent.iterdir()) == ["edge-daemon.toml"]


def test_terminal_that_is_not_configured_is_told(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    said = traced(capsys, configuration, "window")
    assert 'There is no terminal "window"; configured: counter.' in said


def test_one_of_several_terminals_has_to_be_named(
    capsys: Capture, configuration: pathlib.Path
) -> None:
    configuration.write_text(configuration.read_text() + TERMINAL.format("window"))
    said = traced(capsys, configuration)
    assert "Say which payment terminal; configured: counter, window." in said
