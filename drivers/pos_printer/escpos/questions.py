"""The question that a printer answers when it has worked off what stands before it."""

import asyncio
import itertools
import secrets

from drivers.pos_printer import PrintEvidence
from drivers.pos_printer.escpos.session import Session
from drivers.wire.escpos_status import PAPER_STATUS_REQUEST, process_id_request

_IDS = 10_000
"""Process ids are four digits."""


class Questions:
    """Makes the buffered question that this printer can answer.

    Ids begin anywhere, so that a late answer from before a restart is nobody's.
    """

    def __init__(self, session: Session, *, process_id: bool) -> None:
        self.evidence = PrintEvidence.PROCESS_ID if process_id else PrintEvidence.BUFFERED_STATUS
        self._session = session
        self._numbers = itertools.count(secrets.randbelow(_IDS))

    def ask(self) -> tuple[bytes, asyncio.Future[bool]]:
        """Return the bytes to send next, and the answer to come."""
        if self.evidence is PrintEvidence.BUFFERED_STATUS:
            return PAPER_STATUS_REQUEST, self._session.expect_paper_status()
        process_id = b"%04d" % (next(self._numbers) % _IDS)
        return process_id_request(process_id), self._session.expect_process_id(process_id)
