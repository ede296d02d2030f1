"""From what was found at the counter to tables for the configuration.

Each table is checked as the file would be when it is loaded; one with a mistake is not proposed,
and the mistake is said instead. What could be anything stands there as a comment.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from edge_daemon.config.conversion import convert
from edge_daemon.config.drivers import DriverNotUsableError, import_driver
from edge_daemon.config.tables import Configuration

PLACES = ("host", "url", "usb", "reader")
"""Settings that say where a device is."""

Setting = str | int


class Finding(Protocol):
    """What was found (`drivers.discovery.Candidate`)."""

    @property
    def source(self) -> str:
        """How it was found."""
        ...

    @property
    def place(self) -> str:
        """Where it is."""
        ...

    @property
    def what(self) -> str:
        """What it says that it is."""
        ...

    @property
    def family(self) -> str | None:
        """Of its driver; None where it could be anything."""
        ...

    @property
    def driver(self) -> str | None:
        """The driver's name."""
        ...

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The other keys of its table."""
        ...

    @property
    def note(self) -> str:
        """What a person has to know."""
        ...


class Proposal(NamedTuple):
    """What becomes of one finding.

    Attributes:
        finding: What was found.
        configured: The device that is there already; None where it is new.
        toml: Its table, or a comment.
        note: What a person has to know or to decide.
    """

    finding: Finding
    configured: str | None
    toml: str
    note: str


def propose(findings: Sequence[Finding], known: Configuration | None = None) -> list[Proposal]:
    """Make a table of each finding that has a driver.

    Args:
        findings: What was found.
        known: The present configuration: what it has is not proposed again, and its names are not
            given twice.
    """
    names = {each.name for each in known.devices} if known else set[str]()
    proposals = []
    for finding in findings:
        configured = _configured(finding, known) if known else None
        if configured is not None:
            proposals.append(Proposal(finding, configured, "", ""))
            continue
        mistake = _mistake(finding)
        if finding.family is None or finding.driver is None or mistake:
            note = " ".join(filter(None, (finding.note, mistake)))
            proposals.append(Proposal(finding, None, _comment(finding, note), note))
            continue
        name = _new_name(finding.family.rpartition("_")[2], names)
        names.add(name)
        proposals.append(Proposal(finding, None, _table(finding, name), finding.note))
    return proposals


def _mistake(finding: Finding) -> str:
    """Why the table would be refused; empty where it would not."""
    if finding.family is None or finding.driver is None:
        return ""
    try:
        settings = import_driver(finding.family, finding.driver).Settings
    except DriverNotUsableError as error:
        return f"Here {error}"
    mistakes: list[str] = []
    convert(dict(finding.settings), settings, finding.family, mistakes)
    return " ".join(mistakes)


def _configured(finding: Finding, known: Configuration) -> str | None:
    """The configured device at the same place."""
    place = {key: finding.settings[key] for key in PLACES if key in finding.settings}
    for device in known.devices if place else ():
        if all(getattr(device.settings, key, None) == value for key, value in place.items()):
            return device.name
    return None


def _new_name(base: str, taken: Collection[str]) -> str:
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _table(finding: Finding, name: str) -> str:
    values = {"name": name, "driver": finding.driver, **finding.settings}
    lines = [f"# {_printable(finding.what)} ({finding.source}) {_printable(finding.note)}".rstrip()]
    lines += [f"[[{finding.family}]]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _comment(finding: Finding, note: str) -> str:
    what = " ".join(filter(None, (finding.place, finding.what)))
    return f"# {_printable(what)} ({finding.source}): {_printable(note)}\n"


def _printable(text: str) -> str:
    """On one line: what a device calls itself is its own choice."""
    return "".join(each if each.isprintable() else " " for each in text)
