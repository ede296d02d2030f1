"""`pos-simulators play`: scenarios against a whole counter, for people and for build servers."""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge_daemon.client import ClientError
from simulators.playing.report import Played, Result, write_junit
from simulators.playing.scenario import WITHIN, Scenario, ScenarioError, Step, read_scenario
from simulators.playing.stage import Stage, StepError
from simulators.shop.opening import ShopError
from simulators.shop.programs import ProgramError
from simulators.testing import open_counter

PASSED = 0
FAILED = 1
WRONG = 2
"""The exit codes: every step as it should be; one was not; a scenario or the counter is wrong."""

DESCRIPTION = """\
Play scenarios: each on a new counter with the daemon over it. What is wrong with a file is told
with its line before anything is started. Exit code 0: all came out as they should; 1: a step did
not; 2: nothing could be played.
"""


def main(arguments: Sequence[str]) -> int:
    """Play, and return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        scenarios = _read(chosen.scenarios)
        played = [_play(scenario, chosen.speed) for scenario in scenarios]
    except (ScenarioError, ProgramError, ShopError, ClientError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return WRONG
    if chosen.junit is not None:
        write_junit(chosen.junit, played)
    return PASSED if all(each.passed for each in played) else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pos-simulators play", description=DESCRIPTION)
    parser.add_argument("scenarios", nargs="+", type=Path, metavar="SCENARIO.yaml")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit's XML to FILE")
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="N",
        help="how fast the recorded time passes: 2 is twice as fast, 0 does not wait at all",
    )
    return parser


def _read(files: Sequence[Path]) -> list[Scenario]:
    """Read all of them, so that all mistakes are told at once."""
    scenarios, mistakes = [], []
    for file in files:
        try:
            scenarios.append(read_scenario(file))
        except ScenarioError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ScenarioError("\n".join(mistakes))
    return scenarios


def _play(scenario: Scenario, speed: float) -> Played:
    print(scenario.name)  # noqa: T201 - a command's answer
    results = []
    with (
        tempfile.TemporaryDirectory(prefix="pos-play-") as directory,
        open_counter(
            Path(directory), language=scenario.language, more=scenario.configuration
        ) as counter,
        Stage(counter) as stage,
    ):
        counter.put_right()
        for result in _results(scenario, stage, speed):
            results.append(result)
            print(result.told(scenario), flush=True)  # noqa: T201 - a command's answer
    return Played(scenario, results)


def _results(scenario: Scenario, stage: Stage, speed: float) -> Iterator[Result]:
    """Do the steps until one fails; the others are skipped."""
    failed = False
    for number, step in enumerate(scenario.steps, start=1):
        if failed:
            yield Result(step, "skipped")
            continue
        if step.after and speed:
            threading.Event().wait(step.after / speed)
        result = _result(step, stage, last=number == len(scenario.steps))
        failed = result.outcome == "failed"
        yield result


def _result(step: Step, stage: Stage, *, last: bool) -> Result:
    began = time.monotonic()
    try:
        stage.play(step)
        if last:
            stage.finish(max(step.within, WITHIN))
    except StepError as error:
        return Result(step, "failed", time.monotonic() - began, str(error))
    return Result(step, "passed", time.monotonic() - began)
