"""What a viewer sees of the counter, and what has changed since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from simulators.bench.paper import PaperView, PrintsPaper
from simulators.control import Json, Simulator
from simulators.control_api import portrait


class Plug(Protocol):
    """Something that can be pulled out and put back."""

    @property
    def plugged_in(self) -> bool:
        """Whether it is in."""
        ...

    async def pull(self) -> None:
        """Pull it out."""
        ...

    async def plug_in(self) -> None:
        """Put it back."""
        ...


@dataclass(frozen=True)
class Stage:
    """The counter.

    Attributes:
        simulators: By name.
        plugs: By name.
        shop: What the page has to know of the shop: addresses, products.
    """

    simulators: Mapping[str, Simulator]
    plugs: Mapping[str, Plug]
    shop: Json = field(default_factory=dict)


class Viewer:
    """One who looks at the counter."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._seen: dict[str, Json] = {}
        self._plugs: dict[str, bool] = {}
        self._papers = [
            PaperView(name, simulator)
            for name, simulator in stage.simulators.items()
            if isinstance(simulator, PrintsPaper)
        ]

    def look(self) -> Iterator[Json]:
        """Tell what is new: at first everything."""
        for name, simulator in self._stage.simulators.items():
            yield from self._device(name, simulator)
        for paper in self._papers:
            yield from paper.news()
        plugs = {name: plug.plugged_in for name, plug in self._stage.plugs.items()}
        if plugs != self._plugs:
            self._plugs = plugs
            yield {"type": "plugs", "plugs": plugs}

    def _device(self, name: str, simulator: Simulator) -> Iterator[Json]:
        """At first the whole portrait, then state and faults where they changed."""
        seen = {"state": simulator.state(), "faults": simulator.faults.state()}
        if name not in self._seen:
            yield {"type": "device", "device": portrait(simulator)}
        elif seen != self._seen[name]:
            yield {"type": "state", "name": name, **seen}
        self._seen[name] = seen
