"""The topics between an edge and the central office.

Each level is letters, digits, `-` and `_`: `/`, `+` and `#` mean something to MQTT, and NATS turns
`/` into `.` and refuses blanks.
"""

import re
from typing import NamedTuple, Self

PREFIX = ("pos", "v1")
LEVEL = re.compile(r"[A-Za-z0-9_-]{1,64}")
OFFICE = "office"
"""The edge id of the office's own chain; no edge may bear it."""


class EdgeTopics(NamedTuple):
    """One edge's part of the tree: `pos/v1/{organization}/{store}/{edge}/…`."""

    organization: str
    store: str
    edge: str

    def topic(self, kind: str) -> str:
        """The full name of one of the edge's topics."""
        return "/".join((*PREFIX, *self, kind))

    @property
    def journal(self) -> str:
        """Edge to office, not retained: JSON Lines of stored bytes."""
        return self.topic("journal")

    @property
    def status(self) -> str:
        """Edge to office, retained, last will: online or offline, and the journal's head."""
        return self.topic("status")

    @property
    def ack(self) -> str:
        """Office to edge, retained: up to where the office has committed."""
        return self.topic("ack")

    @property
    def replay(self) -> str:
        """Office to edge: send a range again."""
        return self.topic("replay")

    @property
    def resume(self) -> str:
        """Office to edge, retained: what a new card in a dead box needs."""
        return self.topic("resume")

    def of_store(self, kind: str) -> str:
        """The full name of a topic on which the office speaks to every edge of the store."""
        return self._replace(edge=OFFICE).topic(kind)

    @classmethod
    def of(cls, organization: str, store: str, edge: str) -> Self:
        """The topics of an edge.

        Raises:
            ValueError: A name cannot be a level of a topic, or the edge takes the office's name.
        """
        topics = cls(organization, store, edge)
        for level in topics:
            if not LEVEL.fullmatch(level):
                raise ValueError(
                    f"{level!r} cannot be part of an MQTT topic. Use 1 to 64 letters, digits, - "
                    "and _."
                )
        if edge == OFFICE:
            raise ValueError(f"No edge may be called {OFFICE!r}: the central office writes as it.")
        return topics

    @classmethod
    def parse(cls, topic: str) -> tuple[Self, str]:
        """Read the name of an edge's topic into the edge and the kind.

        Raises:
            ValueError: It is no such topic.
        """
        levels = topic.split("/")
        if tuple(levels[: len(PREFIX)]) != PREFIX or len(levels) != len(PREFIX) + 4:
            raise ValueError(f"{topic!r} is no topic of an edge.")
        organization, store, edge, kind = levels[len(PREFIX) :]
        return cls.of(organization, store, edge), kind


def every_edge(kind: str, organization: str | None = None) -> str:
    """The filter for one kind of topic of all edges, or of those of one organization."""
    return EdgeTopics(organization or "+", "+", "+").topic(kind)
