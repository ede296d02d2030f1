"""Sessions of people's browsers: begun by a password, kept over a restart, ended by a word."""

import secrets

from central_office.access.tables import SESSIONS, changed
from central_office.sql_tables import Session
from edge_daemon.web import digest


def begin_session(session: Session, user_name: str, now_us: int, seconds: int) -> str:
    """Begin a session and return its secret; what has expired is cleared away."""
    secret = secrets.token_urlsafe(32)
    session.run("DELETE FROM sessions WHERE expires_at <= ?", (now_us,))
    row = (digest(secret), user_name, now_us, now_us + seconds * 1_000_000)
    session.write([(SESSIONS, [row])])
    changed(session)
    return secret


def end_session(session: Session, secret: str) -> None:
    """End a session; one that has ended stays so."""
    session.run("DELETE FROM sessions WHERE digest = ?", (digest(secret),))
    changed(session)
