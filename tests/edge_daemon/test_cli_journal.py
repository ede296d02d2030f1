import asyncio
import json
import pathlib
import sqlite3

import pytest

from edge_daemon.app.books import open_journal
from edge_daemon.app.lock import lock_directory
from edge_daemon.cli import main
from edge_daemon.config import load_configuration
from edge_daemon.journal import Acknowledged, Draft, Journal
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.signing import SigningKey
from edge_daemon.journal.verify import verify
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import Intent, SystemEvent
from tests.edge_daemon.test_cli import configuration, port

__all__ = ["configuration", "port"]

Capture = pytest.CaptureFixture[str]


def journal_of(configuration: pathlib.Path) -> pathlib.Path:
    return load_configuration(configuration).journal_path


def intent(number: int) -> Draft:
    payload = Intent(
        verb="open_drawer",
        resource_kind="drawer_openings",
        resource_id=f"01M7YHZT83Q6W5N4C2R1B{number:05d}",
        request={},
        request_hash="0" * 64,
    )
    return Draft(payload=payload, business_day_date=f"2026-11-{20 + number % 3}")


async def fill(configuration: pathlib.Path, entries: int) -> Journal:
    settings = load_configuration(configuration)
    settings.state_directory.mkdir(exist_ok=True)
    journal = await open_journal(settings)
    await journal.append(*(intent(number) for number in range(entries)))
    return journal


@pytest.fixture
def written(configuration: pathlib.Path) -> pathlib.Path:
    """The configuration of a journal with 11 entries."""

    async def write() -> None:
        journal = await fill(configuration, 10)
        await journal.close()

    asyncio.run(write())
    return configuration


def run(*words: object) -> int:
    return main([str(word) for word in words])


# --- export and stats -----------------------------------------------------------------------


