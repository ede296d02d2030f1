"""One thing that was found, and what its table in the configuration would say."""

import dataclasses
from collections.abc import Callable

Setting = str | int
Progress = Callable[[str, int, int], None]
"""Called with what is looked at, how much of it was done, and how much there is."""


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One thing that was found.

    Attributes:
        source: How: `mdns`, `probe`, `serial`, `usb`, `pcsc`.
        place: Where, as a person would say it.
        what: What it says that it is.
        family: Of the driver; None where it could be anything.
        driver: The driver's name.
        settings: The other keys of its table.
        note: What a person has to know or to decide.
    """

    source: str
    place: str
    what: str = ""
    family: str | None = None
    driver: str | None = None
    settings: dict[str, Setting] = dataclasses.field(default_factory=dict)
    note: str = ""


@dataclasses.dataclass
class Found:
    """All that was found, and where nobody could look.

    Attributes:
        troubles: Sentences: what could not be looked at, and what to do about it.
    """

    candidates: list[Candidate] = dataclasses.field(default_factory=list)
    troubles: list[str] = dataclasses.field(default_factory=list)
