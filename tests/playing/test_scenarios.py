import pathlib
import sys
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from simulators.playing.command import main
from simulators.playing.matching import differences
from simulators.playing.scenario import ScenarioError, read_scenario

EXAMPLES = sorted((pathlib.Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
CASH_SALE = next(each for each in EXAMPLES if each.stem == "cash-sale")
BROKEN = f"""\
name: What is wrong
steps:
  - scan: {{data: "8712345678906", symbology: E0}}
  - run: ["{sys.executable}", "-c", "import os; print(os.environ['POS_URL'])"]
  - insert_pin: visa
  - fault: {{device: printer, name: slow}}
  - expect: {{scanner: {{scans: 2}}}}
    within: 0.1
  - tap
"""


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("steps: [{sacn: x}]", [":1: sacn: There is no verb 'sacn'. Did you mean scan?"]),
        ("steps:\n- tap\n- taps", [":3: taps: There is no verb 'taps'. Did you mean tap?"]),
        ("steps:\n- scan: 871", [':2: scan: Write a code in quotes: "0123"']),
        ("steps:\n- {scan: '1', tap: visa}", [":2: A step has one verb", "scan, tap"]),
        ("steps:\n- {tap: visa, within: -1}", [":2: within takes seconds"]),
        ("steps:\n- {tap: visa, after: true}", [":2: after takes seconds"]),
        ("steps:\n- {after: 1}", [":2: A step has one verb", "none"]),
        ("steps:\n- {fault: {device: printer}}", [":2: fault: It takes {device: …, name: …}"]),
        ("steps:\n- {hand: {device: printer}}", [":2: hand: It takes {device: …, action: …}"]),
        ("steps:\n- {sell: {lines: []}}", [":2: sell: It takes {lines: […], tenders: […]}"]),
        ("steps:\n- {put: {path: v1}}", [":2: put: A path begins with /"]),
        ("steps:\n- {put: {path: /v1, as: [a]}}", [":2: put: What stands behind as: is a name"]),
        ("steps:\n- {run: npm test}", [':2: run: It takes a program and its arguments: ["npm"']),
        ("steps:\n- {expect: {}}", [":2: expect: It takes {NAME: what must be}"]),
        ("steps:\n- {cut_power: now}", [":2: cut_power: It takes nothing."]),
        ("steps:\n- [tap]", [":2: A step is a verb."]),
        ("steps: tap", [":1: Steps are a list"]),
        ("steps: []", [":1: There are no steps."]),
        ("stops: []", [":1: There is no field 'stops'. Did you mean steps?"]),
        ("language: fy\nsteps: [tap]", ["The language is one of nl, en."]),
        ("name: [a]\nsteps: [tap]", [":1: This is a text."]),
        ("- tap", [":1: A scenario is a mapping"]),
        ("", [":1: A scenario is a mapping"]),
        ("steps:\n- tap: [", [":2: This is no YAML"]),
        ("steps:\n- sacn\n- tap: 5\n", [":2: sacn", ":3: tap: It takes the name of a card"]),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: pathlib.Path, text: str, messages: list[str]
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        read_scenario(file)
    for message in messages:
        assert message in str(caught.value)
    assert all(line.startswith(f"{file}:") for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("wanted", "found", "problem"),
    [
        ({"state": "completed"}, {"state": "completed", "total": 5}, None),
        ({"state": "completed"}, {"state": "running"}, "sale.state is 'running', not 'completed'"),
        ({"due": 5}, {"state": "running"}, "sale has no due; it has state"),
        (
            {"receipt": {"state": "printed"}},
            {"receipt": None},
            "sale.receipt is None",
        ),
        ({"contains": "Milk"}, "Milk 1 l", None),
        ({"contains": "Milk"}, "Coffee", "sale does not contain 'Milk'; it is 'Coffee'"),
        ({"contains": {"a": 1}}, [{"a": 2}, {"a": 1, "b": 2}], None),
        ({"contains": {"a": 1}}, [{"a": 2}], "sale has nothing like {'a': 1}"),
        ({"contains": 1}, None, "sale is None, which contains nothing"),
        (1, True, "sale is True, not 1"),
        ([1, 2], [1, 2], None),
    ],
)
def test_a_part_of_what_is_there_is_enough(wanted: Any, found: Any, problem: str | None) -> None:
    told = list(differences(wanted, found, "sale"))
    if problem is None:
        assert told == []
    else:
        assert [each for each in told if problem in each]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.stem))
def test_every_example_can_be_read(file: pathlib.Path) -> None:
    scenario = read_scenario(file)
    assert scenario.name != file.stem
    assert all(step.line > 1 for step in scenario.steps)


def counts(suite: ET.Element) -> tuple[str | None, ...]:
    return tuple(suite.get(name) for name in ("tests", "failures", "skipped"))


@pytest.mark.timeout(120)
def test_what_was_played_is_told_to_people_and_to_build_servers(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, junit = tmp_path / "broken.yaml", tmp_path / "junit.xml"
    broken.write_text(BROKEN)
    assert main([str(CASH_SALE), str(broken), "--junit", str(junit), "--speed", "0"]) == 1
    told = capsys.readouterr().out
    assert f"{broken}:7: After 0.1 s: scanner.scans is 1, not 2." in told
    sound, bad = ET.parse(junit).getroot()  # noqa: S314 - written by ourselves
    assert (sound.get("name"), sound.get("failures"), sound.get("skipped")) == (
        "A cash sale",
        "0",
        "0",
    )
    assert (bad.get("tests"), bad.get("failures"), bad.get("skipped")) == ("6", "1", "1")
    (failure,) = bad.iter("failure")
    assert "scanner.scans is 1" in (failure.get("message") or "")
    assert [case.get("name") for case in bad][-1] == "line 9: tap"


def test_a_wrong_file_ends_with_two_before_anything_is_started(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("steps: [sacn]")
    (tmp_path / "b.yaml").write_text("steps: [taps]")
    assert main([str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]) == 2
    said = capsys.readouterr().err
    assert "a.yaml:1: sacn" in said
    assert "b.yaml:1: taps" in said
    assert main([str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err
