"""What somebody changed in the office's database, on either kind of it."""

import sqlite3

import psycopg
import pytest

from central_office.reading import POSTGRESQL
from central_office.tables import Decision, Verdict
from central_office.verifying import Break, verify
from tests.central_office.desk import NOW, Desk
from tests.entries import EDGE, EPOCH, OTHER_EPOCH, chain, digest, entry


def change(desk: Desk, *statements: str) -> None:
    desk.store.close()
    if desk.address.startswith(POSTGRESQL):
        with psycopg.connect(desk.address) as session:
            for sql in statements:
                session.execute(sql.encode())
        return
    with sqlite3.connect(desk.address) as connection:
        for sql in statements:
            connection.execute(sql)
    connection.close()


SWAP = [
    "UPDATE entries SET seq = 99 WHERE arrival = 2",
    "UPDATE entries SET seq = 2 WHERE arrival = 3",
    "UPDATE entries SET seq = 3 WHERE arrival = 2",
]
CHANGES = {
    "other bytes": (["UPDATE entries SET data = hash WHERE arrival = 3"], 3),
    "is missing": (["DELETE FROM entries WHERE arrival = 2"], 2),
    "missing: more was acknowledged": (["DELETE FROM entries WHERE arrival = 5"], 5),
    "another entry's place": (SWAP, 2),
    "mark names another end": (["UPDATE marks SET up_to_seq = 4 WHERE up_to_seq = 5"], 6),
}


@pytest.mark.parametrize("problem", CHANGES)
def test_the_first_break_of_a_chain_is_named(desk: Desk, problem: str) -> None:
    statements, seq = CHANGES[problem]
    desk.take(*chain(5))
    desk.take(*chain(3, epoch=OTHER_EPOCH))
    change(desk, *statements)
    (found,) = verify(desk.address).broken
    assert isinstance(found, Break)
    assert (found.edge_id, found.epoch, found.seq) == (EDGE, EPOCH, seq)
    assert problem in found.problem


def test_a_chain_that_was_deleted_whole_is_missed(desk: Desk) -> None:
    desk.take(*chain(5))
    change(desk, "DELETE FROM entries")
    assert [(one.seq, one.problem) for one in verify(desk.address).broken] == [(1, "is missing")]


def test_the_office_s_own_chain_is_read_by_the_same_eyes(desk: Desk) -> None:
    lines = chain(3)
    desk.take(*lines)
    desk.take(entry(2, digest(lines[0]), {"event": "Stop"}))
    verdict = Verdict(Decision.REJECTED, "j.jansen", "no")
    desk.store.decide((EDGE, EPOCH, None), verdict, NOW)
    sound = verify(desk.address)
    assert (sound.entries, sound.chains, sound.broken) == (5, 2, ())
    change(desk, "UPDATE entries SET data = hash WHERE edge_id = 'office' AND seq = 2")
    (found,) = verify(desk.address).broken
    assert (found.edge_id, found.seq) == ("office", 2)
