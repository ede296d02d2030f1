import collections
import json
import pathlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from edge_daemon.clock import SystemClock
from edge_daemon.errors import JournalError, SigningError
from edge_daemon.journal import Acknowledged, Draft, EdgeIdentity, Journal
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.signing import SigningKey, signature_holds
from edge_daemon.journal.verify import (
    VerifyReport,
    Walk,
    entries_since_checkpoint,
    verify,
    verify_tail,
)
from edge_daemon.records import entry_hash
from edge_daemon.records.payloads import SystemEvent

IDENTITY = EdgeIdentity("org", "store", "edge-1", "till-1")
OTHER_EPOCH = "01M7YHX2VZ5DZ1A5H8NV9ADAZQ"


async def written(directory: pathlib.Path, entries: int, edge_id: str = "edge-1") -> pathlib.Path:
    path = directory / "journal.db"
    identity = EdgeIdentity("org", "store", edge_id, "till-1")
    journal = await Journal.open(path, identity=identity, clock=SystemClock())
    await journal.append(
        *(Draft(payload=SystemEvent(event="Start", note=f"é {n}")) for n in range(entries))
    )
    await journal.close()
    return path


def checked(path: pathlib.Path) -> VerifyReport:
    connection = connect_reader(path)
    try:
        return verify(connection)
    finally:
        connection.close()


def change(path: pathlib.Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


def rewrite(path: pathlib.Path, seq: int, edit: Callable[[bytes], bytes]) -> None:
    """Forge an entry together with its stored hash."""
    connection = sqlite3.connect(path)
    with connection:
        (data,) = connection.execute("SELECT data FROM entries WHERE seq = ?", (seq,)).fetchone()
        forged = edit(data)
        assert forged != data
        row = (forged, bytes.fromhex(entry_hash(forged)), seq)
        connection.execute("UPDATE entries SET data = ?, hash = ? WHERE seq = ?", row)
    connection.close()


async def test_an_untouched_journal_is_intact(tmp_path: pathlib.Path) -> None:
    path = await written(tmp_path, 1200)
    told: list[tuple[int, int]] = []
    connection = connect_reader(path)
    report = verify(connection, lambda done, total: told.append((done, total)))
    connection.close()
    assert report.intact
    assert (report.entries, report.epochs) == (1201, 1)
    assert report.head is not None
    assert report.head.endswith(".1201")
    assert told == [(500, 1201), (1000, 1201), (1201, 1201)]


async def test_a_running_journal_can_be_verified(tmp_path: pathlib.Path) -> None:
    journal = await Journal.open(tmp_path / "journal.db", identity=IDENTITY, clock=SystemClock())
    await journal.append(Draft(payload=SystemEvent(event="Start")))
    report = checked(tmp_path / "journal.db")
    assert (report.intact, report.entries, report.hash) == (True, 2, journal.head.hash)
    await journal.close()


@pytest.mark.parametrize("place", [0, 1, 57, -1])
async def test_every_changed_byte_breaks_its_entry(tmp_path: pathlib.Path, place: int) -> None:
    path = await written(tmp_path, 3)
    connection = sqlite3.connect(path)
    data = bytearray(connection.execute("SELECT data FROM entries WHERE seq = 2").fetchone()[0])
    connection.close()
    data[place] ^= 1
    change(path, "UPDATE entries SET data = ? WHERE seq = 2", bytes(data))
    report = checked(path)
    assert report.broken is not None
    assert report.broken.endswith(".2")
    assert report.problem is not None
    assert "was changed" in report.problem
    assert report.entries == 1


async def test_a_forged_hash_breaks_the_next_entry(tmp_path: pathlib.Path) -> None:
    path = await written(tmp_path, 3)
    rewrite(path, 2, lambda data: data.replace("é 0".encode(), "é 9".encode()))
    report = checked(path)
    assert report.broken is not None
    assert report.broken.endswith(".3")
    assert report.problem == "does not follow the entry before it: one of the two was changed"


async def test_a_missing_entry_is_named(tmp_path: pathlib.Path) -> None:
    path = await written(tmp_path, 4)
    change(path, "DELETE FROM entries WHERE seq = 3")
    report = checked(path)
    assert report.broken is not None
    assert report.broken.endswith(".3")
    assert report.problem == "is missing; the next one there is 4"


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE entries SET entry_type = 'Intent' WHERE seq = 2", "has another entry_type"),
        ("UPDATE entries SET occurred_at = 1 WHERE seq = 2", "has another occurred_at"),
        ("UPDATE epochs SET epoch = 'X'", "has another epoch"),
        ("DELETE FROM entries", "is missing: the epoch has no entries"),
    ],
)
async def test_an_index_that_disagrees_with_the_bytes_is_found(
    tmp_path: pathlib.Path, statement: str, problem: str
) -> None:
    path = await written(tmp_path, 2)
    change(path, statement)
    report = checked(path)
    assert report.problem is not None
    assert report.problem.startswith(problem)


