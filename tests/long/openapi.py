"""Thousands of requests made from the OpenAPI document, until an answer is not as it says.

    python -m tests.long.openapi [--examples N] [--seed N]

100 examples are some 15,000 requests and take ten minutes. Another seed goes on where the last one
ended: each is a run of its own. The quick form is tests/edge_daemon/test_openapi.py.
"""

import argparse
import asyncio
import sys

from tests.openapi_fuzz import fuzz
from tests.stories.counter import Counter


async def main() -> int:
    """Run and tell; the exit code is schemathesis' own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    async with Counter() as counter:
        await counter.start()
        code, told = await fuzz(counter, examples=options.examples, seed=options.seed)
    print(told)  # noqa: T201 - the answer
    return code


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
