"""What came of scenarios: for people, line by line, and as JUnit's XML for build servers."""

import xml.etree.ElementTree as ET  # what is written here is our own
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml  # type: ignore[import-untyped]  # carries no types

from simulators.playing.scenario import Scenario, Step

Outcome = Literal["passed", "failed", "skipped"]
MARKS = {"passed": "✓", "failed": "✗", "skipped": "·"}
LINE = 100


@dataclass(frozen=True)
class Result:
    """What came of one step; `seconds` is how long it took, its pause left out."""

    step: Step
    outcome: Outcome
    seconds: float = 0.0
    problem: str = ""

    @property
    def title(self) -> str:
        """The step as it stands in its file, on one line."""
        said = yaml.safe_dump(
            self.step.argument,
            default_flow_style=True,
            width=10**6,
            allow_unicode=True,
            sort_keys=False,
        )
        words = self.step.verb if self.step.argument is None else f"{self.step.verb}: {said}"
        return " ".join(words.removesuffix("...\n").split())

    def told(self, scenario: Scenario) -> str:
        """For people."""
        title = self.title if len(self.title) <= LINE else f"{self.title[: LINE - 1]}…"
        told = f"{MARKS[self.outcome]} {self.seconds:7.2f} s  {title}"
        return f"{told}\n{scenario.file}:{self.step.line}: {self.problem}" if self.problem else told


@dataclass(frozen=True)
class Played:
    """One scenario, and what came of its steps."""

    scenario: Scenario
    results: Sequence[Result]

    @property
    def passed(self) -> bool:
        """Whether every step came out as it should."""
        return all(result.outcome == "passed" for result in self.results)


def write_junit(file: Path, played: Sequence[Played]) -> None:
    """Write JUnit's XML: a suite for each scenario, a case for each step."""
    suites = ET.Element("testsuites")
    for each in played:
        suites.append(_suite(each))
    ET.indent(suites)
    ET.ElementTree(suites).write(file, encoding="utf-8", xml_declaration=True)


def _suite(played: Played) -> ET.Element:
    outcomes = [result.outcome for result in played.results]
    seconds = sum(result.seconds for result in played.results)
    suite = ET.Element(
        "testsuite",
        name=played.scenario.name,
        file=str(played.scenario.file),
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failed")),
        skipped=str(outcomes.count("skipped")),
        errors="0",
        time=f"{seconds:.3f}",
    )
    for result in played.results:
        name = f"line {result.step.line}: {result.title}"
        case = ET.SubElement(
            suite,
            "testcase",
            classname=played.scenario.name,
            name=name,
            time=f"{result.seconds:.3f}",
        )
        if result.outcome == "skipped":
            ET.SubElement(case, "skipped")
        if result.outcome == "failed":
            ET.SubElement(
                case, "failure", message=result.problem
            ).text = f"{played.scenario.file}:{result.step.line}: {result.problem}"
    return suite
