import json
import pathlib
from typing import Any

import pytest

from central_office.cli import main
from tests.central_office.boxes import DAY, Box, line, sold
from tests.central_office.desk import Desk


@pytest.fixture
def database(tmp_path: pathlib.Path) -> str:
    desk = Desk(tmp_path / "office.db")
    for store in ("s-1", "s-2"):
        box = Box(store)
        for number in (1, 2, 3):
            sale = sold(f"{store}-t-{number}", line("cola", 1_000, 121 * number))
            box.write("RetailTransaction", sale)
        box.deliver(desk.store)
    desk.store.close()
    return desk.address


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["view", *arguments, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_view_is_shown_as_json_page_by_page(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = shown(capsys, "receipts", "--database", database, "--limit", "4")
    more = ("--after", first["cursor"])
    second = shown(capsys, "receipts", "--database", database, *more)
    assert second["cursor"] is None
    found = [row["transaction_id"] for row in first["rows"] + second["rows"]]
    assert found == [f"{store}-t-{number}" for store in ("s-1", "s-2") for number in (1, 2, 3)]


def test_a_view_is_narrowed_by_store_days_and_columns(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--database", database, "--store", "s-2", "--from", DAY, "--to", DAY)
    figure = ("--only", "figure=vat", "--only", "rate_bp=2100")
    rows = shown(capsys, "receipts-behind", *asked, *figure)["rows"]
    assert [(row["store"], row["base"], row["tax"]) for row in rows] == [
        ("s-2", 100, 21),
        ("s-2", 200, 42),
        ("s-2", 300, 63),
    ]
    early = ("--database", database, "--to", "2020-01-01")
    assert shown(capsys, "vat", *early)["rows"] == []


def test_a_view_is_a_table_and_says_how_to_go_on(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["view", "vat", "--database", database]) == 0
    assert "1200" in capsys.readouterr().out
    assert main(["view", "receipts", "--database", database, "--limit", "1"]) == 0
    assert "--after" in capsys.readouterr().out
    assert main(["view", "findings", "--database", database]) == 0
    assert "nothing there" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--only", "colour=red"), "--only"),
        (("--only", "rate_bp=high"), "rate_bp"),
        (("--after", "nowhere"), "cursor"),
    ],
)
def test_a_question_that_is_none_of_the_views_is_refused(
    database: str, capsys: pytest.CaptureFixture[str], wrong: tuple[str, ...], said: str
) -> None:
    assert main(["view", "vat", "--database", database, *wrong]) == 1
    assert said in capsys.readouterr().err


def test_an_organization_is_chosen_where_there_are_several(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ("--organization", "nobody", "--database", database)
    assert shown(capsys, "vat", *chosen)["rows"] == []


def test_what_a_shop_wrote_is_text_on_a_terminal(
    tmp_path: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    desk, box = Desk(tmp_path / "office.db"), Box("s-1")
    for number, group in enumerate(("cheese [old]", "[/red]", "\x1b[2Jgone")):
        cheese = line("cheese", 1_000, 121, merchandise_hierarchy=group)
        box.write("RetailTransaction", sold(f"t-{number}", cheese))
    box.deliver(desk.store)
    desk.store.close()
    assert main(["view", "group-revenue", "--database", desk.address]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert all(name in told for name in ("cheese [old]", "[/red]", "\ufffd[2Jgone"))
