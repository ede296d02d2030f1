"""Thousands of requests made from the OpenAPI document, until an answer is not as it says.

    python -m tests.long.openapi [--office] [--examples N] [--seed N]

100 examples are some 15,000 requests and take ten minutes. Another seed goes on where the last one
ended: each is a run of its own. With `--office` it is the office's document, not the box's. The
quick forms are tests/edge_daemon/test_openapi.py and tests/central_office/test_office_openapi.py.
"""

import argparse
import asyncio
import pathlib
import sys
import tempfile

from tests.central_office.house import fill, fuzz_office, house
from tests.openapi_fuzz import fuzz
from tests.stories.counter import Counter


async def main() -> int:
    """Run and tell; the exit code is schemathesis' own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--office", action="store_true")
    options = parser.parse_args()
    code, told = await (_office if options.office else _counter)(options.examples, options.seed)
    print(told)  # noqa: T201 - the answer
    return code


async def _counter(examples: int, seed: int) -> tuple[int, str]:
    async with Counter() as counter:
        await counter.start()
        return await fuzz(counter, examples=examples, seed=seed)


async def _office(examples: int, seed: int) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fill(str(folder / "office.db"))
        async with house(str(folder / "office.db")) as office:
            return await fuzz_office(office, folder, f"--max-examples={examples}", f"--seed={seed}")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