@pytest.mark.parametrize(
    ("seq", "old", "new", "problem"),
    [
        (2, b'"seq":2', b'"seq":9', "has another seq: its bytes say 9, and its place says 2"),
        (2, b'"edge-1"', b'"edge-2"', "has another edge_id"),
        (1, b"EpochStart", b"EpochStop", "does not begin its epoch"),
        (2, b'{"schema', b'["schema', "is no journal entry"),
    ],
)
async def test_forged_fields_are_found_though_their_hash_fits(
    tmp_path: pathlib.Path, seq: int, old: bytes, new: bytes, problem: str
) -> None:
    path = await written(tmp_path, 2)
    rewrite(path, seq, lambda data: data.replace(old, new))
    report = checked(path)
    assert report.problem is not None
    assert report.problem.startswith(problem)


async def test_what_the_office_has_must_still_be_here(tmp_path: pathlib.Path) -> None:
    path = await written(tmp_path, 3)
    journal = await Journal.open(path, identity=IDENTITY, clock=SystemClock())
    head = journal.head
    journal.acknowledge(Acknowledged(head.epoch, head.seq, head.hash))
    await journal.check_alive()
    await journal.close()
    assert checked(path).intact
    change(path, "UPDATE acknowledged SET hash = ?", "0" * 64)
    assert checked(path).problem == "is not the one that the office has"
    change(path, "DELETE FROM entries WHERE seq = ?", head.seq)
    report = checked(path)
    assert report.problem == "is missing, and the office has it"
    assert report.broken == str(head.position)


@pytest.mark.parametrize(("wrong", "problem"), [(0, None), (1, "links ")])
async def test_a_linked_epoch_is_followed(
    tmp_path: pathlib.Path, wrong: int, problem: str | None
) -> None:
    path = await written(tmp_path, 2)
    journal = await Journal.open(path, identity=IDENTITY, clock=SystemClock())
    before = journal.head

    def begin(_: sqlite3.Connection) -> list[Draft]:
        journal._writer.begin_epoch(OTHER_EPOCH)
        link = SystemEvent(
            event="EpochStart",
            previous_epoch=before.epoch,
            previous_seq=before.seq - wrong,
            previous_hash=before.hash,
            reason="restored",
        )
        return [Draft(payload=link), Draft(payload=SystemEvent(event="Start"))]

    await journal.append_from(begin)
    await journal.close()
    report = checked(path)
    assert report.epochs == 2
    if problem is None:
        assert report.intact
        assert report.head == f"{OTHER_EPOCH}.2"
    else:
        assert report.broken == f"{OTHER_EPOCH}.1"
        assert report.problem is not None
        assert report.problem.startswith(problem)


async def test_an_epoch_without_its_link_is_found(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    path = await written(tmp_path / "a", 1)
    other = await written(tmp_path / "b", 1)
    connection = sqlite3.connect(path)
    connection.execute("ATTACH ? AS b", (str(other),))
    with connection:
        connection.execute("INSERT INTO epochs SELECT 2, epoch FROM b.epochs")
        connection.execute(
            "INSERT INTO entries SELECT 2, seq, entry_type, occurred_at, hash, data FROM b.entries"
        )
    connection.close()
    report = checked(path)
    assert report.epochs == 2
    assert report.entries == 2
    assert report.problem is not None
    assert report.problem.startswith("does not link the epoch before")


async def test_a_file_with_a_lost_page_is_broken_and_not_a_traceback(
    tmp_path: pathlib.Path,
) -> None:
    path = await written(tmp_path, 400)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    report = checked(path)
    assert report.problem is not None


def test_a_file_that_is_no_journal_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalError, match="is no journal"):
        checked(path)
    sqlite3.connect(tmp_path / "other.db").close()
    with pytest.raises(JournalError, match="is no journal"):
        checked(tmp_path / "other.db")


# --- from a place on ------------------------------------------------------------------------


def walked(path: pathlib.Path, **options: Any) -> Walk:
    connection = connect_reader(path)
    try:
        walk = Walk(connection, **options)
        collections.deque(walk.pages(), maxlen=0)
        return walk
    finally:
        connection.close()


async def test_a_check_goes_on_from_where_the_last_one_ended(tmp_path: pathlib.Path) -> None:
    path = await written(tmp_path, 10)
    mark = walked(path).mark()
    assert mark is not None
    assert (mark.seq, mark.entries) == (11, 11)
    journal = await Journal.open(path, identity=IDENTITY, clock=SystemClock())
    await journal.append(Draft(payload=SystemEvent(event="Start")))
    await journal.close()
    change(path, "UPDATE entries SET data = x'00' WHERE seq = 3")
    report = walked(path, start=mark).report()
    assert (report.intact, report.entries) == (True, 12)
    assert not checked(path).intact


async def test_a_place_whose_entry_was_changed_is_not_believed(tmp_path: pathlib.Path) -> None:
    path = await written(tmp_path, 5)
    mark = walked(path).mark()
    change(path, "UPDATE entries SET data = x'00' WHERE seq = 6")
    report = walked(path, start=mark).report()
    assert report.broken is not None
    assert report.broken.endswith(".6")


