"""What hands did at the bench, written down as a scenario that `pos-simulators play` plays."""

from collections.abc import Callable, Iterator

import yaml  # type: ignore[import-untyped]  # carries no types

from simulators.control import Json

SHORTEST = 0.05
"""Seconds; shorter pauses are none."""
_BARE = ("refuse", "walk_away")
_WITH_CARD = ("tap", "insert_pin")


class Recording:
    """Every hand, fault and pulled plug, with its time.

    The network cable is left out: a scenario is played without an office.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin; `clock` tells seconds."""
        self._clock = clock
        self._steps: list[tuple[float, Json]] = []

    def hand(self, device: str, family: str, body: Json) -> None:
        """Somebody did something at a device."""
        action = body["action"]
        arguments = {name: value for name, value in body.items() if name != "action"}
        match family, action, arguments:
            case "scanner", "scan", {"data": code, **more}:
                self._note({"scan": arguments if more else code})
            case "payment_terminal", name, {} if name in _BARE:
                self._note({name: None})
            case "payment_terminal", name, _ if name in _WITH_CARD:
                self._note({name: arguments.get("card")})
            case _:
                self._note({"hand": {"device": device, **body}})

    def fault(self, device: str, body: Json) -> None:
        """Somebody switched a fault."""
        self._note({"fault": {"device": device, "name": body["fault"], "on": body["on"]}})

    def plug(self, name: str, *, plugged_in: bool) -> None:
        """Somebody pulled a plug, or put it back."""
        if name == "mains":
            self._note({"restore_power" if plugged_in else "cut_power": None})

    def yaml(self) -> str:
        """The scenario."""
        scenario = {"name": "Recorded at the bench", "steps": list(self._timed())}
        text: str = yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True)
        return text

    def _note(self, step: Json) -> None:
        self._steps.append((self._clock(), step))

    def _timed(self) -> Iterator[Json]:
        before = None
        for at, step in self._steps:
            pause = 0.0 if before is None else at - before
            before = at
            yield step if pause < SHORTEST else step | {"after": round(pause, 2)}
