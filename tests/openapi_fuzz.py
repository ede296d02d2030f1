"""Thousands of requests made from the OpenAPI document, at a whole counter or at an office.

schemathesis is the second witness: it reads `/openapi.json`, sends what fits and what does not, and
checks every answer against it: status, headers, body, no 5xx, no way around the token.
Left out: the live stream and the trace of a terminal, which do not end by themselves.
"""

import asyncio
import pathlib
import sys

from tests.stories.counter import TOKEN, Counter

PROGRAM = str(pathlib.Path(sys.executable).with_name("schemathesis"))
SETTINGS = pathlib.Path(__file__).with_name("schemathesis.toml")
ENDLESS = ("/v1/events", "/v1/terminals/{name}/trace")


async def fuzz(counter: Counter, *, examples: int, seed: int) -> tuple[int, str]:
    """Ask the counter; see `ask`."""
    left_out = [word for path in ENDLESS for word in ("--exclude-path", path)]
    return await ask(
        f"{counter.url}/openapi.json",
        TOKEN,
        counter.directory,
        f"--max-examples={examples}",
        f"--seed={seed}",
        *left_out,
    )


async def ask(url: str, token: str, directory: pathlib.Path, *options: str) -> tuple[int, str]:
    """Ask what the document at `url` says there is; `examples` are for each operation and phase.

    Returns:
        The exit code, 0 when every answer was as the document says, and what was told.
    """
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        f"--config-file={SETTINGS}",
        "run",
        url,
        f"--header=Authorization: Bearer {token}",
        "--checks=all",
        "--request-timeout=60",
        "--no-color",
        *options,
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, told.decode()
