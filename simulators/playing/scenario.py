"""A scenario: read from its file, and checked whole before anything is started."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # carries no types

from simulators.control import unknown
from simulators.playing.verbs import check
from simulators.shop.configuration import LANGUAGES

WITHIN: Final = 10.0
"""Seconds that a step may take, unless it says otherwise."""
_FIELDS: Final = {"name": "", "language": "", "configuration": "", "steps": ""}
_MODIFIERS: Final = ("after", "within")


class ScenarioError(Exception):
    """Raised when a scenario makes no sense; each line of the message names file and line."""


@dataclass(frozen=True)
class Step:
    """One line of a scenario.

    Attributes:
        verb, argument: What is to be done.
        line: Where it stands in the file, from 1.
        after: Seconds since the step before: the time that was recorded.
        within: Seconds that it may take.
    """

    verb: str
    argument: Any
    line: int
    after: float = 0.0
    within: float = WITHIN


@dataclass(frozen=True)
class Scenario:
    """What happens, in order.

    Attributes:
        configuration: TOML to add to the daemon's.
        language: Of the receipts.
    """

    name: str
    file: Path
    steps: tuple[Step, ...]
    language: str = "en"
    configuration: str = ""


def read_scenario(file: Path) -> Scenario:
    """Read a scenario.

    Raises:
        ScenarioError: It makes no sense; the message has every mistake.
        OSError: It cannot be read.
    """
    loader = yaml.SafeLoader(file.read_text("utf-8"))
    try:
        return _Reader(file, loader).read(loader.get_single_node())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"{file}:{line}: This is no YAML: {error.problem}.") from error
    finally:
        loader.dispose()


class _Reader:
    """Reads one file, and collects what is wrong with it."""

    def __init__(self, file: Path, loader: yaml.SafeLoader) -> None:
        self._file = file
        self._loader = loader
        self._mistakes: list[str] = []

    def read(self, node: yaml.Node | None) -> Scenario:
        fields: dict[str, Any] = {"name": self._file.stem, "language": "en", "configuration": ""}
        steps: list[Step] = []
        for key, value in self._pairs(node, "A scenario is a mapping with name and steps."):
            if key.value == "steps":
                steps = list(self._steps(value))
            elif key.value in _FIELDS:
                fields[key.value] = self._text(value)
            else:
                self._mistake(key, unknown("field", key.value, _FIELDS))
        if not steps and not self._mistakes:
            self._mistake(node, "There are no steps.")
        if fields["language"] not in LANGUAGES:
            self._mistake(node, f"The language is one of {', '.join(LANGUAGES)}.")
        if self._mistakes:
            raise ScenarioError("\n".join(self._mistakes))
        return Scenario(file=self._file, steps=tuple(steps), **fields)

    def _steps(self, node: yaml.Node) -> Iterator[Step]:
        if not isinstance(node, yaml.SequenceNode):
            self._mistake(node, "Steps are a list: each begins with a dash.")
            return
        for each in node.value:
            step = self._step(each)
            if step is not None:
                yield step

    def _step(self, node: yaml.Node) -> Step | None:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return self._checked(node, Step(str(node.value), None, line))
        found = self._pairs(node, "A step is a verb.")
        pairs = [(str(key.value), self._value(value)) for key, value in found]
        verbs = [pair for pair in pairs if pair[0] not in _MODIFIERS]
        if len(verbs) != 1:
            said = ", ".join(verb for verb, _ in verbs) or "none"
            self._mistake(node, f"A step has one verb, beside after and within; this has {said}.")
            return None
        seconds = {name: value for name, value in pairs if name in _MODIFIERS}
        for name, value in seconds.items():
            if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
                self._mistake(node, f"{name} takes seconds.")
                return None
        verb, argument = verbs[0]
        return self._checked(node, Step(verb, argument, line, **seconds))

    def _checked(self, node: yaml.Node, step: Step) -> Step | None:
        try:
            check(step.verb, step.argument)
        except ValueError as error:
            self._mistake(node, f"{step.verb}: {error}")
            return None
        return step

    def _pairs(self, node: yaml.Node | None, otherwise: str) -> list[tuple[yaml.Node, yaml.Node]]:
        if isinstance(node, yaml.MappingNode):
            return list(node.value)
        self._mistake(node, otherwise)
        return []

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._mistake(node, "This is a text.")
        return str(node.value)

    def _value(self, node: yaml.Node) -> Any:  # noqa: ANN401 - whatever YAML can say
        return self._loader.construct_object(node, deep=True)

    def _mistake(self, node: yaml.Node | None, message: str) -> None:
        line = node.start_mark.line + 1 if node is not None else 1
        self._mistakes.append(f"{self._file}:{line}: {message}")
