"""When the office knows more of this box than its journal does: the card is not the one it was.

What each of its words means:

    it holds more of our epoch          an older copy of the card was put back (rolled back)
    it holds another chain of ours      the copy has sold on, or two boxes run from one card (fork)
    it holds epochs that we never had,
      and nothing of ours, or says
      that ours follows none of them    the card was lost, and this one began blank
      and some of ours                  another box bears our name (clone)

Rolled back and blank cards begin a new epoch by themselves, with the office's numbers where these
are further. Of a fork or a clone only a person can tell which box is the right one.
"""

from edge_daemon.errors import JournalFullError
from edge_daemon.journal import Journal
from edge_daemon.records import Position, decode_entry
from edge_daemon.records.messages import Resume
from edge_daemon.records.payloads import CarriedOver, SystemEvent
from edge_daemon.relay import findings as found
from edge_daemon.relay.cursors import Cursors
from edge_daemon.relay.findings import Findings


class Succession:
    """Compares what the office knows with the journal, and begins epochs."""

    def __init__(self, journal: Journal, cursors: Cursors, findings: Findings) -> None:
        self._journal = journal
        self._cursors = cursors
        self._findings = findings
        self.resume: Resume | None = None
        self._began = False

    async def hear(self, resume: Resume) -> None:
        """Take the office's word on where this box stands."""
        self.resume = resume
        if resume.occurred_at is not None:
            self._journal.clock.not_before(resume.occurred_at)
        end = self._cursors.end_of(resume.epoch)
        if end is None:
            await self._hear_of_strangers(resume)
        elif resume.seq > end:
            await self.roll_on(Position(resume.epoch, resume.seq))

    async def roll_on(self, beyond: Position) -> None:
        """The office holds `beyond`, which we do not: the numbers up to there are taken."""
        self._cursors.halt(beyond.epoch)
        self._findings.alarmed(found.ROLLED_BACK, beyond)
        if beyond.epoch == self._journal.head.epoch:
            await self._begin(f"The office holds entry {beyond}.")

    async def is_stranger(self, epoch: str) -> bool:
        """True for an epoch that neither this journal holds nor any of its epochs follows."""
        return self._cursors.end_of(epoch) is None and epoch not in await self._forebears()

    async def _hear_of_strangers(self, resume: Resume) -> None:
        if not await self.is_stranger(resume.epoch):
            return
        position = Position(resume.epoch, resume.seq)
        blank = resume.began_blank
        blank_is_ours = blank is not None and self._cursors.end_of(blank) is not None
        if self._cursors.acknowledged is not None and not blank_is_ours:
            self._findings.alarmed(found.CLONED, position)
            return
        self._findings.alarmed(found.LOST_CARD, position)
        goes_on_already = blank_is_ours and blank != self._journal.head.epoch
        if not self._began and not goes_on_already:
            await self._begin(f"The office's last entry is {position}.")

    async def _begin(self, note: str) -> None:
        known = None if self.resume is None else carried_over(self.resume)
        self._began = True
        try:
            await self._journal.begin_epoch(reason="restored", note=note, known=known)
        except JournalFullError as error:
            self._findings.noted(str(error))

    async def _forebears(self) -> set[str]:
        found_epochs: set[str] = set()
        for epoch in await self._journal.epochs():
            first = await self._journal.entry_at(Position(epoch, 1))
            start = None if first is None else decode_entry(first.data).payload
            if isinstance(start, SystemEvent) and start.previous_epoch is not None:
                found_epochs.add(start.previous_epoch)
        return found_epochs


def carried_over(resume: Resume) -> CarriedOver:
    """What an epoch begins with that follows the office's word."""
    return CarriedOver(
        source="Resume",
        workstations=resume.workstations,
        unresolved_payments=resume.unresolved_payments,
    )
