"""The office's document says what its API does: schemathesis asks it; the copy in docs is it."""

import asyncio
import pathlib
import re

import msgspec
import pytest

from central_office.access.rights import Right
from central_office.cli import main
from tests.central_office.house import House
from tests.openapi_fuzz import PROGRAM, SETTINGS

pytestmark = pytest.mark.asyncio(loop_scope="module")

COPY = pathlib.Path(__file__).parents[2] / "docs" / "office-openapi.yaml"
ENDLESS = "/v1/live"
LIKE_OTHERS = r"^/v1/views/(?!comparison)"
"""Views are served by one piece of code: one of them is enough."""


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
    async with await office.program(*Right) as program:
        authorization = program.headers["Authorization"]
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        f"--config-file={SETTINGS}",
        "run",
        f"{office.url}/v1/openapi.json",
        f"--header=Authorization: {authorization}",
        "--checks=all",
        "--max-examples=1",
        "--seed=1",
        "--request-timeout=60",
        "--no-color",
        f"--exclude-path={ENDLESS}",
        f"--exclude-path-regex={LIKE_OTHERS}",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
    passed = re.search(r"(\d+) generated, (\d+) passed", told.decode())
    assert passed is not None, told.decode()
    assert int(passed[2]) > 500
