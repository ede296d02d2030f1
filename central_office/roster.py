"""Who works: the roster of a group of workers, in the database that they share.

A worker that was not seen for a while is gone; what it had is taken over by the others. The moments
are the database's, so the workers' clocks do not matter.

Source: PostgreSQL only; a file has one worker.
"""

from central_office.sql_tables import Session

GONE_SECONDS = 10.0
"""Without a sign: longer than the longest transaction under load, between two of which it is given.
Who is taken for gone too early loses nothing: the database decides what is stored."""
_HERE = (
    "INSERT INTO workers (share, worker, seen_at) VALUES (?, ?, clock_timestamp())"
    " ON CONFLICT (share, worker) DO UPDATE SET seen_at = clock_timestamp()"
)
_WHO = (
    "SELECT worker FROM workers WHERE share = ?"
    " AND seen_at > clock_timestamp() - make_interval(secs => ?) ORDER BY worker"
)
_GONE = "DELETE FROM workers WHERE share = ? AND worker = ?"


def call_roll(session: Session, share: str, worker: str) -> list[str]:
    """Say that `worker` is here, and who else of its group is."""
    session.run(_HERE, (share, worker))
    return [name for (name,) in session.all(_WHO, (share, GONE_SECONDS))]


def leave(session: Session, share: str, worker: str) -> None:
    """Say that `worker` goes: the others need not wait."""
    session.run(_GONE, (share, worker))
