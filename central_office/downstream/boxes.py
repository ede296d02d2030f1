"""What each edge holds, by its own word."""

from typing import NamedTuple

from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import RecordError
from edge_daemon.records.messages import EdgeState, Status, decode_message


class Report(NamedTuple):
    """What an edge that is there said of the sets that it holds.

    Attributes:
        versions: In force, by name.
        rejected: What it did not take, by name, and why.
    """

    topics: EdgeTopics
    versions: dict[str, int]
    rejected: dict[str, str]

    @property
    def store(self) -> tuple[str, str]:
        """Organization and store."""
        return self.topics.organization, self.topics.store


class Boxes:
    """The edges that have said something which nobody has looked at yet."""

    def __init__(self) -> None:
        self._news: dict[str, Report] = {}

    def hear(self, topic: str, payload: bytes) -> bool:
        """Take a status; False where there is nothing to look at."""
        try:
            topics, _ = EdgeTopics.parse(topic)
            status = decode_message(Status, payload)
        except (ValueError, RecordError):
            return False
        if status.state is not EdgeState.ONLINE:
            self._news.pop(topics.edge, None)
            return False
        versions = status.versions
        if versions is None:  # it listens to nobody
            return False
        self._news[topics.edge] = Report(topics, versions, status.rejected or {})
        return True

    def take(self) -> list[Report]:
        """What was said since the last call."""
        news, self._news = self._news, {}
        return list(news.values())

    def put_back(self, reports: list[Report]) -> None:
        """Look at these once more, but for an edge that has said something since."""
        self._news = {report.topics.edge: report for report in reports} | self._news