@pytest.mark.parametrize(("seq", "found"), [(3, False), (10, True), (11, True)])
async def test_the_tail_is_checked_and_no_more(
    tmp_path: pathlib.Path,
    seq: int,
    found: bool,  # noqa: FBT001
) -> None:
    path = await written(tmp_path, 10)
    change(path, "UPDATE entries SET occurred_at = 1 WHERE seq = ?", seq)
    connection = connect_reader(path)
    report = verify_tail(connection, limit=3)
    connection.close()
    assert report.intact is not found


async def test_the_tail_begins_at_the_last_checkpoint(tmp_path: pathlib.Path) -> None:
    path = await signed(tmp_path)
    connection = connect_reader(path)
    assert entries_since_checkpoint(connection, limit=100) == 1
    assert entries_since_checkpoint(connection, limit=1) == 1
    change(path, "UPDATE entries SET occurred_at = 1 WHERE seq = 2")
    assert verify_tail(connection, limit=100).intact
    change(path, "UPDATE entries SET occurred_at = 1 WHERE seq = 5")
    assert not verify_tail(connection, limit=100).intact
    connection.close()


# --- signatures -----------------------------------------------------------------------------


async def signed(directory: pathlib.Path, seed: bytes = b"\x01" * 32) -> pathlib.Path:
    """Start, two entries, a checkpoint, one more."""
    path = await written(directory, 2)
    key = SigningKey(seed)
    journal = await Journal.open(path, identity=IDENTITY, clock=SystemClock())
    await journal.append(Draft(payload=key.checkpoint(journal.head.hash)))
    await journal.append(Draft(payload=SystemEvent(event="Start")))
    await journal.close()
    return path


async def test_a_signature_is_checked_by_the_key_that_it_names(tmp_path: pathlib.Path) -> None:
    report = checked(await signed(tmp_path))
    assert report.intact
    assert report.signed is not None
    assert report.signed.endswith(".4")


async def test_a_rewritten_chain_has_no_valid_signature(tmp_path: pathlib.Path) -> None:
    path = await signed(tmp_path)
    connection = sqlite3.connect(path)
    previous = "0" * 64
    for seq, data in connection.execute("SELECT seq, data FROM entries ORDER BY seq").fetchall():
        forged = data.replace("é 1".encode(), "é 9".encode())
        old = json.loads(data)["prev_hash"]
        forged = forged.replace(old.encode(), previous.encode())
        previous = entry_hash(forged)
        connection.execute(
            "UPDATE entries SET data = ?, hash = ? WHERE seq = ?",
            (forged, bytes.fromhex(previous), seq),
        )
    connection.commit()
    connection.close()
    report = checked(path)
    assert report.broken is not None
    assert report.broken.endswith(".4")
    assert report.problem == "bears a signature that its key has not made"


async def test_a_signature_of_another_key_is_named(tmp_path: pathlib.Path) -> None:
    path = await signed(tmp_path)
    ours = SigningKey(b"\x01" * 32).key_id
    assert walked(path, keys=frozenset({ours})).report().intact
    problem = walked(path, keys=frozenset({"00" * 32})).report().problem
    assert problem == f"is signed with another key, {ours}"


@pytest.mark.parametrize(("key_id", "signature"), [("", ""), ("zz", "zz"), ("11" * 32, "00" * 64)])
async def test_a_signature_that_is_none_is_found(
    tmp_path: pathlib.Path, key_id: str, signature: str
) -> None:
    path = await written(tmp_path, 1)
    journal = await Journal.open(path, identity=IDENTITY, clock=SystemClock())
    event = SystemEvent(event="Checkpoint", key_id=key_id, signature=signature)
    await journal.append(Draft(payload=event))
    await journal.close()
    assert checked(path).problem == "bears a signature that its key has not made"


def test_the_signature_is_ed25519_over_the_hash_as_text() -> None:
    # RFC 8032, 7.1, test 1: the seed and its public key.
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(seed)
    assert key.key_id == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    checkpoint = key.checkpoint("ab" * 32)
    assert signature_holds(checkpoint, "ab" * 32)
    assert not signature_holds(checkpoint, "ba" * 32)


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "journal.key"
    key_id = SigningKey.at(path).key_id
    assert SigningKey.at(path).key_id == key_id
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["journal.key"]


@pytest.mark.parametrize("content", ["", "no key", "00" * 31])
def test_a_damaged_key_is_named(tmp_path: pathlib.Path, content: str) -> None:
    path = tmp_path / "journal.key"
    path.write_text(content)
    with pytest.raises(SigningError, match=r"journal\.key"):
        SigningKey.at(path)


def test_cryptography_is_loaded_when_something_is_signed() -> None:
    program = "import sys, edge_daemon.app; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    assert not {name for name in loaded if name.startswith("cryptography")}
