import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.shifting_loop import ShiftingLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"shifting": ShiftingLoop}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--redraw-receipts",
        action="store_true",
        help="Write the pictures of receipts in tests/vectors/receipts anew. Look at them.",
    )
    parser.addoption(
        "--hardware",
        metavar="FILE",
        help="Run the contract suites against the devices of this file; see contracts/hardware.py.",
    )
