import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.openapi_fuzz import fuzz
from tests.stories.counter import Counter

SPECTRAL = "@stoplight/spectral-cli@6.16.3"
RULES = '{"extends": ["spectral:oas"], "rules": {"info-contact": "off"}}'
"""All of Spectral's own but one: a box under a counter has nobody to write to."""


@pytest.mark.timeout(300)
async def test_every_answer_is_as_the_document_says() -> None:
    async with Counter() as counter:
        await counter.start()
        code, told = await fuzz(counter, examples=1, seed=1)
    assert code == 0, told
    passed = re.search(r"(\d+) generated, (\d+) passed", told)
    assert passed is not None, told
    assert int(passed[2]) > 1000


@pytest.mark.skipif(
    shutil.which("npm") is None or shutil.which("npx") is None,
    reason="npm is not installed; the linter cannot be fetched without it.",
)
@pytest.mark.timeout(300)
async def test_the_document_passes_a_linter(tmp_path: Path) -> None:
    async with Counter() as counter:
        await counter.start(devices=False)
        document = (await counter.get("/openapi.json")).json()
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / ".spectral.json").write_text(RULES)
    (tmp_path / "package.json").write_text('{"private": true}')
    install = ["install", "--no-audit", "--no-fund", "--no-save", "--silent", SPECTRAL]
    code, told = await npm(tmp_path, "npm", *install)
    assert code == 0, told
    lint = ["spectral", "lint", "openapi.json", "--fail-severity=warn", "--quiet"]
    code, told = await npm(tmp_path, "npx", "--no-install", *lint)
    assert code == 0, told


async def npm(folder: Path, program: str, *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()


async def test_a_terminal_that_says_no_is_no_fault_of_the_box() -> None:
    async with Counter() as counter:
        await counter.start()
        answer = await counter.post("/v1/terminals/terminal/reprint", {})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "device_refused")
