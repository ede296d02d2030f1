"""The relay as the rest of the daemon sees it: it runs, and it can be asked how far it is."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import NoReturn

from edge_daemon.journal import Journal
from edge_daemon.mqtt import EdgeTopics, Link, RelaySettings
from edge_daemon.records import JournalEntry
from edge_daemon.relay.certificate import certificate_warning
from edge_daemon.relay.conversation import Conversation
from edge_daemon.relay.cursors import Cursors
from edge_daemon.relay.downlink import Downstream
from edge_daemon.relay.findings import CLONED, Findings
from edge_daemon.relay.herald import About
from edge_daemon.relay.state import RelayState
from edge_daemon.relay.succession import Succession


class Relay:
    """Carries the journal to the central office. Nothing waits for it."""

    def __init__(
        self,
        journal: Journal,
        settings: RelaySettings,
        *,
        about: Callable[[], About] | None = None,
        downstream: Downstream | None = None,
    ) -> None:
        """Prepare to relay `journal`; `run` does it.

        Args:
            journal: What is relayed.
            settings: Whereto.
            about: What the status says of the box besides its journal.
            downstream: Who keeps what the office sends to every edge of the store.

        Raises:
            ValueError: The organization, store or edge cannot be part of a topic.
        """
        identity = journal.identity
        self._journal = journal
        self._settings = settings
        self._about = about
        self._downstream = downstream
        self._topics = EdgeTopics.of(
            identity.organization_id, identity.retail_store_id, identity.edge_id
        )
        self._cursors = Cursors()
        self._findings = Findings(self._changed)
        self._succession = Succession(journal, self._cursors, self._findings)
        self._listeners: list[Callable[[RelayState], None]] = []
        self._conversation: Conversation | None = None
        self._number = journal.clock.now_us() // 1000
        self._link = Link(settings, identity.edge_id, on_change=self._link_changed)
        journal.on_append(self._appended)

    async def run(self) -> NoReturn:
        """Relay until cancelled. Network trouble is never raised: `state` shows it.

        Raises:
            JournalError: The journal cannot be read any more.
        """
        acked = await self._journal.acknowledged()
        self._cursors.load(
            await self._journal.query(_epoch_ends),
            {epoch: mark.up_to_seq for epoch, mark in acked.items()},
        )
        await self._link.run(self._converse)

    def state(self) -> RelayState:
        """How far the office is, now."""
        acknowledged = self._cursors.acknowledged
        return RelayState(
            connected=self._link.connection is not None,
            broker=self._settings.address,
            mqtt_version=self._link.version,
            note=self._findings.note or self._findings.downlink or self._link.note,
            alarm=self._findings.alarm or self._link.refused,
            head=str(self._journal.head.position),
            acknowledged=None if acknowledged is None else str(acknowledged),
            lag=self._cursors.lag,
            last_ack_at=self._findings.last_ack_at,
        )

    def certificate_warning(self) -> str:
        """What a person should know about our certificate; empty when all is well.

        The file is read each time: a new one silences this at once.
        """
        tls = self._settings.tls
        end_us = None if tls is None else tls.certificate_end_us()
        return certificate_warning(end_us, self._journal.clock.now_us())

    def on_state(self, listener: Callable[[RelayState], None]) -> None:
        """Call `listener` when the connection, a note, an alarm or the acknowledged place moved."""
        self._listeners.append(listener)

    def look(self) -> None:
        """Something about the box may have changed: the office is told, if it has."""
        if self._conversation is not None:
            self._conversation.look()

    def _link_changed(self) -> None:
        if self._link.taken_over:
            self._findings.alarmed(CLONED)
        self._changed()

    def _changed(self) -> None:
        for listener in self._listeners:
            listener(self.state())

    def _appended(self, entries: Sequence[JournalEntry]) -> None:
        if entries:
            self._cursors.appended(entries[-1].position)
            if self._conversation is not None:
                self._conversation.wake()

    def _converse(self) -> Conversation:
        self._number += 1
        self._conversation = Conversation(
            self._journal,
            self._settings,
            self._topics,
            self._cursors,
            self._findings,
            number=self._number,
            succession=self._succession,
            about=self._about,
            downstream=self._downstream,
        )
        return self._conversation


def _epoch_ends(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """The epochs in the order in which they began here, each with its last `seq`."""
    return connection.execute(
        "SELECT epoch, (SELECT max(seq) FROM entries WHERE epoch_number = number) FROM epochs"
        " ORDER BY number"
    ).fetchall()