def test_export_writes_the_stored_bytes(written: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert run("journal", "export", "--config", written, "--output", tmp_path / "all") == 0
    lines = (tmp_path / "all").read_bytes().splitlines()
    connection = sqlite3.connect(journal_of(written))
    kept = [row[0] for row in connection.execute("SELECT data FROM entries ORDER BY seq")]
    connection.close()
    assert lines == kept


def test_export_writes_a_range_with_both_ends(
    written: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    connection = sqlite3.connect(journal_of(written))
    (epoch,) = connection.execute("SELECT epoch FROM epochs").fetchone()
    connection.close()
    place = ("--from", f"{epoch}.3", "--to", f"{epoch}.5")
    assert run("journal", "export", "--config", written, *place, "--output", tmp_path / "part") == 0
    lines = (tmp_path / "part").read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [3, 4, 5]


def test_export_writes_one_business_day(written: pathlib.Path, tmp_path: pathlib.Path) -> None:
    out = tmp_path / "day"
    assert (
        run("journal", "export", "--config", written, "--day", "2026-11-21", "--output", out) == 0
    )
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert [line["seq"] for line in lines] == [3, 6, 9]


def test_export_writes_over_nothing(
    capsys: Capture, written: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "kept").write_text("kept")
    assert run("journal", "export", "--config", written, "--output", tmp_path / "kept") == 1
    assert "cannot be written" in capsys.readouterr().err
    assert (tmp_path / "kept").read_text() == "kept"


@pytest.mark.parametrize("words", ["--from X.1", "--day 2026-13-01", "--to 5"])
def test_a_place_that_is_none_is_exit_code_2(written: pathlib.Path, words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("journal", "export", "--config", written, *words.split())
    assert ended.value.code == 2


def test_export_of_an_unknown_epoch_says_so(capsys: Capture, written: pathlib.Path) -> None:
    place = "01M7YHX2VZ5DZ1A5H8NV9ADAZQ.1"
    assert run("journal", "export", "--config", written, "--from", place) == 1
    assert "has no epoch" in capsys.readouterr().err


def test_stats_counts_what_there_is(capsys: Capture, written: pathlib.Path) -> None:
    assert run("journal", "stats", "--config", written, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["entries"] == 11
    assert found["types"] == {"Intent": 10, "SystemEvent": 1}
    assert [epoch["entries"] for epoch in found["epochs"]] == [11]
    assert run("journal", "stats", "--config", written) == 0
    assert "the office has nothing" in capsys.readouterr().out


# --- verify ---------------------------------------------------------------------------------


def test_a_check_goes_on_from_its_last_place(capsys: Capture, written: pathlib.Path) -> None:
    assert run("journal", "verify", "--config", written) == 0
    connection = sqlite3.connect(journal_of(written))
    with connection:
        connection.execute("UPDATE entries SET occurred_at = 1 WHERE seq = 2")
    connection.close()
    assert run("journal", "verify", "--config", written, "--resume", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["entries"] == 11
    assert run("journal", "verify", "--config", written) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_only_the_named_keys_count(capsys: Capture, written: pathlib.Path) -> None:
    settings = load_configuration(written)
    key = SigningKey.at(settings.state_directory / "journal.key")

    async def sign() -> None:
        journal = await open_journal(settings)
        await journal.append(Draft(payload=key.checkpoint(journal.head.hash)))
        await journal.close()

    asyncio.run(sign())
    assert run("journal", "key", "--config", written) == 0
    told = capsys.readouterr().out.strip()
    assert told == key.key_id
    assert run("journal", "verify", "--config", written, "--key", told) == 0
    assert "signed up to" in capsys.readouterr().out
    assert run("journal", "verify", "--config", written, "--key", "00" * 32) == 1


def test_a_box_without_a_key_says_so(capsys: Capture, written: pathlib.Path) -> None:
    assert run("journal", "key", "--config", written) == 1
    assert "There is no key" in capsys.readouterr().err


# --- rebuild --------------------------------------------------------------------------------


def test_rebuilt_tables_equal_the_live_ones(capsys: Capture, written: pathlib.Path) -> None:
    assert run("journal", "rebuild", "--config", written, "--json") == 0
    assert set(json.loads(capsys.readouterr().out).values()) == {0}


def test_a_table_that_differs_is_named_and_can_be_replaced(
    capsys: Capture, written: pathlib.Path
) -> None:
    connection = sqlite3.connect(journal_of(written))
    with connection:
        connection.execute("UPDATE intents SET closed = 1 WHERE rowid = 4")
    connection.close()
    assert run("journal", "rebuild", "--config", written) == 1
    assert "intents            2 rows differ" in capsys.readouterr().out
    assert run("journal", "rebuild", "--config", written, "--replace") == 0
    assert "differ" not in capsys.readouterr().out


# --- copies ---------------------------------------------------------------------------------


async def test_a_backup_is_made_while_the_journal_is_written(
    capsys: Capture, configuration: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    journal = await fill(configuration, 10)
    target = tmp_path / "copy.db"
    made = asyncio.create_task(
        asyncio.to_thread(run, "journal", "backup", "--config", configuration, target)
    )
    number = 100
    while not made.done():
        await journal.append(intent(number))
        number += 1
    assert await made == 0
    assert "the copy is intact" in capsys.readouterr().out
    await journal.close()
    connection = connect_reader(target)
    report = verify(connection)
    connection.close()
    assert report.intact
    assert 11 <= report.entries <= number - 89


def test_a_backup_writes_over_nothing(
    capsys: Capture, written: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "kept").write_text("kept")
    assert run("journal", "backup", "--config", written, tmp_path / "kept") == 1
    assert "exists" in capsys.readouterr().err
    assert run("journal", "backup", "--config", written, tmp_path / "no" / "directory") == 1
    assert "cannot be copied" in capsys.readouterr().err


def test_a_restored_backup_begins_a_new_epoch_and_keeps_what_was_there(
    capsys: Capture, written: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    settings = load_configuration(written)
    assert run("journal", "backup", "--config", written, tmp_path / "copy.db") == 0

    async def sell_on() -> None:
        journal = await open_journal(settings)
        head = journal.head
        journal.acknowledge(Acknowledged(head.epoch, head.seq, head.hash))
        await journal.append(intent(50), intent(51))
        await journal.close()

    asyncio.run(sell_on())
    assert run("journal", "restore", "--config", written, tmp_path / "copy.db") == 0
    told = capsys.readouterr().out
    assert "11 entries are back" in told
    assert "kept as" in told
    assert run("journal", "verify", "--config", written, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["epochs"], report["entries"]) == (2, 13)
    kept = settings.journal_path.with_name("journal.db.replaced-1")
    assert run("journal", "verify", "--journal", kept, "--json") == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 13


def test_a_broken_backup_is_not_restored(
    capsys: Capture, written: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    assert run("journal", "backup", "--config", written, tmp_path / "copy.db") == 0
    connection = sqlite3.connect(tmp_path / "copy.db")
    with connection:
        connection.execute("UPDATE entries SET data = x'00' WHERE seq = 5")
    connection.close()
    before = journal_of(written).read_bytes()
    assert run("journal", "restore", "--config", written, tmp_path / "copy.db") == 1
    assert "is broken" in capsys.readouterr().err
    assert journal_of(written).read_bytes() == before


def test_a_new_epoch_carries_the_reason_and_links_back(
    capsys: Capture, written: pathlib.Path
) -> None:
    assert run("journal", "new-epoch", "--config", written, "--reason", "two boxes") == 0
    assert run("journal", "verify", "--config", written) == 0
    capsys.readouterr()
    assert run("journal", "tail", "--config", written, "-n", "1", "--json") == 0
    start = decode_entry(capsys.readouterr().out.strip().encode()).payload
    assert isinstance(start, SystemEvent)
    assert (start.reason, start.note, start.previous_seq) == ("forked", "two boxes", 11)
    assert start.carried_over is not None


@pytest.mark.parametrize("words", ["restore copy.db", "new-epoch --reason x", "rebuild --replace"])
def test_a_running_daemon_keeps_its_journal(
    capsys: Capture,
    written: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
) -> None:
    assert run("journal", "backup", "--config", written, tmp_path / "copy.db") == 0
    monkeypatch.chdir(tmp_path)
    with lock_directory(load_configuration(written).state_directory) as _:
        assert run("journal", *words.split(), "--config", written) == 1
    assert "Another daemon uses" in capsys.readouterr().err
