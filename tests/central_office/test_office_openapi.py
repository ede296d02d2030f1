"""The office's document says what its API does: schemathesis asks it; the copy in docs is it."""

import asyncio
import pathlib
import re

import msgspec
import pytest

from central_office.access.rights import Right
from central_office.cli import main
from tests.central_office.house import House, fuzz_office

pytestmark = pytest.mark.asyncio(loop_scope="module")

COPY = pathlib.Path(__file__).parents[2] / "docs" / "office-openapi.yaml"
LIKE_OTHERS = r"^/v1/(views/|receipts/.*/(picture|page)|purchase-orders/.*/(cancel|close))"
"""Made by the same code as those that are asked: `python -m tests.long.openapi` asks them all."""


async def test_the_copy_in_docs_is_the_document_that_the_office_serves(
    office: House, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, ["openapi"]) == 0
    printed = capfd.readouterr().out
    assert COPY.read_text() == printed, "Write it anew: central-office openapi."
    async with await office.program(Right.LIVE) as program:
        served = (await program.get("/v1/openapi.json")).json()
    assert msgspec.yaml.decode(printed) == served


@pytest.mark.timeout(300)
async def test_every_answer_is_as_the_document_says(office: House, tmp_path: pathlib.Path) -> None:
    code, told = await fuzz_office(
        office, tmp_path, "--max-examples=1", "--seed=1", f"--exclude-path-regex={LIKE_OTHERS}"
    )
    assert code == 0, told
    passed = re.search(r"(\d+) generated, (\d+) passed", told)
    assert passed is not None, told
    assert int(passed[2]) > 500
