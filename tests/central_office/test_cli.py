import json
import pathlib

import pytest

from central_office.cli import main
from central_office.ingest import Limits
from central_office.store import open_store
from simulators.broker import Broker
from tests.entries import EDGE, EPOCH, JOURNAL_TOPIC, NO_HASH, chain, entry, sale
from tests.relaying import OfficeProcess, Tap, stored


@pytest.fixture
def database(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "office.db"
    lines = [entry(1, NO_HASH, sale(1250), entry_type="RetailTransaction")]
    lines = chain(5, start=lines)
    store = open_store(str(path), Limits(10))
    store.take_in([(JOURNAL_TOPIC, b"\n".join([*lines[:3], lines[4], b"{"]))], 1)
    store.close()
    return path


def test_status_as_json_names_completeness_lag_and_totals(
    database: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--json", "--database", str(database)]) == 0
    report = json.loads(capsys.readouterr().out)
    stream = report["streams"][0]
    assert (stream["edge_id"], stream["epoch"]) == (EDGE, EPOCH)
    assert (stream["up_to_seq"], stream["parked"], report["entries"]) == (3, 1, 3)
    assert stream["occurred_at"] == 1795248000123459
    assert report["sales"] == [
        {
            "organization": "org-1",
            "store": "8712345678906",
            "currency": "EUR",
            "sales": 1,
            "gross": 1250,
        }
    ]
    assert report["quarantine"] == [{"reason": "unreadable", "kept": 1, "times": 1}]


def test_status_as_a_table_reads_like_one(
    database: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["status", "--database", str(database)]) == 0
    text = capsys.readouterr().out
    assert EDGE in text
    assert "12.50" in text
    assert "2026-11-21 08:00:00" in text
    assert "unreadable" in text


def test_entries_prints_the_stored_bytes(
    database: pathlib.Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["entries", "--edge", EDGE, "--after", "1", "--database", str(database)]) == 0
    assert capfdbinary.readouterr().out == b"".join(line + b"\n" for line in stored(database)[1:])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["status", "--database", "missing.db"], "no office database"),
        (["entries", "--edge", "e", "--database", "missing.db"], "no office database"),
        (["run", "--broker", ":x"], "HOST:PORT"),
        (["run", "--broker", "localhost:0"], "$.broker.port"),
        (["run", "--organization", "a/b"], "$.organization"),
        (["run", "--config", "missing.toml"], "cannot be read"),
        (["run", "--database", "/dev/null/x.db"], "cannot be opened"),
    ],
)
def test_mistakes_are_named_in_one_line(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_configuration_file_is_checked(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "office.toml"
    file.write_text('[broker]\nhost = "mqtt.example"\nprot = 1\n')
    assert main(["run", "--config", str(file)]) == 1
    assert "prot" in capsys.readouterr().err


async def test_a_running_office_ends_cleanly_when_it_is_told_to(tmp_path: pathlib.Path) -> None:
    database = tmp_path / "office.db"
    async with Broker(kind="mosquitto") as broker:
        office = OfficeProcess(database, broker.port)
        await office.start()
        async with Tap(broker.port, "pos/v1/#") as tap:
            await tap.publish(JOURNAL_TOPIC, chain(1)[0])
            await tap.next(lambda message: message.topic.endswith("/ack"))
        assert await office.terminate() == 0
    assert stored(database) == chain(1)
